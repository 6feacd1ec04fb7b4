"""Coverage-guided fuzzing of every reader of files from outside: libFuzzer, under AddressSanitizer.

  python3 Tests/Torture/fuzz.py --minutes 30 [--readers picture,pickle]

Starts from `corpus`; what it learns stays in `.build/fuzz/corpus` for the next time. An input that hurts is
left in `.build/fuzz/findings`.
"""

import argparse
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from campaign import Tally, say
from libraries import instrumented

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = ROOT / ".build/fuzz"

# Words that each reader's inputs are made of.
DICTIONARIES = {
    "picture": "picture", "mask": "picture", "header": "picture", "checkpoint": "pickle",
    "pickle": "pickle", "mixture": "pickle", "archive": "archive", "configuration": "configuration",
    "boxes": "table", "answers": "table", "means": "table", "labels": "table",
    "description": "configuration"}
LARGEST_INPUT = 1 << 16
MEMORY = 3000
SECONDS = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--readers", type=lambda text: text.split(","))
    options = parser.parse_args()
    tally = fuzz(options.minutes * 60, options.readers)
    say(f"fuzz: {tally.tried:,} inputs, {len(tally.findings)} findings")
    return 1 if tally.findings else 0


def fuzz(seconds: float, readers: list[str] | None = None) -> Tally:
    """Every reader for the same time, as many at once as there are cores and memory."""
    program = build()
    readers = readers or sorted(folder.name for folder in (HERE / "corpus").iterdir())
    at_once = min(len(os.sched_getaffinity(0)), max(1, _megabytes() // MEMORY), len(readers))
    share = max(1, int(seconds * at_once / len(readers)))
    with ThreadPoolExecutor(at_once) as pool:
        tallies = list(pool.map(lambda reader: _fuzz(program, reader, share), readers))
    return Tally(
        sum(tally.tried for tally in tallies), [each for tally in tallies for each in tally.findings])


def _megabytes() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20


def build() -> Path:
    """The fuzzer, with everything below it instrumented; minutes the first time."""
    libraries = instrumented(ROOT / ".build/fuzz-libraries")
    command = [
        "swift", "build", "--package-path", ROOT, "--scratch-path", BUILD, "-c", "release",
        "--product", "pbe-fuzz", "--sanitize", "address", "-Xswiftc", "-sanitize=fuzzer", "-Xcc",
        "-fsanitize=fuzzer-no-link", "-Xswiftc", "-use-ld=lld",
        *(["-Xswiftc", f"-L{libraries}"] if libraries else [])]
    environment = os.environ | {"PBE_FUZZER": "1"}
    subprocess.run(command, env=environment, check=True)
    shown = subprocess.run(
        [*command, "--show-bin-path"], env=environment, check=True, capture_output=True, text=True)
    return Path(shown.stdout.strip()) / "pbe-fuzz"


def _fuzz(program: Path, reader: str, seconds: int) -> Tally:
    learnt, findings = BUILD / "corpus" / reader, BUILD / "findings" / reader
    for folder in (learnt, findings):
        folder.mkdir(parents=True, exist_ok=True)
    dictionary = HERE / "dictionaries" / f"{DICTIONARIES.get(reader, 'json')}.dict"
    outcome = subprocess.run(
        [
            program, learnt, HERE / "corpus" / reader, f"-dict={dictionary}",
            f"-max_total_time={seconds}", f"-max_len={LARGEST_INPUT}", f"-rss_limit_mb={MEMORY}",
            f"-timeout={SECONDS}", f"-artifact_prefix={findings}/", "-print_final_stats=1"],
        env=os.environ | {
            "PBE_FUZZ_READER": reader, "PBE_MAX_PIXELS": "1000000",
            # Two frames of each allocation: whole stacks take up to a quarter of the time. Run a finding again without.
            "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1:malloc_context_size=2"},
        capture_output=True, text=True, errors="replace")
    runs = re.search(r"number_of_executed_units: +(\d+)", outcome.stderr)
    tally = Tally(tried=int(runs[1]) if runs else 0)
    say(f"fuzz: {reader}: {tally.tried:,} inputs in {seconds} s")
    if outcome.returncode != 0:
        tally.find(f"{reader}, kept in {findings}\n{outcome.stderr[-3000:]}")
    return tally


if __name__ == "__main__":
    sys.exit(main())
