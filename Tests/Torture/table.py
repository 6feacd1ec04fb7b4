#!/usr/bin/env python3
"""Gives the programs hostile and odd inputs, one after the other, and checks how each of them ends.

    python3 Tests/Torture/table.py --binaries .build/release
    python3 Tests/Torture/table.py --binaries .build/release --only pictures.
    python3 Tests/Torture/table.py --list

A case is an entry of a file in `table/`: a command, the files that it meets, and the exit code and
message that it must end with. Beside these, `table/checks.py` says what must hold of every case.
Needs Python 3.11 and nothing else.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from table.case import Case
from table.checks import faults
from table.places import Places
from table.report import failure, markdown, shown
from table.running import Outcome, run
from table.topics import CASES


def main() -> int:
    options = _options()
    cases = [case for case in CASES if case.name.startswith(options.only)]
    if options.list:
        for case in cases:
            print(f"{case.name}: {case.what}")
        return 0
    with tempfile.TemporaryDirectory(prefix="torture-", ignore_cleanup_errors=True) as workshop:
        # A case that runs as nobody must be able to enter.
        Path(workshop).chmod(0o711)
        rows = _run_all(cases, Places(options.binaries.resolve(), Path(workshop)), options.show)
    if options.report:
        options.report.write_text(markdown(rows))
    return _summarize(rows)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--binaries", type=Path, default=Path(".build/release"), metavar="DIR",
                        help="where pbe-train, pbe-sample and the others are")
    parser.add_argument("--only", default="", metavar="NAME", help="only cases whose name begins so")
    parser.add_argument("--list", action="store_true", help="print the cases instead")
    parser.add_argument("--show", action="store_true", help="print what every case prints")
    parser.add_argument("--report", type=Path, metavar="FILE.md", help="also write the table")
    return parser.parse_args()


def _run_all(cases: Iterable[Case], places: Places, shows: bool) -> list[tuple[Case, Outcome]]:
    rows = []
    for topic, group in groupby(cases, key=lambda case: case.topic):
        members = list(group)
        for number, case in enumerate(members, 1):
            _progress(f"{topic}: {number} of {len(members)}", is_last=number == len(members))
            outcome = run(case, places)
            rows.append((case, outcome))
            if shows:
                _show(case, outcome)
    return rows


def _progress(text: str, is_last: bool) -> None:
    """One line a topic, which a terminal sees grow."""
    if sys.stdout.isatty():
        print(f"\r\x1b[K{text}", end="\n" if is_last else "", flush=True)
    elif is_last:
        print(text, flush=True)


def _show(case: Case, outcome: Outcome) -> None:
    printed = (outcome.errors + outcome.output).decode(errors="backslashreplace")
    print(f"\n{case.name} → {outcome.code} in {outcome.seconds:.2f} s\n{shown(printed)[:2000]}")


def _summarize(rows: list[tuple[Case, Outcome]]) -> int:
    failures = [
        (case, outcome, found) for case, outcome in rows if (found := faults(case, outcome))
    ]
    for case, outcome, found in failures:
        print("\n" + failure(case, outcome, found))
    print(f"\n{len(rows) - len(failures)} of {len(rows)} cases end as they should")
    return 1 if failures or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
