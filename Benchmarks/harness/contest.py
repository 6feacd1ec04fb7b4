"""Who does a work, whether they agree, and how long they take in turns."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy
from safetensors.numpy import load_file

from . import cache
from .report import Row
from .sentinel import Sentinel, unguarded
from .worker import Contestant, Worker, WorkerFailed, available_memory

OURS = "ours"
ROUNDS = 5
# What takes longer than this, in seconds, is done once.
LONG = 30.0
# A peer that is tried and takes this many times the fastest one's time is not timed again.
CLOSE = 1.4


@dataclass
class Case:
    """One thing that a work can do: a row of the table."""

    row: str
    name: str = "default"
    goal: float | None = None
    gflop: float | None = None
    # Only peers of this family count; all where it is empty.
    peer: str = ""


@dataclass
class Work:
    """The contestants of one work. The first peer is whom all the others are compared with."""

    title: str
    ours: list[Contestant]
    peers: list[Contestant]
    cases: list[Case]
    # The largest max|a − b| / max|b| allowed to ours; none where it is only reported.
    tolerance: float | None = 1e-4
    # Whether all contestants may be in memory at once.
    resident: bool = False
    # Memory that must be free, in bytes.
    memory: int = 0
    # The case that is compared and tried, where that is not what is timed.
    trial: str = ""
    rounds: int = ROUNDS
    # Whether the first peer only shows what is right and takes no part in the contest.
    reference_only: bool = False
    # Whether times count only while AMX is at full speed.
    uses_amx: bool = False


@dataclass
class Entry:
    """What is known of one contestant."""

    contestant: Contestant
    # Runs something, again where AMX was slow, and says whether it was not.
    guard: Callable[[Callable[[], dict]], tuple[dict, bool]]
    # What it says of how it does the work.
    details: str = ""
    seconds: dict[str, list[float]] = field(default_factory=dict)
    trial: dict[str, float] = field(default_factory=dict)
    outputs: dict[str, dict[str, numpy.ndarray]] = field(default_factory=dict)
    errors: dict[str, float] = field(default_factory=dict)
    # Those of its times that were taken while AMX was slow.
    slow: set[float] = field(default_factory=set)
    memory: int = 0
    failure: str = ""

    @property
    def name(self) -> str:
        name = self.contestant.name
        return f"{name} ({self.details})" if self.details else name

    def time(self, worker: Worker, case: str) -> float:
        answer, undisturbed = self.guard(lambda: worker.run(case))
        self.memory = max(self.memory, answer["peak_memory_bytes"])
        if not undisturbed:
            self.slow.add(answer["seconds"])
        return answer["seconds"]


def hold(work: Work, quick: bool, sentinel: Sentinel, log) -> list[Row]:
    """The rows of one work: compares, finds each family's fastest setting, times them in turns."""
    if available_memory() < work.memory:
        wanted, free = work.memory / 1e9, available_memory() / 1e9
        log(f"skipped: needs {wanted:.0f} GB of free memory, {free:.0f} GB are free")
        return [Row(work=case.row, goal=case.goal) for case in work.cases]
    guard = sentinel.undisturbed if work.uses_amx else unguarded
    entries = [Entry(c, guard) for c in work.ours + work.peers if c.quick or not quick]
    for entry in entries:
        try_out(entry, work, log)
    agree(work, entries, log)
    alive = [entry for entry in entries if not entry.failure]
    if work.reference_only:
        alive = [entry for entry in alive if entry.contestant is not work.peers[0]]
    chosen = contenders(fastest_of_families(alive, work), work)
    if work.resident:
        take_turns_resident(chosen, work)
    elif not quick:
        take_turns(chosen, work)
    return [row_of(case, work, alive) for case in work.cases]


def names_of(work: Work) -> list[str]:
    return list(dict.fromkeys(case.name for case in work.cases))


def try_out(entry: Entry, work: Work, log) -> None:
    """Results and one time of each case. The result doubles as warm-up."""
    try:
        with Worker(entry.contestant) as worker:
            entry.details = worker.details
            for name in [work.trial] if work.trial else names_of(work):
                file = cache.path("outputs", "result.safetensors")
                worker.result(file, name)
                entry.outputs[name] = load_file(file)
                file.unlink()
                entry.trial[name] = entry.time(worker, name)
    except WorkerFailed as failure:
        entry.failure = str(failure)
        log(str(failure))
        return
    times = ", ".join(f"{name} {seconds:.3g} s" for name, seconds in entry.trial.items())
    slow = ", while AMX was slow" if entry.slow else ""
    log(f"{entry.name}: {times}{slow}")


