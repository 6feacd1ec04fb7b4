"""`make few-steps`: what few steps cost and give, of the shipped model and of the one distilled from it.

Draws a bench that no model saw, has `pbe-eval` paint it by every sampler at several numbers of steps, has
the judge of shapes (judge.py, trained when there is none) name what was painted, times single edits from
command to file, and writes the table of docs/few-steps.md.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import bench

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "few-steps.md"
BEGIN, END = "<!-- table: make few-steps -->", "<!-- end of the table -->"
TEACHER, STUDENT = "Examples/scenes", "Examples/scenes-few-steps"
SCALE = 5  # at which the teacher paints best, and which the student has learnt


@dataclass(frozen=True)
class Row:
    """One way to paint the bench."""

    model: str
    sampler: str
    steps: int
    scale: float
    decoder: str | None = None

    @property
    def evaluations(self):
        """Of the UNet for a picture; PLMS begins with two for a step, guidance doubles each."""
        return (self.steps + (self.sampler == "plms")) * (1 if self.scale == 1 else 2)

    @property
    def name(self):
        parts = (Path(self.model).name, self.sampler, self.steps, f"{self.scale:g}", self.decoder)
        return "-".join(str(part) for part in parts if part)

    @property
    def options(self):
        decoder = ["--decoder", self.decoder] if self.decoder else []
        return ["--sampler", self.sampler, "--steps", self.steps, "--scale", self.scale, *decoder]


ROWS = [
    *(Row(TEACHER, sampler, 25, SCALE) for sampler in ("dpm++", "ddim", "unipc", "plms")),
    *(Row(TEACHER, sampler, steps, SCALE) for steps in (8, 4, 2) for sampler in ("dpm++", "ddim", "unipc")),
    *(Row(TEACHER, "dpm++", steps, 1) for steps in (8, 4)),
    *(Row(STUDENT, "lcm", steps, 1) for steps in (8, 4, 2, 1)),
    Row(STUDENT, "dpm++", 4, 1),
    Row(STUDENT, "lcm", 4, 1, decoder="tiny"),
]


def call(*arguments):
    arguments = [str(argument) for argument in arguments]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"error: {' '.join(arguments)}\n{done.stderr}")
    return done.stdout


class Bench:
    """The bench, the judge, and the folder in which both and all results lie."""

    def __init__(self, folder, binaries, cases, interpreter):
        self.folder, self.binaries, self.python = folder, binaries, interpreter
        self.scenes, self.cases = folder / "judge", folder / f"bench-{cases}"
        self.judge = folder / "judge.pt"
        if not self.cases.exists():
            call(binaries / "pbe-data", "scenes", "--output", self.cases, "--images", 0, "--bench", cases,
                 "--size", 128, "--seed", 7)  # fmt: skip
        if not self.scenes.exists():
            call(binaries / "pbe-data", "scenes", "--output", self.scenes, "--images", 9000, "--bench", 1,
                 "--size", 128, "--seed", 5)  # fmt: skip
        if not self.judge.exists():
            print("Training the judge of shapes", flush=True)
            call(self.python, Path(__file__).parent / "judge.py", "train", "--scenes", self.scenes,
                 "--output", self.judge)  # fmt: skip

    def paint(self, row):
        """The bench's results, and the share of wins."""
        output = self.folder / "evaluations" / row.name
        call(self.binaries / "pbe-eval", "--model", row.model, "--bench", self.cases / "bench",
             "--output", output, "--batch", 10, *row.options)  # fmt: skip
        similarity = json.loads((output / "metrics.json").read_text())["reference_similarity"]
        return output / "results", similarity["wins"] / similarity["count"]

    def judged(self, results):
        return json.loads(call(
            self.python, Path(__file__).parent / "judge.py", "score", "--judge", self.judge, "--scenes",
            self.scenes, "--bench", self.cases / "bench", "--results", *results))  # fmt: skip

    def edit(self, row, repeats):
        """From command to file, the medians of several edits: seconds, and seconds of processors."""
        case = ROOT / TEACHER
        seconds, processors = [], []
        for _ in range(repeats):
            start, used = time.perf_counter(), children()
            call(self.binaries / "pbe-sample", "--model", row.model, "--image", case / "source-1.png",
                 "--mask", case / "mask-1.png", "--reference", case / "reference-1.png", "--output",
                 self.folder / "edit.png", *row.options)  # fmt: skip
            seconds.append(time.perf_counter() - start)
            processors.append(children() - used)
        return {
            "seconds": statistics.median(seconds), "processors": statistics.median(processors),
        }  # fmt: skip


def children():
    """Seconds of processors that ended programs have used."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def line(row, found):
    model = "distilled" if row.model == STUDENT else "shipped"
    sampler = row.sampler + (", tiny decoder" if row.decoder else "")
    numbers = (
        f"{found['agreement']:.3f}", f"{found['wins']:.3f}", f"{found['fid']:.2f}",
        f"{found['seconds']:.2f} s", f"{found['processors']:.2f} s",
    )  # fmt: skip
    cells = (row.evaluations, model, sampler, row.steps, f"{row.scale:g}", *numbers)
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def table(measured):
    rows = sorted(measured, key=lambda pair: -pair[0].evaluations)
    any_row = rows[0][1]
    return "\n".join([
        f"{any_row['cases']} cases. The judge is right on {any_row['accuracy']:.3f} of real crops; by "
        f"chance a painted object has the shape of another case's reference in {any_row['chance']:.3f}.",
        "",
        "| UNet evaluations | Model | Sampler | Steps | Scale | Shape agreement | Wins | FID of crops "
        "| One edit | its processor time |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *(line(row, found) for row, found in rows),
    ])  # fmt: skip


def write(text):
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "few-steps")
    parser.add_argument("--binaries", type=Path, default=ROOT / ".build" / "release")
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=9, help="edits to time")
    parser.add_argument("--python", type=Path, help="has PyTorch; Benchmarks/.venv if not given")
    parser.add_argument("--only", help="rows whose names hold this; the page stays as it is")
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    place = Bench(
        options.folder.absolute(), options.binaries.absolute(), options.cases,
        (options.python or bench.prepare()).absolute())  # fmt: skip
    rows = [row for row in ROWS if (options.only or "") in row.name]
    painted = []
    for row in rows:
        print(row.name, flush=True)
        painted.append(place.paint(row))
    measured = [
        (row, judged | {"wins": wins} | place.edit(row, options.repeats))
        for row, (_, wins), judged in zip(rows, painted, place.judged([p for p, _ in painted]))
    ]  # fmt: skip
    print(table(measured))
    if not options.only:
        write(table(measured))


if __name__ == "__main__":
    main()
