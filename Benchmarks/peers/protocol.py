"""One command a line on standard input, one JSON object a line on standard output; the first one
says which cases the work has, and how it is done: {"cases": […], "details": …}.

    run [CASE]           does the work once: {"peak_memory_bytes": …, "seconds": …}
    result FILE [CASE]   does it once and writes what came out: {"wrote": FILE}
    quit
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy
from safetensors.numpy import save_file

Outputs = dict[str, numpy.ndarray]


class Work:
    """Something to be timed, with all that it needs in memory."""

    cases = ["default"]
    # How it is done, where that is not said by the peer's name: precision, instruction set.
    details = ""

    def run(self, case: str) -> Callable[[], Outputs]:
        """Does it once; what makes its outputs is not timed."""
        raise NotImplementedError


def peak_memory() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def serve(load: Callable[[], Work]) -> None:
    """Loads the work and answers until told to quit. Whatever libraries print goes to the log."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(members: dict) -> None:
        print(json.dumps(members), file=answers, flush=True)

    try:
        work = load()
    except Exception as error:
        answer({"error": f"{type(error).__name__}: {error}"})
        raise
    answer({"cases": work.cases, "details": work.details})
    for line in sys.stdin:
        words = line.split()
        if words[0] == "quit":
            return
        try:
            answer(obey(work, words))
        except Exception as error:
            answer({"error": f"{type(error).__name__}: {error}"})


def obey(work: Work, words: list[str]) -> dict:
    if words[0] == "run":
        start = time.perf_counter()
        work.run(words[1] if len(words) > 1 else work.cases[0])
        seconds = time.perf_counter() - start
        return {"peak_memory_bytes": peak_memory(), "seconds": seconds}
    file, case = words[1], words[2] if len(words) > 2 else work.cases[0]
    outputs = work.run(case)()
    save_file({name: numpy.ascontiguousarray(a) for name, a in outputs.items()}, file)
    return {"wrote": file}
