"""What the programs do that writes files: commands, and what must be the same however they were stopped."""

import hashlib
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from faults import run
from trainings import CLIP, COMMON, CONFIGURATIONS

# Members of a line of log.jsonl that depend on the clock.
TIMES = {"samples_per_second", "data_wait_seconds", "peak_memory_bytes"}


@dataclass(frozen=True)
class Work:
    """A command that writes below a folder of its own, in which `inputs` lies."""

    name: str
    command: list[str]
    # Files and folders, of which every file must come out the same.
    results: list[str]
    # Said again after a kill by a command that does not continue: its result is there and whole.
    refusal: str = "\0"
    # Many small files, for which flushing one by one would take too long: `sync` at the end instead.
    is_flushed_at_its_end: bool = False
    # Names that may differ from run to run.
    ignored: frozenset[str] = field(default_factory=frozenset)

    def digest(self, folder: Path) -> dict[str, str]:
        """SHA-256 of every file of the results, by its path."""
        found = {}
        for result in self.results:
            root = folder / result
            files = sorted(root.rglob("*")) if root.is_dir() else [root]
            for file in files:
                if file.is_file() and not file.is_symlink() and not self._is_ignored(file):
                    found[str(file.relative_to(folder))] = _digest(file)
        return found

    def _is_ignored(self, file: Path) -> bool:
        # Where a folder cannot be locked itself, a file in it is.
        return file.name == ".lock" or any(file.match(pattern) for pattern in self.ignored)


def leftovers(folder: Path) -> list[str]:
    """Files that a program meant to rename or remove."""
    return sorted(
        str(file.relative_to(folder)) for file in folder.rglob("*")
        if "inputs" not in file.parts
        and (file.name.endswith(".partial") or file.name.endswith(".parts")))


def _digest(file: Path) -> str:
    data = file.read_bytes()
    if file.name == "log.jsonl":
        data = "\n".join(_timeless(line) for line in data.decode().splitlines()).encode()
    return hashlib.sha256(data).hexdigest()


def _timeless(line: str) -> str:
    members = json.loads(line)
    return json.dumps({key: value for key, value in members.items() if key not in TIMES})


# Finished runs of an evaluation: two methods, and one of them in two parts.
RUNS = [
    ("pasted", "copy-paste"), ("harmonised", "copy-paste-harmonised"),
    ("part-1", "copy-paste", "--shard", "1/2"), ("part-2", "copy-paste", "--shard", "2/2")]


def prepare(binaries: Path, folder: Path) -> None:
    """Makes what the works start from, `inputs` of `folder`."""
    inputs = folder / "inputs"
    inputs.mkdir(parents=True)

    def must(program: str, *arguments: str) -> None:
        outcome = run([str(binaries / program), *arguments], folder)
        assert outcome.code == 0, f"{program} {' '.join(arguments)}\n{outcome.output}"

    must(
        "pbe-data", "scenes", "--output", "inputs/scenes", "--images", "8", "--bench", "2", "--size",
        "32", "--seed", "1")
    must(
        "pbe-data", "vocabulary", "--captions", "inputs/scenes/train.jsonl", "--output",
        "inputs/vocabulary")
    for name, text in CONFIGURATIONS.items():
        (inputs / f"{name}.yaml").write_text(text + COMMON)
    must("pbe-train", "--config", "inputs/diffusion.yaml", "--output", "inputs/run")
    must("pbe-train", "--config", "inputs/clip.yaml", "--output", "inputs/clip-run")
    must("pbe-convert", "--from", "inputs/run", "--to", "inputs/model")
    for name in ["adapters", "sharp"]:
        must("pbe-train", "--config", f"inputs/{name}.yaml", "--output", f"inputs/{name}-run")
    for name, baseline, *part in RUNS:
        must(
            "pbe-eval", "--baseline", baseline, "--bench", "inputs/scenes/bench", "--output",
            f"inputs/{name}", *part)
    bench = inputs / "scenes/bench"
    source, mask, reference = (
        sorted((bench / kind).iterdir())[0] for kind in ("GT_3500", "Mask_bbox_3500", "Ref_3500"))
    job = {
        "image": str(source.relative_to(inputs)), "mask": str(mask.relative_to(inputs)),
        "reference": str(reference.relative_to(inputs))}
    lines = [json.dumps(job | {"output": f"sub/{i}.png", "seed": i}) for i in range(3)]
    (inputs / "jobs.jsonl").write_text("\n".join(lines) + "\n")
    (inputs / "lines.txt").write_text("a blue torus\na red cone with stripes\n")
    _label(bench / "GT_3500", inputs / "labelled")


