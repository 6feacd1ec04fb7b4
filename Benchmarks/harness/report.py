"""Rows, results.json and the table for the README."""

import json
import statistics
from dataclasses import dataclass, field
from pathlib import Path


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
    # For the table only.
    gflop: float | None = None
    peer_memory: dict[str, int] = field(default_factory=dict)
    # The best peer's own error, where precision is part of the bargain.
    peer_error: float | None = None

    def compare(self, peer: str) -> None:
        """Fills in the ratios: of the medians, and the least and the largest of a round."""
        self.best_peer = peer
        theirs = self.peers[peer]
        if not self.ours_seconds:
            return
        self.ratio = statistics.median(theirs) / statistics.median(self.ours_seconds)
        rounds = [b / a for a, b in zip(self.ours_seconds, theirs)]
        self.ratio_low, self.ratio_high = min(rounds), max(rounds)

    def json(self) -> dict:
        def rounded(value: float | None, digits: int = 4) -> float | None:
            return None if value is None else float(f"{value:.{digits}g}")

        return {
            "work": self.work,
            "ours_seconds": [rounded(s, 5) for s in self.ours_seconds],
            "peers": {name: [rounded(s, 5) for s in times] for name, times in self.peers.items()},
            "best_peer": self.best_peer,
            "ratio": rounded(self.ratio),
            "ratio_low": rounded(self.ratio_low),
            "ratio_high": rounded(self.ratio_high),
            "goal": self.goal,
            "error": rounded(self.error, 3),
            "peak_memory_bytes": self.peak_memory_bytes,
        }


def duration(seconds: list[float]) -> str:
    if not seconds:
        return "–"
    median = statistics.median(seconds)
    return f"{median:.3g} s" if median >= 1 else f"{1e3 * median:.3g} ms"


def table(machine: dict, rows: list[Row]) -> str:
    lines = [
        f"{machine['cpu']}, {machine['cores']} cores; one run, interleaved. "
        f"Measured peaks: {machine['fma_gflops']:.0f} GFLOP/s of multiply-adds, "
        f"{machine['sgemm_gflops']:.0f} of matrix products, "
        f"{machine['memory_gbs']:.0f} GB/s of memory.",
        "",
        "| work | ours | best peer | its time | ratio (rounds) | goal | error | of peak | memory |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    return "\n".join(lines + [line(machine, row) for row in rows]) + "\n"


def line(machine: dict, row: Row) -> str:
    ratio = goal = error = share = memory = "–"
    if row.ratio is not None:
        ratio = f"**{row.ratio:.2f}** ({row.ratio_low:.2f}–{row.ratio_high:.2f})"
    if row.goal is not None:
        goal = f"{row.goal:g}" if row.goal < 1e6 else f"{row.goal / 1e9:g} GB"
    if row.error is not None:
        error = f"{row.error:.0e}"
    if row.peer_error is not None:
        error += f" (peer: {row.peer_error:.0e})"
    if row.gflop and row.ours_seconds:
        speed = row.gflop / statistics.median(row.ours_seconds)
        share = f"{100 * speed / machine['sgemm_gflops']:.0f} %"
    if row.peak_memory_bytes:
        memory = f"{row.peak_memory_bytes / 1e9:.2f} GB"
    theirs = duration(row.peers.get(row.best_peer, []))
    cells = [
        row.work, duration(row.ours_seconds), row.best_peer or "–", theirs, ratio, goal, error,
        share, memory,
    ]
    return "| " + " | ".join(cells) + " |"


def write(folder: Path, machine: dict, rows: list[Row]) -> None:
    """`results.json` and `results.md`, replaced whole."""
    results = {"machine": machine, "rows": [row.json() for row in rows]}
    replace(folder / "results.json", json.dumps(results, indent=2, ensure_ascii=False) + "\n")
    replace(folder / "results.md", table(machine, rows))


def replace(file: Path, text: str) -> None:
    beside = file.with_suffix(file.suffix + ".new")
    beside.write_text(text)
    beside.rename(file)
