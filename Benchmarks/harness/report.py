"""Rows of the table, and the table of one machine."""

import statistics
from dataclasses import dataclass, field


@dataclass
class Row:
    """One line of the table. `ratio` is the best peer's median over ours: above 1 we are faster."""

    work: str
    ours_seconds: list[float] = field(default_factory=list)
    peers: dict[str, list[float]] = field(default_factory=dict)
    best_peer: str | None = None
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    goal: float | None = None
    error: float | None = None
    peak_memory_bytes: int | None = None
    # For the table only: the share of the machine's matrix products, the best peer's own error
    # where precision is part of the bargain, and whether AMX was slow in some of the times.
    of_peak: float | None = None
    peer_error: float | None = None
    hit: bool = False
    # Not kept.
    gflop: float | None = None
    peer_memory: dict[str, int] = field(default_factory=dict)

    def compare(self, peer: str) -> None:
        """Fills in the ratios: of the medians, and the least and the largest of a round."""
        self.best_peer = peer
        theirs = self.peers[peer]
        if not self.ours_seconds:
            return
        self.ratio = statistics.median(theirs) / statistics.median(self.ours_seconds)
        rounds = [b / a for a, b in zip(self.ours_seconds, theirs)]
        self.ratio_low, self.ratio_high = min(rounds), max(rounds)

    def measure(self, machine: dict) -> None:
        """Fills in the share of what this machine can do."""
        if self.gflop and self.ours_seconds:
            speed = self.gflop / statistics.median(self.ours_seconds)
            self.of_peak = speed / machine["sgemm_gflops"]


def duration(seconds: list[float]) -> str:
    if not seconds:
        return "–"
    median = statistics.median(seconds)
    return f"{median:.3g} s" if median >= 1 else f"{1e3 * median:.3g} ms"


def table(machine: dict, rows: list[Row]) -> str:
    lines = [
        f"## {machine['cpu']}, {machine['cores']} cores",
        "",
        f"{', '.join(machine['flags'])}. The contestants of a row took turns. "
        f"Measured peaks: {machine['fma_gflops']:.0f} GFLOP/s of multiply-adds, "
        f"{machine['sgemm_gflops']:.0f} of matrix products, "
        f"{machine['memory_gbs']:.0f} GB/s of memory.",
        "",
        "| work | ours | best peer | its time | ratio (rounds) | goal | error | of peak | memory |",
        "|---|---|---|---|---|---|---|---|---|",
        *map(line, rows),
    ]
    if any(row.hit for row in rows):
        lines += ["", "Slow AMX: it was so for minutes, in which some of the times were taken."]
    return "\n".join(lines) + "\n"


def line(row: Row) -> str:
    ratio = goal = error = share = memory = "–"
    if row.ratio is not None:
        ratio = f"**{row.ratio:.2f}** ({row.ratio_low:.2f}–{row.ratio_high:.2f})"
    if row.hit:
        ratio += ", slow AMX"
    if row.goal is not None:
        goal = f"{row.goal:g}" if row.goal < 1e6 else f"{row.goal / 1e9:g} GB"
    if row.error is not None:
        error = f"{row.error:.0e}"
    if row.peer_error is not None:
        error += f" (peer: {row.peer_error:.0e})"
    if row.of_peak is not None:
        share = f"{100 * row.of_peak:.0f} %"
    if row.peak_memory_bytes:
        memory = f"{row.peak_memory_bytes / 1e9:.2f} GB"
    theirs = duration(row.peers.get(row.best_peer, []))
    cells = [
        row.work, duration(row.ours_seconds), row.best_peer or "–", theirs, ratio, goal, error,
        share, memory,
    ]
    return "| " + " | ".join(cells) + " |"
