"""File calls that fail at every n-th place: an orderly end, and a state from which the next run goes on."""

import errno
import random
from pathlib import Path

from campaign import Bed, Clock, Tally, each_work
from faults import CHANGING, READING, Fault, FaultyMachine, Outcome
from works import Work, leftovers

# What disks, networks and quotas answer to writing, and to reading, where they may answer better later.
ERRORS = {
    CHANGING: [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EACCES, errno.EMFILE, errno.ESTALE],
    READING: [errno.EIO, errno.EMFILE, errno.ESTALE, errno.ENOMEM],
}
# What must not even be noticed.
UNNOTICED = ["short", "interrupt"]


def failures(
    machine: FaultyMachine, works: list[Work], inputs: Path, folder: Path, seconds: float,
    source: random.Random
) -> Tally:
    def attempt(bed: Bed, tally: Tally, share: Clock) -> None:
        counts = {calls: bed.count(calls) for calls in (CHANGING, READING)}
        while share.left > 0:
            _try(bed, tally, _fault(counts, source))

    def beds(work: Work) -> Bed:
        return Bed(machine, work, inputs, folder / "failures")

    return each_work("failing calls", beds, works, seconds, attempt)


def _fault(counts: dict[str, int], source: random.Random) -> Fault:
    calls = source.choices([CHANGING, READING], [3, 1])[0]
    place = source.randint(1, max(counts[calls], 1))
    if source.random() < 0.25:
        # Only these calls can be short or interrupted.
        return Fault(source.choice(UNNOTICED), place, calls="read" if calls == READING else
                     "write,pwrite,fsync")
    return Fault("fail", place, calls, source.choice(ERRORS[calls]), source.random() < 0.3)


def _try(bed: Bed, tally: Tally, fault: Fault) -> None:
    bed.fresh()
    outcome = bed.run(fault)
    tally.tried += 1
    what = f"{bed.work.name}, {fault}"
    wrong = outcome.complaint or _wrong(bed, fault, outcome)
    if wrong:
        tally.find(f"{what}: {wrong}\n{outcome.output}")
    bed.finish(tally, what)


def _wrong(bed: Bed, fault: Fault, outcome: Outcome) -> str | None:
    """What is wrong with an orderly end."""
    if fault.kind in UNNOTICED and outcome.code != 0:
        return "noticed"
    if outcome.code == 0 and not bed.is_whole(allowing_more=True):
        return "says nothing of what failed"
    claims = "nothing was left half-written" in outcome.output
    # Parts that are whole stay for the next run, which goes on from them.
    halves = [name for name in leftovers(bed.folder) if name.endswith(".partial")]
    if claims and not fault.is_sticky and halves:
        return f"claims to have left nothing, but there is {halves[0]}"
    if fault.error == errno.EIO and "Remove this folder" in outcome.output:
        return "advises to remove what the disk could not read this time"
    return None
