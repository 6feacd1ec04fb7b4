"""`python3 Benchmarks/losses.py`: losses of training in bf16, ours beside PyTorch's autocast and fp32.

Everyone starts from the same weights and takes the same steps on one batch: what differs is rounding.
Prints every tenth step and the largest difference, and writes losses.json.
"""

import argparse
import json
import os
import sys

import bench

COLUMNS = {
    "ours, bf16-mixed": ("ours", "bf16-mixed"),
    "PyTorch, autocast": ("PyTorch", "bf16-mixed"),
    "ours, fp32": ("ours", "fp32"),
}


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--side", type=int, default=16, help="of the latents")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def course(contestant, steps: int) -> list[float]:
    """The loss before each step."""
    from safetensors.numpy import load_file

    from harness import cache
    from harness.worker import Worker

    file = cache.path("outputs", "losses.safetensors")
    losses = []
    with Worker(contestant) as worker:
        for step in range(steps):
            worker.result(file, "default")
            losses.append(float(load_file(file)["loss"].reshape(-1)[0]))
    return losses


def compare(chosen: argparse.Namespace) -> None:
    from harness import cache, samples
    from harness.contestants import ours, peer

    model = cache.model("small")
    given = ["--model", model, "--inputs", samples.training(model, 16, chosen.side)]
    courses = {}
    for name, (who, precision) in COLUMNS.items():
        print(f"{name}: {chosen.steps} steps", flush=True)
        arguments = [*given, "--precision", precision]
        contestant = (
            ours("training", *arguments)
            if who == "ours"
            else peer("PyTorch", "torch_training", *arguments)
        )
        courses[name] = course(contestant, chosen.steps)
    report(courses, chosen.steps)
    (cache.BENCHMARKS / "losses.json").write_text(json.dumps(courses, indent=1) + "\n")


def report(courses: dict[str, list[float]], steps: int) -> None:
    print("| step | " + " | ".join(courses) + " |")
    print("|---|" + "---|" * len(courses))
    for step in sorted({0, *range(9, steps, 10), steps - 1}):
        losses = " | ".join(f"{losses[step]:.5f}" for losses in courses.values())
        print(f"| {step + 1} | {losses} |")
    first, *others = courses
    for other in others:
        worst = max(abs(a - b) / b for a, b in zip(courses[first], courses[other]))
        print(f"{first} and {other}: at most {100 * worst:.2f} % apart")


if __name__ == "__main__":
    if options().inside:
        compare(options())
    else:
        python = bench.prepare()
        os.chdir(bench.FOLDER)
        os.execv(python, [str(python), "losses.py", "--inside", *sys.argv[1:]])
