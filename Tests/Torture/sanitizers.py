"""The whole test suite under AddressSanitizer, with LeakSanitizer at the end of each process; the kernels in C
under UndefinedBehaviorSanitizer, too (Swift's own arithmetic traps).

ThreadSanitizer is asked for by name: not all that Swift's Mutex protects is in its suppressions yet.

  python3 Tests/Torture/sanitizers.py [--only thread] [--filter TESTS]

Each has a build of its own, in `.build/address` and `.build/thread`. What is suppressed, and why, stands in
`suppressions`.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from campaign import Tally, say

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

SUPPRESSIONS = HERE / "suppressions"
# Of each sanitizer of Swift's compiler: what it is told.
OPTIONS = {
    "address": {
        # A small quarantine of freed memory: tests that memory stays level would count it.
        "ASAN_OPTIONS": "detect_leaks=1:quarantine_size_mb=4",
        "LSAN_OPTIONS": f"suppressions={SUPPRESSIONS / 'leaks'}:print_suppressions=0",
    },
    "thread": {"TSAN_OPTIONS": f"suppressions={SUPPRESSIONS / 'races'}:print_suppressions=0"},
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=OPTIONS, help="without the kernels")
    parser.add_argument("--filter", help="only tests whose names match")
    options = parser.parse_args()
    if options.only:
        tally = Tally()
        _suite(options.only, options.filter, tally)
    else:
        tally = sanitizers(options.filter)
    return 1 if tally.findings else 0


def sanitizers(only: str | None = None) -> Tally:
    tally = Tally()
    _kernels(tally)
    _suite("address", only, tally)
    return tally


def _suite(sanitizer: str, only: str | None, tally: Tally) -> None:
    """The tests, or those whose names match."""
    tally.tried += 1
    folder = ROOT / ".build" / sanitizer
    command = ["--scratch-path", folder, "-c", "release", "--sanitize", sanitizer]
    subprocess.run(["swift", "build", *command, "--build-tests"], cwd=ROOT, check=True)
    outcome = subprocess.run(
        [
            "swift", "test", *command, "--disable-testable-imports", "--no-parallel", "--skip-build",
            *(["--filter", only] if only else [])],
        cwd=ROOT, env=os.environ | OPTIONS[sanitizer], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace")
    reports = [line for line in outcome.stdout.splitlines() if line.startswith("SUMMARY: ")]
    if outcome.returncode != 0 or reports:
        (folder / "tests.log").write_text(outcome.stdout)
        tally.find(
            f"the tests under the {sanitizer} sanitizer ({folder}/tests.log): {reports[:20]}\n"
            f"{outcome.stdout[-2000:]}")
    say(f"sanitizers: {sanitizer}")


def _kernels(tally: Tally) -> None:
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


if __name__ == "__main__":
    sys.exit(main())
