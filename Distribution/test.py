"""Installs the archive on Debian 12 and 13 without Swift, and paints there.

  apt-get install debootstrap groff man-db mandoc zsh fish libopenmpi-dev openmpi-bin
  python3 Distribution/test.py ARCHIVE ORDINARY-PBE-SAMPLE

Needs root, for debootstrap and chroot; what is in the archive runs as an ordinary user. The roots are kept
in .build/dist/roots. The first picture of the archive's README, painted there, has the very bytes that the
ordinary build paints here. Then: the page, manual pages, completions, what install.sh refuses and removes.
"""

import argparse
import base64
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
ROOTS = REPOSITORY / ".build/dist/roots"
SUITES = {"bookworm": "Debian 12", "trixie": "Debian 13"}
USER = 1000
SCENES = REPOSITORY / "Examples/scenes"
SETTINGS = {"sampler": "dpm++", "steps": 25}  # those of the README's block
SHELLS = {"bash": ["bash", "-n"], "zsh": ["zsh", "-n"], "fish": ["fish", "--no-execute"]}


def check(condition, message):
    if not condition:
        raise SystemExit(f"error: {message}")


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)


def without_path(png):
    """A result without the one text that depends on where the model's folder is."""
    kept, place = png[:8], 8
    while place < len(png):
        end = place + 12 + int.from_bytes(png[place:place + 4])
        if png[place + 4:place + 14] != b"tEXtmodel\0":
            kept += png[place:end]
        place = end
    check(len(kept) < len(png), "a result that doesn't name its model")
    return kept


# MARK: A Debian without Swift


class Root:
    """A minimal Debian, and a folder in it for an ordinary user."""

    def __init__(self, suite, archive):
        self.name, self.path = SUITES[suite], ROOTS / suite
        if not (self.path / "etc/debian_version").exists():
            print(f"{self.name}: debootstrap into {self.path}", flush=True)
            shutil.rmtree(self.path, ignore_errors=True)
            self.path.mkdir(parents=True)
            made = run("debootstrap", "--variant=minbase", suite, self.path)
            if made.returncode != 0:
                shutil.rmtree(self.path)
                raise SystemExit(f"error: debootstrap {suite}: {made.stdout[-2000:]}{made.stderr}")
        self.home = self.path / "home/painter"
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)
        shutil.copy(archive, self.home / "archive.tar.gz")
        os.chown(self.home, USER, USER)

    def command(self, text):
        """What runs a text in the root's shell, with its own mounts and as the ordinary user."""
        inside = (f"mount --bind /proc {shlex.quote(str(self.path))}/proc && exec chroot "
                  f"--userspec={USER}:{USER} {shlex.quote(str(self.path))} env -i HOME=/home/painter "
                  f"PATH=/usr/bin:/bin LC_ALL=C.UTF-8 bash -c {shlex.quote('set -e; cd; ' + text)}")
        return ["unshare", "--mount", "sh", "-c", inside]

    def run(self, text):
        return run(*self.command(text))

    def succeed(self, text):
        result = self.run(text)
        check(result.returncode == 0, f"{self.name}: {text}\n{result.stdout}{result.stderr}")
        return result.stdout

    def refuse(self, text, *words):
        result = self.run(text)
        check(result.returncode != 0, f"{self.name}: not refused: {text}\n{result.stdout}")
        for word in words:
            check(word in result.stderr, f"{self.name}: {text}\nsays {result.stderr!r} without {word!r}")

    def check_bare(self):
        found = self.run("ldconfig -p | grep -E 'swift|libpng|libjpeg|libwebp|libtiff|liblcms|openblas'; "
                         "command -v swift swiftc gcc clang")
        check(not found.stdout, f"{self.name} is not bare, so this would prove nothing:\n{found.stdout}")


# MARK: Installing


def first_block(text):
    return re.search(r"```sh\n(.*?)```", text, re.S).group(1)


def files_under(folder):
    return {str(p.relative_to(folder)) for p in folder.rglob("*")} if folder.exists() else set()


def check_picture(root, expected):
    """The README's block, word for word, from the unpacked archive."""
    root.succeed("tar xf archive.tar.gz && mv paint-by-example-*-x86_64-linux unpacked")
    block = first_block((root.home / "unpacked/README.md").resolve().read_text())
    root.succeed(f"cd unpacked && {block}")
    painted = (root.home / "unpacked/out.png").read_bytes()
    check(without_path(painted) == expected, f"{root.name}: the README's picture differs from the ordinary build's")
    for program in sorted((root.home / "unpacked/bin").iterdir()):
        root.succeed(f"unpacked/bin/{program.name} --version && ~/.local/bin/{program.name} --help")
    root.refuse("~/.local/lib/paint-by-example/pbe", "none of the commands")
    linked = root.succeed("for p in ~/.local/bin/*; do ldd $p; done")
    check("not found" not in linked, f"{root.name}: {linked}")
    outside = [line for line in linked.splitlines() if "=>" in line and "/paint-by-example/" not in line]
    names = sorted({line.split()[0] for line in outside})
    check(all(re.fullmatch(r"lib(c|m|dl|rt|util|pthread|resolv)\.so\.\d", name) for name in names),
          f"{root.name}: taken from the system, beside the C library: {names}")


