"""One work under many faults: fresh folders, the result of an unbroken run, findings."""

import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from faults import Fault, FaultyMachine, Outcome
from works import Work, leftovers


@dataclass
class Tally:
    """What a campaign tried, and what it found."""

    tried: int = 0
    findings: list[str] = field(default_factory=list)

    def find(self, what: str) -> None:
        self.findings.append(what)
        print(f"  FINDING: {what}", flush=True)


class Bed:
    """A work with its inputs and the result that it must have."""

    def __init__(self, machine: FaultyMachine, work: Work, inputs: Path, folder: Path):
        self.machine, self.work, self.inputs, self.folder = machine, work, inputs, folder
        self.fresh()
        outcome = machine.run(work.command, folder)
        assert outcome.code == 0, f"{work.name}: {outcome.output}"
        self.expected = work.digest(folder)
        assert self.expected, f"{work.name}: no result"

    def fresh(self) -> None:
        """An empty folder but for the inputs."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        # Links: the inputs are never written, and copying them would take most of the time.
        shutil.copytree(self.inputs, self.folder / "inputs", copy_function=_link)

    def count(self, calls: str) -> int:
        """Calls of a run without faults."""
        self.fresh()
        return len(self.machine.calls(self.work.command, self.folder, calls))

    def run(self, fault: Fault | None = None) -> Outcome:
        return self.machine.run(self.work.command, self.folder, fault)

    def is_whole(self, allowing_more: bool = False) -> bool:
        """Whether every file is as it must be, and there is no other: what could not be removed, say."""
        found = self.work.digest(self.folder)
        if allowing_more:
            found = {name: digest for name, digest in found.items() if name in self.expected}
        return found == self.expected

    def finish(self, tally: Tally, after: str) -> None:
        """Runs the command again, which must come to the result of an unbroken run."""
        outcome = self.run()
        refused = outcome.code == 1 and self.work.refusal in outcome.output
        if outcome.code != 0 and not refused:
            return tally.find(f"{after}: the next run fails\n{outcome.output}")
        if not self.is_whole():
            return tally.find(f"{after}: {self._difference()}")
        left = leftovers(self.folder)
        if left and not refused:
            tally.find(f"{after}: the next run left {', '.join(left[:4])}")

    def _difference(self) -> str:
        found = self.work.digest(self.folder)
        names = sorted(
            name for name in found.keys() | self.expected.keys()
            if found.get(name) != self.expected.get(name))
        return f"other results: {', '.join(names[:5])}"


def _link(source: str, target: str) -> None:
    Path(target).hardlink_to(source)


class Clock:
    """Time that a part may take; parts share it by what is left to do."""

    def __init__(self, seconds: float):
        self.end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        return self.end - time.monotonic()

    def share(self, rest: int) -> float:
        """Seconds for the next of `rest` equal parts."""
        return max(0.0, self.left / max(rest, 1))


def say(text: str) -> None:
    """A line of progress, at once also where it is piped."""
    print(text, flush=True, file=sys.stdout)


def each_work(
    title: str, beds: Callable[[Work], Bed], works: list[Work], seconds: float,
    attempt: Callable[[Bed, Tally, Clock], None]
) -> Tally:
    """Gives every work its share of the time."""
    tally = Tally()
    clock = Clock(seconds)
    for number, work in enumerate(works):
        begun = tally.tried
        bed = beds(work)
        attempt(bed, tally, Clock(clock.share(len(works) - number)))
        say(f"{title}: {work.name}: {tally.tried - begun}")
    return tally
