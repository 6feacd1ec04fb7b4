"""Kills at every n-th file call and at any moment: the next run comes to the bytes of an unbroken one."""

import random
import signal
import subprocess
import time
from pathlib import Path

from campaign import Bed, Clock, Tally, each_work
from faults import CHANGING, Fault, FaultyMachine
from works import Work

KINDS = ["kill-before", "kill-after", "kill-midway"]


def kills(
    machine: FaultyMachine, works: list[Work], inputs: Path, folder: Path, seconds: float,
    source: random.Random
) -> Tally:
    """Half of the time for calls, half for moments."""
    def attempt(bed: Bed, tally: Tally, share: Clock) -> None:
        _at_calls(bed, tally, Clock(share.left / 2), source)
        _at_moments(bed, tally, share, source)

    def beds(work: Work) -> Bed:
        return Bed(machine, work, inputs, folder / "kills")

    return each_work("kills", beds, works, seconds, attempt)


def _at_calls(bed: Bed, tally: Tally, clock: Clock, source: random.Random) -> None:
    count = bed.count(CHANGING)
    for place in source.sample(range(1, count + 1), count):
        if clock.left <= 0:
            return
        fault = Fault(source.choice(KINDS), place)
        bed.fresh()
        outcome = bed.run(fault)
        tally.tried += 1
        # Threads make calls in another order each time, so that the last one may never come.
        if not outcome.was_killed and outcome.code != 0:
            tally.find(f"{bed.work.name}, {fault}: ended with {outcome.code}\n{outcome.output}")
        if source.random() < 0.2:  # killed twice in a row
            bed.run(Fault(source.choice(KINDS), source.randint(1, count)))
            tally.tried += 1
        bed.finish(tally, f"{bed.work.name}, {fault}")


def _at_moments(bed: Bed, tally: Tally, clock: Clock, source: random.Random) -> None:
    bed.fresh()
    begun = time.monotonic()
    bed.run()
    length = time.monotonic() - begun
    while clock.left > 0:
        bed.fresh()
        moment = source.uniform(0, length)
        process = subprocess.Popen(
            bed.work.command, cwd=bed.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        process.wait()
        tally.tried += 1
        bed.finish(tally, f"{bed.work.name}, killed after {moment:.3f} s")
