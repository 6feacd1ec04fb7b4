"""The whole test suite under AddressSanitizer, with LeakSanitizer at the end of each process; the kernels in C
under UndefinedBehaviorSanitizer, too (Swift's own arithmetic traps).

  python3 Tests/Torture/sanitizers.py [--filter TESTS]

Has a build of its own, in `.build/address`. What is suppressed, and why, stands in `suppressions`.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from campaign import Tally, say

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# A small quarantine of freed memory: tests that memory stays level would count it.
OPTIONS = {
    "ASAN_OPTIONS": "detect_leaks=1:quarantine_size_mb=4",
    "LSAN_OPTIONS": f"suppressions={HERE / 'suppressions/leaks'}:print_suppressions=0",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--filter", help="only tests whose names match")
    return 1 if sanitizers(parser.parse_args().filter).findings else 0


def sanitizers(only: str | None = None) -> Tally:
    tally = Tally(tried=2)
    _kernels(tally)
    command = ["--scratch-path", ROOT / ".build/address", "-c", "release", "--sanitize", "address"]
    subprocess.run(["swift", "build", *command, "--build-tests"], cwd=ROOT, check=True)
    outcome = subprocess.run(
        [
            "swift", "test", *command, "--disable-testable-imports", "--no-parallel", "--skip-build",
            *(["--filter", only] if only else [])],
        cwd=ROOT, env=os.environ | OPTIONS, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace")
    reports = [line for line in outcome.stdout.splitlines() if line.startswith("SUMMARY: ")]
    if outcome.returncode != 0 or reports:
        tally.find(f"the tests under AddressSanitizer: {reports}\n{outcome.stdout[-3000:]}")
    say("sanitizers: address, leaks")
    return tally


def _kernels(tally: Tally) -> None:
    """Their test against double precision, which Tests/Portable/arm64 runs in an emulator."""
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