def _label(pictures: Path, folder: Path) -> None:
    """The pictures as COCO has them, with the outline of an object in each."""
    shutil.copytree(pictures, folder / "images")
    names = sorted(file.name for file in pictures.iterdir())
    outline = {"category_id": 1, "bbox": [8, 8, 16, 12], "segmentation": [[8, 8, 24, 8, 16, 20]]}
    labels = {
        "images": [
            {"id": number, "file_name": name, "width": 32, "height": 32}
            for number, name in enumerate(names)],
        "annotations": [
            outline | {"id": number, "image_id": number} for number in range(len(names))],
        "categories": [{"id": 1, "name": "wedge"}]}
    (folder / "instances_train.json").write_text(json.dumps(labels))


def works(binaries: Path) -> list[Work]:
    """Everything that writes."""

    def command(program: str, *arguments: str) -> list[str]:
        return [str(binaries / program), *arguments]

    def training(name: str, configuration: str, *overrides: str) -> Work:
        return Work(
            name, command(
                "pbe-train", "--continue", "--output", "run", "--config",
                f"inputs/{configuration}.yaml", *overrides),
            ["run"], ignored=frozenset({"*tfevents*", "latest"}))

    evaluation = ["--bench", "inputs/scenes/bench", "--output", "result"]
    model = ["--model", "inputs/model", "--sampler", "ddim", "--steps", "1"]
    real = ["--images", "inputs/scenes/bench/GT_3500", "--side", "32", "--clip", CLIP]
    timed = frozenset({"metrics.json", "report.html"})
    occupied = "give one that does not exist yet"
    return [
        *(training(f"train {name}", name) for name in CONFIGURATIONS),
        training(
            "train accumulating", "diffusion", "lightning.trainer.accumulate_grad_batches=2"),
        training("train from a cache", "diffusion", "data.params.cache_latents=true"),
        Work(
            "scenes", command(
                "pbe-data", "scenes", "--output", "result", "--images", "3", "--bench", "2",
                "--size", "32", "--seed", "2"), ["result"], is_flushed_at_its_end=True),
        Work(
            "index", command(
                "pbe-data", "index", "--dataset", "inputs/scenes", "--split", "train", "--output",
                "result.jsonl"), ["result.jsonl", "result.jsonl.report.json"]),
        Work(
            "vocabulary", command(
                "pbe-data", "vocabulary", "--captions", "inputs/scenes/train.jsonl", "--output",
                "result"), ["result"]),
        Work(
            "convert", command("pbe-convert", "--from", "inputs/run", "--to", "result"), ["result"],
            refusal=occupied),
        Work(
            "convert to original names", command(
                "pbe-convert", "--from", "inputs/run", "--to", "deep/result", "--format",
                "ckpt-names"), ["deep"], refusal=occupied),
        Work(
            "convert to one file", command(
                "pbe-convert", "--from", "inputs/run", "--to", "result.safetensors", "--format",
                "ckpt-names"), ["result.safetensors"], refusal=occupied),
        Work(
            "merge adapters", command(
                "pbe-convert", "--from", "inputs/model", "--merge-lora", "inputs/adapters-run",
                "--to", "result"), ["result"], refusal=occupied),
        Work(
            "take over a decoder", command(
                "pbe-convert", "--from", "inputs/model", "--decoder-of", "inputs/sharp-run",
                "--precision", "fp16", "--to", "result"), ["result"], refusal=occupied),
        Work(
            "import", command(
                "pbe-data", "import", "--from", "coco", "inputs/labelled", "--output",
                "result.jsonl"), ["result.jsonl", "result.jsonl.report.json", "result.jsonl.masks"]),
        Work(
            "tokenize", command(
                "pbe-convert", "tokenize", "--tokenizer", "inputs/vocabulary", "--input",
                "inputs/lines.txt", "--output", "result.jsonl"), ["result.jsonl"]),
        Work(
            "sample a manifest", command(
                "pbe-sample", *model, "--manifest", "inputs/jobs.jsonl", "--output", "result"),
            ["result"]),
        Work(
            "evaluate a baseline", command("pbe-eval", "--baseline", "copy-paste", *evaluation),
            ["result"], ignored=timed),
        Work(
            "evaluate a model", command("pbe-eval", *model, "--clip", CLIP, *evaluation), ["result"],
            ignored=timed),
        Work(
            "merge", command(
                "pbe-eval", "merge", "inputs/part-1", "inputs/part-2", "--output", "result"),
            ["result"], ignored=timed),
        Work(
            "statistics", command(
                "pbe-eval", "statistics", *real, "--output", "result.safetensors"),
            ["result.safetensors"]),
        Work(
            "fit a mixture", command(
                "pbe-eval", "fit-gmm", *real, "--components", "2", "--output",
                "result.safetensors"), ["result.safetensors"]),
        Work(
            "study", command(
                "pbe-eval", "study", "make", "inputs/pasted", "inputs/harmonised", "--groups", "2",
                "--repeats", "0", "--attention", "0", "--output", "result"), ["result"]),
        Work(
            "preview", command(
                "pbe-data", "preview", "--config", "inputs/diffusion.yaml", "--count", "2",
                "--output", "result.png", "--save-tensors", "result.safetensors"),
            ["result.png", "result.safetensors"]),
    ]
