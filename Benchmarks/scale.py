#!/usr/bin/env python3
"""What several ranks cost, measured here and computed for machines that are not here; docs/scale.md has the tables.

    python3 Benchmarks/scale.py machine .build/release    2 ranks × 1 thread against 1 rank × 2 threads
    python3 Benchmarks/scale.py decoding .build/release   triplets a second of 2 ranks and of 1
    python3 Benchmarks/scale.py memory .build/release     the paper's model on 1 rank; at half its size on 1 and 2
    python3 Benchmarks/scale.py network .build/release    2 hosts (network namespaces) at 1 and 10 Gbit/s; root
    python3 Benchmarks/scale.py table                     8 to 1,024 ranks at full size, computed

`machine` and `network` train a UNet of 12.9 million weights on procedural scenes, 64 × 64, 16 a batch; `decoding`
trains hardly anything on scenes of 1024 × 1024.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "Tests/MPI"))
from hosts import Hosts  # noqa: E402

ENVIRONMENT = {
    **os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
MPI = ["mpirun", "--oversubscribe", "--bind-to", "none"]
ONE_CORE_EACH = ["mpirun", "--bind-to", "core"]
CONFIGURATION = """
initialize: {vae: random, unet: random, image_encoder: random}
model:
  base_learning_rate: 1e-4
  params:
    image_size: 16
    scale_factor: 1.0
    unet_config:
      params:
        model_channels: 112
        channel_mult: [1, 2]
        num_res_blocks: 1
        attention_resolutions: [1, 2]
        num_heads: 8
        norm_groups: 16
        context_dim: 128
        use_checkpoint: false
    first_stage_config:
      params: {ddconfig: {z_channels: 4, ch: 16, ch_mult: [1, 2, 2], num_res_blocks: 1, norm_groups: 8}}
    cond_stage_trainable: mapper
    cond_stage_config:
      target: pbe.ImageEncoder
      params: {hidden_size: 64, layers: 4, heads: 4, patch_size: 8, image_size: 32}
data:
  params:
    batch_size: 16
    num_workers: 1
    train: {params: {dataset_dir: scenes, image_size: 64}}
    validation: {params: {dataset_dir: scenes}}