def check_installer(root):
    """What install.sh refuses, repairs and removes."""
    install = "sh unpacked/install.sh"
    root.refuse(install, "Usage:")
    root.refuse(f"{install} a b", "Usage:")
    root.refuse(f"{install} --wrong", "Usage:")
    root.refuse(f"{install} /usr/local", "can't be written to", ".local")
    root.refuse(f"{install} unpacked/inside", "outside of it")
    root.refuse("touch file && " + install + " file", "no folder")
    root.refuse(f"{install} --uninstall new", "doesn't exist")
    root.refuse(f"mkdir empty && {install} --uninstall empty", "nothing of Paint by Example")
    root.refuse("mkdir -p other/bin && echo mine > other/bin/pbe-sample && " + install + " other",
                "other/bin/pbe-sample exists")
    check((root.home / "other/bin/pbe-sample").read_text() == "mine\n", "install.sh overwrote a file")
    root.refuse("cp -r unpacked damaged && truncate -s -1 damaged/share/man/man1/pbe-eval.1 && "
                "sh damaged/install.sh there", "pbe-eval.1: FAILED", "damaged")
    root.refuse("rm -r damaged/files.sha256 && sh damaged/install.sh there", "unpacked archive")

    # What broke off can be repeated, and removed without a trace.
    root.refuse("mkdir -p half/share/man/man1 && chmod 555 half/share/man/man1 && " + install + " half",
                "Permission denied")
    check((root.home / "half/bin/pbe-sample").exists(), "it broke off before it began")
    root.succeed(f"chmod 755 half/share/man/man1 && {install} half && {install} --uninstall half")
    check(files_under(root.home / "half") == {"share", "share/man", "share/man/man1"}, "not all is removed")

    root.succeed("mkdir -p prefix/share && echo mine > prefix/share/mine")
    before = files_under(root.home / "prefix")
    said = root.succeed(f"{install} prefix")
    installed = files_under(root.home / "prefix")
    root.succeed(f"rm prefix/bin/pbe-data && {install} prefix && {install} prefix")
    check(files_under(root.home / "prefix") == installed, f"{root.name}: installing again is no repair")
    # As an older version would have left it.
    root.succeed("cd prefix && echo old > bin/pbe-old && "
                 "echo bin/pbe-old >> share/paint-by-example/installed-files")
    root.succeed(f"{install} prefix")
    check(files_under(root.home / "prefix") == installed, f"{root.name}: an older version's file is left")
    root.refuse("cp -r prefix hostile && echo share/../../file > hostile/share/paint-by-example/installed-files"
                " && sh unpacked/install.sh --uninstall hostile", "leaves")
    check((root.home / "file").exists(), f"{root.name}: --uninstall left its prefix")
    root.succeed(re.search(r"To remove it: (.*)", said).group(1))
    check(files_under(root.home / "prefix") == before, f"{root.name}: --uninstall left or took too much")


# MARK: The page


def answer(port, path, body=None):
    headers = {"Origin": f"http://127.0.0.1:{port}", "Content-Type": "application/json"}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", json.dumps(body).encode() if body else None,
        headers if body else {})
    with urllib.request.urlopen(request, timeout=60) as response:
        return response.read()


def wait_for(port, server):
    for _ in range(300):
        if server.poll() is not None:
            raise SystemExit(f"error: pbe-serve ended: {server.communicate()[1]}")
        try:
            return answer(port, "/").decode()
        except (ConnectionError, urllib.error.URLError):
            time.sleep(0.1)
    raise SystemExit("error: pbe-serve doesn't answer within 30 s")


def check_page(root, expected):
    """pbe-serve answers, and its picture has the same bytes."""
    if not (root.home / ".local/bin/pbe-serve").exists():
        print(f"{root.name}: NOT CHECKED: pbe-serve is not in the archive (no folder Serve)")
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = root.command(
        f"exec .local/bin/pbe-serve --model .local/share/paint-by-example/models/scenes --port {port}")
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        check("<!doctype html>" in wait_for(port, server).lower(), f"{root.name}: GET / is no page")
        pictures = {name: base64.b64encode((SCENES / f"{name}-1.png").read_bytes()).decode()
                    for name in ("source", "mask", "reference")}
        job = json.loads(answer(port, "/jobs", {**pictures, "settings": {**SETTINGS, "seed": 42}}))
        deadline = time.monotonic() + 120
        while (state := json.loads(answer(port, f"/jobs/{job['id']}")))["state"] in ("queued", "running"):
            check(time.monotonic() < deadline, f"{root.name}: a job of two minutes: {state}")
            time.sleep(0.2)
        check(state["state"] == "done", f"{root.name}: {state}")
        painted = answer(port, f"/jobs/{job['id']}/results/0")
        check(without_path(painted) == expected, f"{root.name}: the page's picture differs from pbe-sample's")
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)


