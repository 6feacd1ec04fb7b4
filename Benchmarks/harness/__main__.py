"""Runs the works in order and writes results.json and results.md."""

import argparse
import sys
import time

from . import cache, report, selves
from .catalogue import all_works, left_out
from .contest import hold
from .machine import machine
from .report import Row
from .results import Results
from .sentinel import Sentinel
from .worker import WorkerFailed
from .works import PICTURE_BESIDE_OPENVINO

SELVES = {"start": selves.start, "growth": selves.growth, "threads": selves.threads}
# The limit for a whole picture, in bytes.
PICTURE_MEMORY = 6.5e9


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench", description="Times this project and its peers in one run."
    )
    parser.add_argument("--quick", action="store_true", help="every kind of work once, small")
    parser.add_argument(
        "--only", help="only these works, separated by commas; other rows stay as they are"
    )
    parser.add_argument("--list", action="store_true", help="say which works there are")
    return parser.parse_args()


def memory_row(rows: list[Row]) -> list[Row]:
    """The whole picture's peak memory, ours beside OpenVINO's: a ratio of bytes."""
    pictures = [row for row in rows if row.work == PICTURE_BESIDE_OPENVINO and row.ours_seconds]
    made = []
    for row in pictures:
        memory = Row(
            "picture, peak memory", goal=PICTURE_MEMORY, peak_memory_bytes=row.peak_memory_bytes
        )
        if theirs := row.peer_memory.get(row.best_peer):
            memory.best_peer = row.best_peer
            memory.ratio = theirs / row.peak_memory_bytes
            memory.ratio_low = memory.ratio_high = memory.ratio
        made.append(memory)
    return made


def chosen_works(chosen: argparse.Namespace, names: list[str]) -> list[str]:
    if not chosen.only:
        return [name for name in names if name not in left_out()]
    wanted = chosen.only.split(",")
    if unknown := [name for name in wanted if name not in names]:
        sys.exit(f"error: no work is called {unknown[0]}; there are {', '.join(names)}")
    return wanted


def main() -> int:
    chosen = options()
    works = dict(all_works(chosen.quick))
    names = [*works, *SELVES]
    if chosen.list:
        print("\n".join(names))
        return 0
    wanted = chosen_works(chosen, names)
    if not cache.BENCH.exists():
        sys.exit(f"error: {cache.BENCH} is missing; `make bench` builds it")
    began = time.monotonic()
    print("Measuring the machine", flush=True)
    results, failed = Results(cache.BENCHMARKS, machine(), keep=bool(chosen.only)), False
    with Sentinel(log) as sentinel:
        for number, name in enumerate(wanted, 1):
            print(f"[{number}/{len(wanted)}] {name}, after {elapsed(began)}", flush=True)
            try:
                if name in SELVES:
                    rows = SELVES[name](chosen.quick, log)
                else:
                    rows = hold(works[name](), chosen.quick, sentinel, log)
                results.replace(rows + memory_row(rows))
            except WorkerFailed as failure:
                log(f"failed: {failure}")
                failed = True
    print(report.table(results.latest.machine, results.latest.rows))
    print(f"{cache.BENCHMARKS}/results.json and results.md written after {elapsed(began)}.")
    return 1 if failed else 0


def log(text: str) -> None:
    print(f"    {text}", flush=True)


def elapsed(since: float) -> str:
    minutes, seconds = divmod(round(time.monotonic() - since), 60)
    return f"{minutes} min {seconds:02} s"


if __name__ == "__main__":
    sys.exit(main())
