"""The whole test suite under the compiler's sanitizers: addresses, threads, undefined behaviour.

  python3 Tests/Torture/sanitizers.py [address thread undefined] [--filter TESTS]

Each has a build of its own, in `.build/NAME`. What is suppressed, and why, stands in `suppressions`.
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

# What each is told at run time.
OPTIONS = {
    "address": {"ASAN_OPTIONS": "detect_leaks=0:detect_stack_use_after_return=0"},
    "thread": {"TSAN_OPTIONS": f"suppressions={SUPPRESSIONS / 'thread'}:halt_on_error=1"},
    "undefined": {"UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1"},
}

# Swift's own code traps where C's is undefined: only C is checked.
UNDEFINED = ["-Xcc", "-fsanitize=undefined", "-Xcc", "-fno-sanitize-recover=undefined"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=list(OPTIONS), metavar="NAME")
    parser.add_argument("--filter", help="only tests whose names match")
    options = parser.parse_args()
    tally = sanitizers(options.names, options.filter)
    return 1 if tally.findings else 0


def sanitizers(names: list[str], only: str | None = None) -> Tally:
    tally = Tally()
    for name in names:
        tally.tried += 1
        if subprocess.run(_command(name, only), env=os.environ | OPTIONS[name]).returncode != 0:
            tally.find(f"the tests under the sanitizer of {name}")
        say(f"sanitizers: {name}")
    return tally


def _command(name: str, only: str | None) -> list[str]:
    flags = UNDEFINED if name == "undefined" else ["--sanitize", name]
    return [
        "swift", "test", "--package-path", str(ROOT), "--scratch-path", str(ROOT / ".build" / name),
        "--no-parallel", *flags, *(["--filter", only] if only else [])]


if __name__ == "__main__":
    sys.exit(main())
