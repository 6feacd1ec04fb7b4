"""results.json and results.md: what each kind of CPU did when it last ran this.

    {"machine": …, "rows": […], "remarks": {…}, "others": [{"machine": …, …}, …]}

The latest run comes first, at the top; rows have a fixed form, which others read, and what only the
table says is in the remarks, by the row's name.
"""

import json
from dataclasses import dataclass, fields
from pathlib import Path

from .report import Row, table

ROUNDED = {"ratio": 4, "ratio_low": 4, "ratio_high": 4, "error": 3, "of_peak": 3, "peer_error": 3}
REMARKS = ("of_peak", "peer_error", "hit")
DROPPED = ("gflop", "peer_memory")


@dataclass
class Result:
    """The rows of one machine."""

    machine: dict
    rows: list[Row]

    @property
    def kind(self) -> tuple:
        """Machines that are alike in this share a table."""
        return self.machine["cpu"], self.machine["cores"], *self.machine["flags"]

    def replace(self, rows: list[Row]) -> None:
        """New rows in the old ones' places; those of works that it did not have come last."""
        new = {row.work: row for row in rows}
        self.rows = [new.pop(row.work, row) for row in self.rows] + list(new.values())

    def json(self) -> dict:
        remarks = {row.work: remarks_of(row) for row in self.rows}
        return {
            "machine": self.machine,
            "rows": [json_of(row) for row in self.rows],
            "remarks": {work: some for work, some in remarks.items() if some},
        }


def rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else float(f"{value:.{digits}g}")


def member(row: Row, name: str) -> object:
    value = getattr(row, name)
    return rounded(value, ROUNDED[name]) if name in ROUNDED else value


def json_of(row: Row) -> dict:
    names = [f.name for f in fields(Row) if f.name not in (*REMARKS, *DROPPED)]
    return {name: member(row, name) for name in names} | {
        "ours_seconds": [rounded(s, 5) for s in row.ours_seconds],
        "peers": {name: [rounded(s, 5) for s in times] for name, times in row.peers.items()},
    }


def remarks_of(row: Row) -> dict:
    return {name: member(row, name) for name in REMARKS if getattr(row, name)}


def read(file: Path) -> list[Result]:
    if not file.exists():
        return []
    latest = json.loads(file.read_text())
    return [
        Result(
            one["machine"],
            [Row(**row, **one["remarks"].get(row["work"], {})) for row in one["rows"]],
        )
        for one in (latest, *latest["others"])
    ]


class Results:
    """The files, and what is in them."""

    def __init__(self, folder: Path, machine: dict, keep: bool) -> None:
        """- keep: whether rows of this kind of CPU that are not measured anew stay."""
        self.folder = folder
        self.latest = Result(machine, [])
        self.others: list[Result] = []
        for old in read(folder / "results.json"):
            if old.kind != self.latest.kind:
                self.others.append(old)
            elif keep:
                self.latest.rows = old.rows

    def replace(self, rows: list[Row]) -> None:
        """Adds rows and writes both files whole, the table from what was written."""
        for row in rows:
            row.measure(self.latest.machine)
        self.latest.replace(rows)
        made = self.latest.json() | {"others": [other.json() for other in self.others]}
        file = self.folder / "results.json"
        write(file, json.dumps(made, indent=2, ensure_ascii=False) + "\n")
        tables = [table(one.machine, one.rows) for one in read(file)]
        write(self.folder / "results.md", "\n".join(tables))


def write(file: Path, text: str) -> None:
    beside = file.with_suffix(file.suffix + ".new")
    beside.write_text(text)
    beside.rename(file)