lightning: {trainer: {accumulate_grad_batches: 2}}
checkpoint: {every: 1000}
validation: {every: 0}
samples: {every: 0}
"""

# Networks of next to nothing and large batches, so that a step is the reading of its pictures.
LIGHT = [
    "model.params.image_size=8", "model.params.unet_config.params.model_channels=16",
    "model.params.unet_config.params.channel_mult=[1]", "model.params.unet_config.params.attention_resolutions=[]",
    "model.params.unet_config.params.num_heads=2",
    "model.params.first_stage_config.params.ddconfig.ch=8",
    "data.params.batch_size=64", "data.params.train.params.image_size=32"]

# Of the published model, and of the step that docs/performance.md measures on two cores of Zen 5.
WEIGHTS = 859_540_484
PICTURE_SECONDS = 5.15
# Of these, in the backward pass, which has two products for one of the forward pass.
BACKWARD_SHARE = 2 / 3
CORES = 2
PICTURES_A_STEP = 256  # Configs/paper.yaml: 64 batches of 4
PAPER_STEPS = 300_000
# Bytes of gradients and weights a second that a rank packs, sends, receives and adds: the median of four runs of
# `network`.
HOST_BYTES_A_SECOND = 0.87e9
DOLLARS_A_CORE_HOUR = 0.02


def lines(run):
    return [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]


def train(binaries, folder, launcher, name, steps, threads, changes=()):
    """The median seconds of a step, and of its exchange and waiting; the first steps warm up."""
    command = [
        *launcher, str(binaries / "pbe-train"), "--config", "run.yaml", "--output", name, "--threads",
        str(threads), f"lightning.trainer.max_steps={steps}", *changes]
    subprocess.run(command, cwd=folder, env=ENVIRONMENT, check=True, capture_output=True)
    found = lines(folder / name)[2:]
    return {
        "step": statistics.median(32 / line["samples_per_second"] for line in found),
        "exchange": statistics.median(line.get("exchange_seconds", 0) for line in found),
        "wait": statistics.median(line.get("wait_seconds", 0) for line in found),
    }


def prepared(binaries, folder, images=200, size=64):
    (folder / "run.yaml").write_text(CONFIGURATION)
    subprocess.run(
        [str(binaries / "pbe-data"), "scenes", "--output", "scenes", "--images", str(images), "--bench", "2",
         "--size", str(size), "--seed", "1"], cwd=folder, check=True, capture_output=True)


def compared(options, once, **scenes):
    """The median of the ratios that `once` measures, round by round, in a folder with scenes."""
    with tempfile.TemporaryDirectory(prefix="pbe-scale-") as name:
        folder = pathlib.Path(name)
        prepared(options.binaries, folder, **scenes)
        return statistics.median(once(folder, number) for number in range(options.rounds))


def machine(options):
    def efficiency(folder, number):
        one = train(options.binaries, folder, [], f"one{number}", options.steps, 2)
        two = train(options.binaries, folder, [*MPI, "-n", "2"], f"two{number}", options.steps, 1)
        ratio = one["step"] / two["step"]
        print(
            f"1 rank × 2 threads {one['step']:.3f} s a step; 2 ranks × 1 thread {two['step']:.3f} s, of "
            f"which exchange {two['exchange']:.3f} s, waiting {two['wait']:.3f} s; "
            f"efficiency {ratio:.3f}", flush=True)
        return ratio

    print(f"median efficiency {compared(options, efficiency):.3f}")


def decoding(options):
    """Every rank has one core: alone, it would read on another one while it computes."""
    def speedup(folder, number):
        one, two = (
            32 / train(options.binaries, folder, launcher, f"{count}-{number}", options.steps, 1, LIGHT)["step"]
            for count, launcher in [("one", ["taskset", "--cpu-list", "0"]), ("two", [*ONE_CORE_EACH, "-n", "2"])])
        print(f"1 rank {one:.0f} triplets a second, 2 ranks {two:.0f}: {two / one:.2f} times as many", flush=True)
        return two / one

    print(f"median {compared(options, speedup, images=32, size=1024):.2f}")


def memory(options):
    """Configs/paper.yaml from random weights, a picture of 512 × 512 for each rank and step; 18 GB."""
    with tempfile.TemporaryDirectory(prefix="pbe-scale-") as name:
        folder = pathlib.Path(name)
        prepared(options.binaries, folder, images=12, size=512)
        paper = pathlib.Path(__file__).resolve().parent.parent / "Configs/paper.yaml"
        (folder / "run.yaml").write_text(paper.read_text())
        for channels, ranks in [(224, 1), (224, 2), (320, 1)]:
            run = f"{channels}-{ranks}"
            train(
                options.binaries, folder, [*MPI, "-n", str(ranks)] if ranks > 1 else [], run, 3, 1, [
                    *(f"initialize.{network}=random" for network in ["unet", "vae", "image_encoder"]),
                    *(f"data.params.{split}.params.dataset_dir=scenes" for split in ["train", "validation"]),
                    f"model.params.unet_config.params.model_channels={channels}", "data.params.batch_size=1",
                    f"lightning.trainer.accumulate_grad_batches={ranks}", "validation.every=0", "samples.every=0"])
            peak = max(line["peak_memory_bytes"] for line in lines(folder / run))
            weights = trained_weights(folder / run)
            shutil.rmtree(folder / run)
            print(
                f"{weights / 1e6:.0f} million weights, {ranks} {'rank' if ranks == 1 else 'ranks'}: "
                f"{peak / 1e9:.1f} GB, of which moments {8 * weights / ranks / 1e9:.1f} GB", flush=True)


def network(options):
    """Hosts with a wire each."""
    with tempfile.TemporaryDirectory(prefix="pbe-scale-") as name:
        folder = pathlib.Path(name)
        with Hosts(2, folder) as hosts:
            measure_network(options, folder, hosts)


def measure_network(options, folder, hosts):
    prepared(options.binaries, folder)
    launcher = [*hosts.launcher(MPI, [1] * len(hosts.addresses)), "-x", "PBE_EXCHANGE=messages"]
    host_seconds = None
    for gigabits in [None, 1, 10]:  # first as fast as two cores can, which is what they cost without a wire
        for address in hosts.addresses if gigabits else []:
            hosts.within(
                address, f"tc qdisc replace dev wire root tbf rate {gigabits}gbit burst 1mb latency 50ms")
        found = train(options.binaries, folder, launcher, f"net{gigabits}", options.steps, 1)
        weights = trained_weights(folder / f"net{gigabits}")
        if gigabits is None:
            host_seconds = found["exchange"]
            print(
                f"no limit, 2 hosts: {found['step']:.3f} s a step, exchange {host_seconds:.3f} s: the hosts' own "
                f"work, {4 * weights / host_seconds / 1e9:.2f} GB/s of {weights:,} weights", flush=True)
            continue
        computed = exchange_seconds(wire_seconds(weights, 2, gigabits * 1e9), host_seconds)
        print(
            f"{gigabits} Gbit/s, 2 hosts: {found['step']:.3f} s a step, exchange {found['exchange']:.3f} s; "
            f"computed {computed:.3f} s ({found['exchange'] / computed - 1:+.0%}); waiting "
            f"{found['wait']:.3f} s", flush=True)


def trained_weights(run):
    """What travels: as many numbers as the optimiser has first moments of."""
    file = run / "checkpoints/latest/optimizer.safetensors"
    with open(file, "rb") as stream:
        size = int.from_bytes(stream.read(8), "little")
        header = json.loads(stream.read(size))
    return sum(
        (entry["data_offsets"][1] - entry["data_offsets"][0]) // 4
        for name, entry in header.items() if name.startswith("exp_avg/"))


def wire_seconds(weights, ranks, bits_a_second, bytes_a_number=4):
    """Every rank sends its numbers to those that sum them, and what it has updated to all."""
    return 2 * (ranks - 1) / ranks * weights * bytes_a_number * 8 / bits_a_second


def exchange_seconds(wire, host):
    """Half of the hosts' work (packing, adding) comes before and after what the wire and TCP do at once."""
    return max(wire, host / 2) + host / 2


