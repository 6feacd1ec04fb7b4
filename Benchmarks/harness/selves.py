"""Rows that compare us with ourselves, and the time from command to first call."""

import os
import subprocess
import sys
import time
from statistics import median

from . import cache, samples
from .contest import ROUNDS
from .contestants import THREADS, environment, ours
from .report import Row
from .worker import Worker, WorkerFailed, available_memory


def growth(quick: bool, log) -> list[Row]:
    """The UNet's time less its attention, per latent pixel, at 96² beside 32²."""
    seconds: dict[int, list[float]] = {32: [], 96: []}
    for _ in range(1 if quick else ROUNDS):
        for side, times in seconds.items():
            model = cache.model("full")
            given = ("--model", model, "--inputs", samples.unet(model, side))
            with Worker(ours("unet", *given)) as worker:
                for name in ("plain", "attention"):
                    worker.run(name)
                whole = min(worker.run("plain")["seconds"] for _ in range(2))
                attention = min(worker.run("attention")["seconds"] for _ in range(2))
            times.append((whole - attention) / side**2)
            log(f"{side}²: {whole:.3g} s, of which {attention:.3g} s attention")
    row = Row("UNet less attention, a latent pixel at 96²", ours_seconds=seconds[96], goal=0.91)
    row.peers = {"ours at 32²": seconds[32]}
    row.compare("ours at 32²")
    return [row]


def threads(quick: bool, log) -> list[Row]:
    """One thread beside two."""
    full, small = cache.model("full"), cache.model("small")
    side = 32 if quick else 64
    works = {
        f"UNet pair, {side}²": ("unet", full, samples.unet(full, side)),
        "VAE decode, 512²": ("vae-decode", full, samples.latents()),
        "CLIP ViT-L/14": ("image-encoder", full, samples.pixels(full)),
        "training step, 12.9 M": ("training", small, samples.training(small, 16, side // 2)),
    }
    if not quick and available_memory() > 19 << 30:
        works["training step, full size"] = ("training", full, samples.training(full, 1, 64))
    return [on_threads(title, *work, quick, log) for title, work in works.items()]


def on_threads(title: str, work: str, model, inputs, quick: bool, log) -> Row:
    seconds: dict[int, list[float]] = {1: [], 2: []}
    try:
        for _ in range(1 if quick else ROUNDS):
            for count, times in seconds.items():
                given = ("--model", model, "--inputs", inputs)
                with Worker(ours(work, *given, threads=count)) as worker:
                    worker.run(worker.cases[0])
                    times.append(min(worker.run(worker.cases[0])["seconds"] for _ in range(2)))
    except WorkerFailed as failure:
        log(str(failure))
        return Row(f"{title}, 1 → 2 threads", goal=1.8)
    log(f"{title}: {median(seconds[1]):.3g} s on one thread, {median(seconds[2]):.3g} s on two")
    row = Row(f"{title}, 1 → 2 threads", ours_seconds=seconds[2], goal=1.8)
    row.peers = {"ours on 1 thread": seconds[1]}
    row.compare("ours on 1 thread")
    return row


def start(quick: bool, log) -> list[Row]:
    """Seconds from the command to the network's first call, files in the page cache."""
    given = ["--model", cache.model("full"), "--output", cache.path("picture", "start.png")]
    for name, file in samples.picture().items():
        given += [f"--{name}", file]
    given = [str(argument) for argument in given]
    commands = {
        "ours": ([str(cache.BENCH), "start", *given, "--threads", str(THREADS)], {}),
        "diffusers": (
            [sys.executable, "-m", "peers.diffusers_picture", *given, "--until-first-call"],
            environment(),
        ),
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for round in range(2 if quick else ROUNDS + 1):
        for name, (command, extra) in commands.items():
            elapsed = until_first_call(command, extra)
            if round > 0:  # the first one brings files into memory
                seconds[name].append(elapsed)
            log(f"{name}: {elapsed:.3g} s")
    row = Row("start: command to first UNet call", ours_seconds=seconds["ours"], goal=3)
    row.peers = {"diffusers": seconds["diffusers"]}
    row.compare("diffusers")
    return [row]


def until_first_call(command: list[str], extra: dict[str, str]) -> float:
    begin = time.perf_counter()
    log = cache.path("logs", "start.log")
    with open(log, "w") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=cache.BENCHMARKS,
            env={**os.environ, **extra},
        )
    elapsed = None
    for line in process.stdout:
        if line.strip() == "first call":
            elapsed = time.perf_counter() - begin
    process.wait()
    if elapsed is None:
        raise WorkerFailed(f"no call of the network; {log} says why")
    return elapsed