def difference(a: dict[str, numpy.ndarray], b: dict[str, numpy.ndarray]) -> float:
    """The largest max|a − b| / max|b| of all outputs."""
    worst = 0.0
    for name, expected in b.items():
        found = a[name].reshape(expected.shape).astype(numpy.float64)
        scale = numpy.abs(expected).max() or 1.0
        error = numpy.abs(found - expected).max() / scale
        worst = max(worst, float(error) if numpy.isfinite(error) else float("inf"))
    return worst


def agree(work: Work, entries: list[Entry], log) -> None:
    """Finds everyone's errors. Who is too far off is out of the contest."""
    reference = next((e for e in entries if e.contestant.family != OURS and not e.failure), None)
    for entry in entries:
        if reference is None or entry is reference or entry.failure:
            continue
        for name, outputs in entry.outputs.items():
            error = difference(outputs, reference.outputs[name])
            entry.errors[name] = error
            log(f"{entry.name}, {name}: error {error:.1e}")
            if work.tolerance is not None and error > work.tolerance:
                entry.failure = f"disagrees: {error:.1e}, allowed are {work.tolerance:.0e}"
                log(f"{entry.name} {entry.failure}")
    for entry in entries:
        entry.outputs.clear()


def fastest_of_families(entries: list[Entry], work: Work) -> list[Entry]:
    """For each family and case the entry that was fastest; those take part in the rounds."""
    chosen: list[Entry] = []
    for name in [work.trial] if work.trial else names_of(work):
        best: dict[str, Entry] = {}
        for entry in entries:
            family = entry.contestant.family
            if family not in best or entry.trial[name] < best[family].trial[name]:
                best[family] = entry
        chosen += [entry for entry in best.values() if entry not in chosen]
    return chosen


def contenders(entries: list[Entry], work: Work) -> list[Entry]:
    """Ours, and the peers that can still be the fastest at one of the work's cases."""
    kept = [entry for entry in entries if entry.contestant.family == OURS]
    peers = [entry for entry in entries if entry.contestant.family != OURS]
    for case in work.cases:
        name = work.trial or case.name
        able = [entry for entry in peers if case.peer in ("", entry.contestant.family)]
        fastest = min((entry.trial[name] for entry in able), default=0.0)
        kept += [e for e in able if e.trial[name] <= CLOSE * fastest and e not in kept]
    return kept


def count_of(work: Work, entries: list[Entry]) -> int:
    slow = max((max(e.trial.values()) for e in entries), default=0.0)
    return 1 if slow > LONG else work.rounds


def take_turns(entries: list[Entry], work: Work) -> None:
    """One model in memory at a time: each is started, warmed up, timed and ended, then the next."""
    warm_up = work.trial or work.cases[0].name
    for _ in range(count_of(work, entries)):
        for entry in entries:
            with Worker(entry.contestant) as worker:
                worker.run(warm_up)
                for name in names_of(work):
                    entry.seconds.setdefault(name, []).append(entry.time(worker, name))


def take_turns_resident(entries: list[Entry], work: Work) -> None:
    """All in memory, all but one stopped."""
    workers: list[Worker] = []
    try:
        for entry in entries:
            workers.append(Worker(entry.contestant))
            workers[-1].run(work.cases[0].name)
            workers[-1].pause()
        for _ in range(count_of(work, entries)):
            for entry, worker in zip(entries, workers):
                worker.resume()
                for name in names_of(work):
                    entry.seconds.setdefault(name, []).append(entry.time(worker, name))
                worker.pause()
    finally:
        for worker in workers:
            worker.stop()


def row_of(case: Case, work: Work, entries: list[Entry]) -> Row:
    def seconds(entry: Entry) -> list[float]:
        """Those of the rounds, or the one of the trial."""
        tried = [entry.trial[case.name]] if case.name in entry.trial else []
        return entry.seconds.get(case.name) or tried

    def best(some: list[Entry]) -> Entry | None:
        # Who was in the rounds before who was only tried.
        most = max((len(seconds(e)) for e in some), default=0)
        timed = [e for e in some if most and len(seconds(e)) == most]
        return min(timed, key=lambda e: statistics.median(seconds(e)), default=None)

    ours = best([e for e in entries if e.contestant.family == OURS])
    peers = [
        e
        for e in entries
        if e.contestant.family != OURS and case.peer in ("", e.contestant.family) and seconds(e)
    ]
    row = Row(work=case.row, goal=case.goal, gflop=case.gflop)
    row.peers = {e.name: seconds(e) for e in peers}
    row.peer_memory = {e.name: e.memory for e in peers}
    compared = work.trial or case.name
    if ours:
        row.ours_seconds, row.peak_memory_bytes = seconds(ours), ours.memory
        row.error = ours.errors.get(compared)
    if fastest := best(peers):
        row.compare(fastest.name)
        row.hit = any(not e.slow.isdisjoint(seconds(e)) for e in (ours, fastest) if e)
        if work.reference_only:
            row.peer_error = fastest.errors.get(compared)
    return row
