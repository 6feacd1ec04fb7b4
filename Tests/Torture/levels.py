"""Memory, descriptors and temporaries stay level over thousands of steps and jobs."""

import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from campaign import Tally, say
from works import leftovers


@dataclass(frozen=True)
class Sample:
    """A process at one moment."""

    memory: int
    descriptors: int


def levels(binaries: Path, inputs: Path, folder: Path, count: int) -> Tally:
    """`count` steps of training and as many jobs of a manifest."""
    tally = Tally()
    folder = folder / "levels"
    folder.mkdir()
    (folder / "inputs").symlink_to(inputs)
    job = json.loads((inputs / "jobs.jsonl").read_text().splitlines()[0])
    jobs = (json.dumps(job | {"output": f"{i % 7}.{i}/{i}.png"}) for i in range(count))
    base = {key: str(inputs / job[key]) for key in ("image", "mask", "reference")}
    lines = [json.dumps(json.loads(line) | base) for line in jobs]
    (folder / "jobs.jsonl").write_text("\n".join(lines) + "\n")
    model = ["--model", "inputs/model", "--sampler", "ddim", "--steps", "1", "--scale", "1"]
    commands = {
        "steps": [
            str(binaries / "pbe-train"), "--output", "run", "--config", "inputs/diffusion.yaml",
            f"lightning.trainer.max_steps={count}", f"checkpoint.every={max(count // 100, 1)}",
            "samples.every=0", "validation.every=0"],
        "jobs": [
            str(binaries / "pbe-sample"), *model, "--manifest", "jobs.jsonl", "--output", "result"],
    }
    for name, command in commands.items():
        samples = _samples(command, folder, tally)
        tally.tried += 1
        _judge(f"{count} {name}", samples, tally)
        if leftovers(folder):
            tally.find(f"{count} {name} left {', '.join(leftovers(folder)[:4])}")
    return tally


def _samples(command: list[str], folder: Path, tally: Tally) -> list[Sample]:
    """What the process held, a few times a second."""
    with open(folder / "output", "wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        samples = []
        while process.poll() is None:
            sample = _sample(process.pid)
            if sample:
                samples.append(sample)
            time.sleep(0.2)
    if process.returncode != 0:
        tally.find(f"{command[0]}: {(folder / 'output').read_text()[-2000:]}")
    return samples


def _sample(process: int) -> Sample | None:
    try:
        status = Path(f"/proc/{process}/status").read_text()
        count = len(list(Path(f"/proc/{process}/fd").iterdir()))
    except OSError:
        return None  # it has just ended
    memory = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return Sample(int(memory[0].split()[1]) * 1024, count) if memory else None


def _judge(name: str, samples: list[Sample], tally: Tally) -> None:
    """The last quarter of the time against the second: the first warms up."""
    quarter = len(samples) // 4
    if quarter < 2:
        say(f"levels: {name}: over too soon to say")
        return
    early, late = samples[quarter:2 * quarter], samples[-quarter - 1:-1]
    before, after = (max(sample.memory for sample in part) for part in (early, late))
    say(f"levels: {name}: {before / 1e6:.1f} MB, then {after / 1e6:.1f} MB")
    if after > before * 1.02 + 4e6:
        tally.find(f"{name}: memory grew from {before / 1e6:.1f} to {after / 1e6:.1f} MB")
    open_before, open_after = (
        max(sample.descriptors for sample in part) for part in (early, late))
    if open_after > open_before + 2:
        tally.find(f"{name}: open files grew from {open_before} to {open_after}")