def table(options):
    """Batches of one picture; a rank has two cores, as where a picture's seconds were measured."""
    speeds = [1, 10, 25, 100]
    print(
        "| ranks | pictures a rank | " + " | ".join(f"exchange at {speed} Gbit/s" for speed in speeds)
        + " | efficiency at 10 | days | dollars | efficiency, bf16 |")
    print("|---" * (len(speeds) + 6) + "|")
    for ranks in [8, 32, 64, 128, 256, 1024]:
        pictures = max(PICTURES_A_STEP // ranks, 1)
        work = pictures * PICTURE_SECONDS
        fp32, bf16 = ([full_size_exchange(ranks, speed, size) for speed in speeds] for size in [4, 2])
        step = work + fp32[1]
        days = PAPER_STEPS * step / 86400
        dollars = days * 24 * ranks * CORES * DOLLARS_A_CORE_HOUR
        print(
            f"| {ranks:,} | {pictures} | " + " | ".join(f"{seconds:.1f} s" for seconds in fp32)
            + f" | {work / step:.0%} | {days:,.0f} | {dollars:,.0f} | {work / (work + bf16[1]):.0%} |")
    for ranks, speed in [(8, 1), (8, 10), (256, 1), (256, 10)]:
        print(f"overlap would save at most {overlap_share(ranks, speed):.1%} on {ranks} ranks at {speed} Gbit/s")


def overlap_share(ranks, gigabits):
    """What a step would gain if gradients travelled while the last picture's backward pass goes on: of the
    first half of the exchange, the time in which the cores have nothing to do but to wait for the wire."""
    wire, host = full_size_parts(ranks, gigabits, 4)
    idle = max(wire - host / 2, 0) / 2
    step = max(PICTURES_A_STEP // ranks, 1) * PICTURE_SECONDS + exchange_seconds(wire, host)
    return min(idle, BACKWARD_SHARE * PICTURE_SECONDS) / step


def full_size_exchange(ranks, gigabits, bytes_a_number):
    return exchange_seconds(*full_size_parts(ranks, gigabits, bytes_a_number))


def full_size_parts(ranks, gigabits, bytes_a_number):
    """Seconds of the wire, and of the hosts."""
    host = WEIGHTS * bytes_a_number * 2 * (ranks - 1) / ranks / HOST_BYTES_A_SECOND
    return wire_seconds(WEIGHTS, ranks, gigabits * 1e9, bytes_a_number), host


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    for function in [machine, decoding, memory, network, table]:
        name = function.__name__
        command = commands.add_parser(name)
        command.set_defaults(run=function)
        if name != "table":
            command.add_argument("binaries", type=lambda text: pathlib.Path(text).resolve())
            command.add_argument("--steps", type=int, default=12)
            command.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
