"""`make tuning`: a class that the shipped model has never seen, learnt from twenty pictures.

Draws twenty pictures of crescents and a bench of them, tunes the shipped model with Configs/tune.yaml beside
pictures of the classes that it knows, has `pbe-eval` paint both benches before and after, has the judge of
shapes (judge.py, trained on all classes when there is none) name what was painted, and writes the table of
docs/tuning.md.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import bench

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "tuning.md"
BEGIN, END = "<!-- table: make tuning -->", "<!-- end of the table -->"
MODEL = "Examples/scenes"
NEW = "crescent"
KNOWN = "sphere box cylinder cone ring capsule egg pyramid mushroom vase bowl pawn pumpkin star heart gem".split()
# Pictures of the new class, how often each is repeated, and pictures of what the model knows.
PICTURES, REPEATS, REHEARSAL = 20, 100, 2000
# CLIP's tower, too: there a new kind of object is told from the known ones.
TARGETS = [
    "attn1.to_q", "attn1.to_k", "attn1.to_v", "attn1.to_out.0", "attn2.to_v", "attn2.to_out.0",
    "ff.net.0.proj", "ff.net.2", "proj_in", "proj_out", "q_proj", "k_proj", "v_proj", "out_proj", "fc1",
    "fc2",
]  # fmt: skip
SAMPLING = ["--sampler", "dpm++", "--steps", "25", "--batch", "10"]


class Trial:
    """The folder in which pictures, judge, run and results lie, and what makes them."""

    def __init__(self, folder, binaries, python):
        self.folder, self.binaries, self.python = folder, binaries, python

    def call(self, program, *arguments, shown=False):
        path = self.binaries / program if program.startswith("pbe-") else program
        command = [str(part) for part in (path, *arguments)]
        done = subprocess.run(command, cwd=ROOT, capture_output=not shown, text=True)
        if done.returncode != 0:
            sys.exit(f"error: {' '.join(command)}\n{done.stderr or ''}")
        return done.stdout

    def draw(self, name, images, cases, seed, classes=None):
        """Scenes of some classes; nothing new where they are there."""
        chosen = ["--classes", ",".join(classes)] if classes else []
        self.call(
            "pbe-data", "scenes", "--output", self.folder / name, "--images", images, "--bench", cases,
            "--size", 128, "--seed", seed, *chosen,
        )  # fmt: skip

    def records(self, name):
        """A data set's records, with pictures by their whole paths."""
        place = self.folder / name
        for line in (place / "train.jsonl").read_text().splitlines():
            record = json.loads(line)
            yield record | {"image": str(place / record["image"])}

    def mix(self):
        """The new class for half of the time, what the model knows for the other."""
        mixed = self.folder / "mixed.jsonl"
        records = [*self.records("new")] * REPEATS + [*self.records("rehearsal")]
        mixed.write_text("".join(json.dumps(record) + "\n" for record in records))
        return mixed

    def tune(self, steps):
        """The run; goes on where it stopped."""
        run = self.folder / "run"
        self.call(
            "pbe-train", "--continue", "--output", run, "--config", "Configs/scenes.yaml",
            "Configs/tune.yaml", f"initialize.model={MODEL}",
            f"data.params.train.params.dataset_dir={self.mix()}",
            f"data.params.validation.params.dataset_dir={self.folder / 'new'}",
            f"model.params.lora.targets=[{','.join(TARGETS)}]", f"lightning.trainer.max_steps={steps}",
            shown=True,
        )  # fmt: skip
        return run

    def judge(self):
        judge, scenes = self.folder / "judge.pt", self.folder / "judge"
        self.draw("judge", 3000, 0, seed=900, classes=[*KNOWN, NEW])
        if not judge.exists():
            print("Training the judge of shapes", flush=True)
            self.call(
                self.python, Path(__file__).parent / "judge.py", "train", "--scenes", scenes, "--output",
                judge,
            )  # fmt: skip
        return judge, scenes

    def score(self, name, cases, adapters, judge, scenes):
        """Wins, and what the judge finds."""
        output = self.folder / "evaluations" / name
        self.call(
            "pbe-eval", "--model", MODEL, *adapters, "--bench", cases, "--output", output, *SAMPLING)
        similarity = json.loads((output / "metrics.json").read_text())["reference_similarity"]
        found = json.loads(self.call(
            self.python, Path(__file__).parent / "judge.py", "score", "--judge", judge, "--scenes",
            scenes, "--bench", cases, "--results", output / "results"))[0]  # fmt: skip
        return found | {"wins": similarity["wins"] / similarity["count"]}


def table(found, steps):
    def row(what, when):
        numbers = found[what, when]
        return f"| {what} | {when} | {numbers['agreement']:.2f} | {numbers['wins']:.2f} |"

    accuracy = next(iter(found.values()))["accuracy"]
    return "\n".join([
        f"{PICTURES} pictures, {steps} steps, 100 cases each; the judge is right on {accuracy:.2f} of real "
        "crops.",
        "",
        "| Bench | Model | Shape agreement | Wins |",
        "|---|---|---|---|",
        *(row(what, when) for what in ("crescents", "known classes") for when in ("before", "after")),
    ])  # fmt: skip


def write(text):
    before, rest = PAGE.read_text().split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.split(END)[1]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "tuning")
    parser.add_argument("--binaries", type=Path, default=ROOT / ".build" / "release")
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--python", type=Path, help="has PyTorch; Benchmarks/.venv if not given")
    options = parser.parse_args()
    trial = Trial(
        options.folder.absolute(), options.binaries.absolute(),
        str((options.python or bench.prepare()).absolute()),
    )  # fmt: skip
    trial.draw("new", PICTURES, 100, seed=5, classes=[NEW])
    trial.draw("rehearsal", REHEARSAL, 0, seed=502)
    trial.draw("known", 0, 100, seed=77)
    run = trial.tune(options.steps)
    judge = trial.judge()
    found = {}
    for what, cases in (("crescents", "new"), ("known classes", "known")):
        for when, adapters in (("before", []), ("after", ["--lora", run])):
            found[what, when] = trial.score(
                f"{cases}-{when}", trial.folder / cases / "bench", adapters, *judge)
    print(table(found, options.steps))
    write(table(found, options.steps))


if __name__ == "__main__":
    main()
