"""The libraries that decode pictures, from Debian's sources, built so that the fuzzer sees into them."""

import os
import shutil
import subprocess
from pathlib import Path

from campaign import say

RELEASE = Path("/etc/os-release")
KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
COMPILER = shutil.which("clang") or "clang"
FLAGS = "-O1 -g -fno-omit-frame-pointer -fsanitize=address,fuzzer-no-link"

# Debian's names, each after those that it uses, with what its build is told. Assembly is left out, because it
# can't be instrumented; so are formats within TIFF that would bring more libraries.
BY_SCRIPT = {"zlib": "--static", "lcms2": "--disable-shared"}
BY_CMAKE = {
    "libpng1.6": ["-DPNG_SHARED=OFF", "-DPNG_TESTS=OFF", "-DPNG_HARDWARE_OPTIMIZATIONS=OFF"],
    "libjpeg-turbo": ["-DENABLE_SHARED=OFF", "-DWITH_SIMD=OFF", "-DWITH_TURBOJPEG=OFF"],
    "libwebp": [*(
        f"-DWEBP_BUILD_{each}=OFF" for each in (
            "ANIM_UTILS", "CWEBP", "DWEBP", "GIF2WEBP", "IMG2WEBP", "VWEBP", "WEBPINFO", "WEBPMUX",
            "EXTRAS"))],
    "tiff": [f"-D{each}=OFF" for each in (
        "cxx", "jbig", "lerc", "lzma", "zstd", "libdeflate", "tiff-tools", "tiff-tests",
        "tiff-contrib", "tiff-docs")],
}


def instrumented(folder: Path) -> Path | None:
    """The folder of the static libraries, built below `folder` if they are not there yet; None where the
    system is not Debian, or can't fetch its sources: then its packages serve."""
    made = folder / "made"
    if not (made / "complete").exists():
        try:
            _fetch(folder)
            for name, option in BY_SCRIPT.items():
                _build_by_script(next(folder.glob(f"{name}-[0-9]*/")), option, made)
            for name, options in BY_CMAKE.items():
                _build_by_cmake(next(folder.glob(f"{name}-[0-9]*/")), options, made)
        except (OSError, StopIteration, subprocess.CalledProcessError) as error:
            say(f"fuzz: pictures are decoded by the system's libraries, uninstrumented: {error}")
            return None
        (made / "complete").touch()
    return made / "lib"


def _fetch(folder: Path) -> None:
    """Unpacks the sources of this release, with Debian's corrections."""
    shutil.rmtree(folder, ignore_errors=True)
    lists = folder / "lists"
    (lists / "partial").mkdir(parents=True)
    release = dict(line.split("=", 1) for line in RELEASE.read_text().splitlines() if "=" in line)
    if release.get("ID") != "debian":
        raise OSError(f"their sources are fetched on Debian only, and this is {release.get('ID')}")
    sources = folder / "debian.sources"
    sources.write_text(
        "Types: deb-src\nURIs: http://deb.debian.org/debian\n"
        f"Suites: {release['VERSION_CODENAME']}\nComponents: main\nSigned-By: {KEYS}\n")
    options = [
        f"-oDir::Etc::sourcelist={sources}", "-oDir::Etc::sourceparts=-",
        f"-oDir::State::lists={lists}", "-oAPT::Sandbox::User=root", "-qq"]
    _run(["apt-get", *options, "update"], folder)
    _run(["apt-get", *options, "source", *BY_SCRIPT, *BY_CMAKE], folder)


def _build_by_script(source: Path, option: str, made: Path) -> None:
    _run(
        ["env", f"CC={COMPILER}", f"CFLAGS={FLAGS}", "./configure", option, f"--prefix={made}"],
        source)
    _run(["make", "install"], source)


def _build_by_cmake(source: Path, options: list[str], made: Path) -> None:
    build = source / "instrumented"
    _run(
        [
            "cmake", "-S", source, "-B", build, f"-DCMAKE_INSTALL_PREFIX={made}",
            f"-DCMAKE_PREFIX_PATH={made}", f"-DCMAKE_C_COMPILER={COMPILER}", f"-DCMAKE_C_FLAGS={FLAGS}",
            "-DCMAKE_BUILD_TYPE=None", "-DBUILD_SHARED_LIBS=OFF", f"-DCMAKE_INSTALL_LIBDIR={made}/lib",
            *options], source)
    _run(["cmake", "--build", build, "--target", "install", "--parallel", str(os.cpu_count())], source)


def _run(command: list[str | Path], folder: Path) -> None:
    """Its output is shown only if it fails."""
    outcome = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if outcome.returncode != 0:
        say(outcome.stdout[-3000:])
        outcome.check_returncode()
