"""The whole test suite under AddressSanitizer, with LeakSanitizer at the end of each process.

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
    tally = Tally(tried=1)
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


if __name__ == "__main__":
    sys.exit(main())
