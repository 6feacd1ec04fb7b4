"""The whole test suite under AddressSanitizer, with LeakSanitizer at the end of each process, and under
ThreadSanitizer; the kernels in C under UndefinedBehaviorSanitizer (Swift's own arithmetic traps).

  python3 Tests/Torture/sanitizers.py [--only thread] [--filter TESTS]

Each suite has a build of its own, in `.build/address` and `.build/thread`. What is suppressed, and why, stands in
`suppressions`.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from campaign import Tally, say

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

SUPPRESSIONS = HERE / "suppressions"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=PARTS, help="instead of all three")
    parser.add_argument("--filter", help="only tests whose names match")
    options = parser.parse_args()
    tally = sanitizers([options.only] if options.only else None, options.filter)
    return 1 if tally.findings else 0


def sanitizers(parts: Iterable[str] | None = None, only: str | None = None) -> Tally:
    """All parts, or some; of the suites the tests whose names match."""
    tally = Tally()
    for part in parts or PARTS:
        PARTS[part](only, tally)
    return tally


def _address(only: str | None, tally: Tally) -> None:
    _suite("address", only, tally, {
        # A small quarantine of freed memory: tests that memory stays level would count it.
        "ASAN_OPTIONS": "detect_leaks=1:quarantine_size_mb=4",
        "LSAN_OPTIONS": f"suppressions={SUPPRESSIONS / 'leaks'}:print_suppressions=0",
    })


def _thread(only: str | None, tally: Tally) -> None:
    library = ROOT / ".build/thread/mutex.so"
    library.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["clang", "-shared", "-fPIC", "-O1", "-o", library, HERE / "mutex.c"], check=True)
    _suite("thread", only, tally, {
        "LD_PRELOAD": str(library),
        "TSAN_OPTIONS": f"suppressions={SUPPRESSIONS / 'races'}:print_suppressions=0",
    }, skipped="aFileBeyondTheLimit")  # The limit concerns the sanitizer's own memory, which is a file.


def _suite(
    sanitizer: str, only: str | None, tally: Tally, environment: dict[str, str],
    skipped: str | None = None,
) -> None:
    """The tests, or those whose names match, built for a sanitizer of Swift's compiler."""
    tally.tried += 1
    folder = ROOT / ".build" / sanitizer
    command = ["--scratch-path", folder, "-c", "release", "--sanitize", sanitizer]
    subprocess.run(["swift", "build", *command, "--build-tests"], cwd=ROOT, check=True)
    outcome = subprocess.run(
        [
            "swift", "test", *command, "--disable-testable-imports", "--no-parallel", "--skip-build",
            *(["--filter", only] if only else []), *(["--skip", skipped] if skipped else [])],
        cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace")
    reports = [line for line in outcome.stdout.splitlines() if line.startswith("SUMMARY: ")]
    if outcome.returncode != 0 or reports:
        (folder / "tests.log").write_text(outcome.stdout)
        tally.find(
            f"the tests under the {sanitizer} sanitizer ({folder}/tests.log): {reports[:20]}\n"
            f"{outcome.stdout[-2000:]}")
    say(f"sanitizers: {sanitizer}")


def _kernels(_: str | None, tally: Tally) -> None:
    """Their test against double precision, which Tests/Portable/arm64 runs in an emulator."""
    tally.tried += 1
    program = ROOT / ".build/kernels-sanitized"
    program.parent.mkdir(exist_ok=True)
    kernels = ROOT / "Sources/Kernels"
    subprocess.run(
        [
            "clang", "-std=c11", "-O2", "-g", "-fsanitize=undefined,address",
            "-fno-sanitize-recover=undefined", "-I", kernels / "include", kernels / "dispatch.c",
            kernels / "tiles.c", ROOT / "Tests/Portable/kernels.c", "-lm", "-o", program],
        check=True, stderr=subprocess.DEVNULL)
    # The test itself frees nothing.
    outcome = subprocess.run(
        [program], env=os.environ | {"ASAN_OPTIONS": "detect_leaks=0"}, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True)
    if outcome.returncode != 0:
        tally.find(f"the kernels, sanitized\n{outcome.stdout[-3000:]}")
    say("sanitizers: kernels, undefined behaviour")


PARTS = {"kernels": _kernels, "address": _address, "thread": _thread}


if __name__ == "__main__":
    sys.exit(main())
