"""The torture chamber: kills, failing calls, small disks, hostile inputs, long runs.

  python3 Tests/Torture/chamber.py --binaries .build/release --minutes 4
  python3 Tests/Torture/chamber.py --binaries .build/release --hours 8
  python3 Tests/Torture/chamber.py --binaries .build/release --minutes 30 --parts kills,failures

Hours add ranks, killed one by one, where `make mpi` has made the library that they talk by, and what needs builds of
its own, which take half an hour: the fuzzer and the sanitizers.

What it finds is printed as it is found; the exit code is 1 then. A seed makes the same choices again.
"""

import argparse
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from campaign import Tally, say
from disks import disks
from durability import durability
from failures import failures
from faults import FaultyMachine
from fuzz import fuzz
from kills import kills
from levels import levels
from sanitizers import sanitizers
from works import prepare, works

PARTS = ["table", "durability", "kills", "failures", "disks", "levels"]
PARTS_OF_HOURS = ["ranks", "fuzz", "sanitizers"]
# How the time is shared, by those that are asked for; the others take what they take.
WEIGHTS = {"kills": 3, "failures": 2, "ranks": 1, "fuzz": 4}
STEPS_PER_MINUTE = 500
MOST_STEPS = 10_000


def main() -> int:
    options = arguments()
    binaries = options.binaries.resolve()
    source = random.Random(options.seed)
    say(f"seed {options.seed}")
    tallies: dict[str, Tally] = {}
    with tempfile.TemporaryDirectory(prefix="pbe-torture-") as name:
        folder = Path(name).resolve()
        machine = FaultyMachine(folder)
        prepare(binaries, folder)
        inputs, all_works = folder / "inputs", works(binaries)

        def seconds(part: str) -> float:
            shared = sum(weight for name, weight in WEIGHTS.items() if name in options.parts)
            return 0.9 * WEIGHTS[part] / shared * options.minutes * 60

        def campaign(run: Callable[..., Tally], part: str) -> Tally:
            return run(machine, all_works, inputs, folder, seconds(part), source)

        parts: dict[str, Callable[[], Tally]] = {
            "table": lambda: table(binaries),
            "durability": lambda: durability(machine, all_works, inputs, folder),
            "kills": lambda: campaign(kills, "kills"),
            "failures": lambda: campaign(failures, "failures"),
            "disks": lambda: disks(machine, all_works, inputs, folder),
            "levels": lambda: levels(
                binaries, inputs, folder, min(MOST_STEPS, int(STEPS_PER_MINUTE * options.minutes))),
            "ranks": lambda: ranks(binaries, seconds("ranks"), options.seed),
            "fuzz": lambda: fuzz(seconds("fuzz")),
            "sanitizers": lambda: sanitizers(),
        }
        for part in options.parts:
            tallies[part] = parts[part]()
    return report(tallies)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binaries", type=Path, default=Path(".build/release"))
    parser.add_argument("--minutes", type=float, default=4)
    parser.add_argument("--hours", type=float, help="instead of minutes: all parts")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument(
        "--parts", type=lambda text: text.split(","), metavar=",".join(PARTS + PARTS_OF_HOURS))
    options = parser.parse_args()
    if options.hours is not None:
        options.minutes = options.hours * 60
    options.parts = options.parts or PARTS + (PARTS_OF_HOURS if options.hours else [])
    unknown = set(options.parts) - set(PARTS + PARTS_OF_HOURS)
    if unknown:
        parser.error(f"unknown parts {', '.join(sorted(unknown))}")
    return options


def table(binaries: Path) -> Tally:
    """Hostile inputs, each with its message."""
    command = [sys.executable, Path(__file__).with_name("table.py"), "--binaries", binaries]
    tally = Tally(tried=1)
    if subprocess.run(command).returncode != 0:
        tally.find("the table of hostile inputs")
    return tally


def ranks(binaries: Path, seconds: float, seed: int) -> Tally:
    """Trainings of several processes, one of which is killed (Tests/MPI)."""
    if not (binaries / "libpbe-mpi.so").exists():
        say("ranks: left out, for want of libpbe-mpi.so (make mpi)")
        return Tally()
    script = Path(__file__).resolve().parent.parent / "MPI/ranks.py"
    command = [sys.executable, script, binaries, "--minutes", str(seconds / 60), "--seed", str(seed)]
    outcome = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    say(outcome.stdout)
    found = re.search(r"^kills: (\d+)", outcome.stdout, re.M)
    tally = Tally(tried=int(found[1]) if found else 0)
    if outcome.returncode != 0:
        tally.find(f"ranks: {outcome.stdout[-2000:]}")
    return tally


def report(tallies: dict[str, Tally]) -> int:
    """Findings again, last: of a long log the end is what people keep."""
    say("")
    for part, tally in tallies.items():
        say(f"{part}: {tally.tried} tried, {len(tally.findings)} findings")
    findings = [finding for tally in tallies.values() for finding in tally.findings]
    for finding in findings:
        say(f"FINDING: {finding}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