# MARK: Manual pages and completions


def check_manual(unpacked):
    pages = sorted((unpacked / "share/man/man1").iterdir())
    programs = sorted(p.name for p in (unpacked / "bin").iterdir())
    check([p.name for p in pages] == [f"{name}.1" for name in programs], "a command without a manual page")
    for page in pages:
        shown = run("man", "--warnings", "--local-file", page, env={**os.environ, "MANWIDTH": "80"})
        check(shown.returncode == 0 and not shown.stderr, f"man {page.name}: {shown.stderr}")
        check(len(shown.stdout.splitlines()) > 30, f"man {page.name} is empty")
        lint = run("mandoc", "-T", "lint", "-W", "warning", page)
        check(lint.returncode == 0, f"mandoc {page.name}: {lint.stdout}")
        help_text = run(unpacked / "bin" / page.stem, "--help").stdout
        for option in set(re.findall(r"^  (?:-\w, )?(--[a-z-]+)", help_text, re.M)):
            check(re.search(rf"{option}\b", shown.stdout), f"man {page.name} lacks {option}")


def check_completions(root):
    share = root.home / "unpacked/share"
    folders = {"bash": share / "bash-completion/completions", "zsh": share / "zsh/site-functions",
               "fish": share / "fish/vendor_completions.d"}
    for shell, folder in folders.items():
        scripts = sorted(folder.iterdir())
        check(len(scripts) == len(list((root.home / "unpacked/bin").iterdir())), f"{shell}: {scripts}")
        for script in scripts:
            parsed = run(*SHELLS[shell], script)
            check(parsed.returncode == 0 and not parsed.stderr, f"{shell} {script.name}: {parsed.stderr}")
    words = root.succeed(
        "source .local/share/bash-completion/completions/pbe-sample; "
        "function=$(complete -p pbe-sample | sed 's/.*-F \\([^ ]*\\).*/\\1/'); "
        "COMP_WORDS=(pbe-sample --ref); COMP_CWORD=1; COMP_LINE='pbe-sample --ref'; COMP_POINT=16; "
        "$function pbe-sample --ref pbe-sample || true; echo ${COMPREPLY[@]}")
    check("--reference" in words.split(), f"{root.name}: bash completes --ref to {words!r}")


# MARK: Several ranks


def check_ranks(archive, folder):
    """On this machine, which has MPI: the archive's own library, made here, and two ranks that index a folder."""
    unpacked = folder / "unpacked"
    unpacked.mkdir()
    check(run("tar", "xf", archive, "-C", unpacked, "--strip-components", "1").returncode == 0, "tar")
    made = run(unpacked / "lib/paint-by-example/make-mpi")
    check(made.returncode == 0, f"make-mpi: {made.stderr}")
    program = unpacked / "bin/pbe-data"
    scenes = folder / "scenes"
    run(program, "scenes", "--output", scenes, "--images", "9", "--bench", "1", "--size", "32")
    index = [program, "index", "--dataset", scenes, "--split", "train", "--output"]
    launcher = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", "2"]
    for command, name in [(index, "one.jsonl"), ([*launcher, *index], "two.jsonl")]:
        made = run(*command, folder / name)
        check(made.returncode == 0, f"{name}: {made.stderr}")
    check((folder / "one.jsonl").read_bytes() == (folder / "two.jsonl").read_bytes(), "two ranks index otherwise")
    print("two ranks of the archive's program: the index of one", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=Path)
    parser.add_argument("sample", type=Path, help="pbe-sample of the ordinary build")
    arguments = parser.parse_args()
    check(os.getuid() == 0, "debootstrap and chroot need root")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.png"
        painted = run(
            arguments.sample, "--model", SCENES, "--image", SCENES / "source-1.png", "--mask",
            SCENES / "mask-1.png", "--reference", SCENES / "reference-1.png", "--output", out,
            *(f"--{name}={value}" for name, value in SETTINGS.items()))
        check(painted.returncode == 0, painted.stderr)
        expected = without_path(out.read_bytes())
        check_ranks(arguments.archive, Path(folder))
    for suite in SUITES:
        root = Root(suite, arguments.archive)
        root.check_bare()
        check_picture(root, expected)
        check_installer(root)
        check_page(root, expected)
        check_completions(root)
        check_manual(root.home / "unpacked")
        shutil.rmtree(root.home)
        print(f"{root.name}: installs, paints the same bytes, uninstalls", flush=True)


main()
