#!/usr/bin/env python3
"""Several ranks under mpirun: the bytes of one process, whatever their number and whatever is done to them.

    python3 Tests/MPI/ranks.py .build/release [--kills 1000] [--minutes 60] [--seed 7]

Takes a minute or two; each kill more takes seconds. Minutes: kills until they are over. Exits with 1 at the first
promise that is not kept.
"""

import argparse
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from hosts import Hosts

MPI = ["mpirun", "--oversubscribe", "--bind-to", "none"]
ENVIRONMENT = {
    **os.environ,
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
}
CONFIGURATION = """
objective: autoencoder
seed: 3
model:
  base_learning_rate: 1e-3
  params:
    ema_decay: 0.9
    first_stage_config: {params: {ddconfig: {ch: 32, ch_mult: [1, 2], num_res_blocks: 1, norm_groups: 4}}}
data:
  params:
    batch_size: 2
    num_workers: 1
    train: {params: {dataset_dir: scenes, image_size: 32}}
    validation: {params: {dataset_dir: scenes}}
lightning: {trainer: {max_steps: 16, accumulate_grad_batches: 4, gradient_clip_val: 1.0}}
checkpoint: {every: 2, keep_last: 99}
validation: {every: 8, cases: 3}
samples: {every: 16, count: 2}
"""
CLIP = """
objective: clip
model:
  base_learning_rate: 1e-3
  params:
    cond_stage_config: {params: {hidden_size: 8, layers: 4, heads: 2, patch_size: 8, image_size: 16}}
    text_stage_config: {params: {tokenizer: vocabulary, hidden_size: 8, layers: 1, heads: 2, embed_dim: 8}}
data: {params: {batch_size: 2, train: {params: {dataset_dir: scenes/train.jsonl, image_size: 16}}}}
lightning: {trainer: {max_steps: 1}}
"""
ARGUMENTS = ["--config", "run.yaml", "--threads", "1"]
KILL_SECONDS = 30


class Broken(Exception):
    """A promise that was not kept."""


def require(condition, what):
    if not condition:
        raise Broken(what)


class Ranks:
    def __init__(self, binaries, folder):
        self.train = str(binaries / "pbe-train")
        self.folder = folder
        self.run_seconds = 3.0  # of a run that nobody ends, once measured

    def command(self, count, *arguments, variables=()):
        if count == 1:
            return [self.train, *arguments]
        names = [word for name in variables for word in ("-x", name)]
        return [*MPI, "-n", str(count), *names, self.train, *arguments]

    def start(self, command):
        return subprocess.Popen(
            command, cwd=self.folder, env=ENVIRONMENT, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)

    def run(self, command, environment=None, seconds=120):
        return subprocess.run(
            command, cwd=self.folder, env=environment or ENVIRONMENT, text=True, capture_output=True,
            stdin=subprocess.DEVNULL, timeout=seconds)

    def expect(self, command, code=0, message="", environment=None):
        result = self.run(command, environment)
        require(
            result.returncode == code and message in result.stderr,
            f"{' '.join(command)}: exit {result.returncode} instead of {code}, or no `{message}` in\n"
            f"{result.stderr}")
        return result

    def clip(self):
        """A CLIP that was trained for a moment."""
        (self.folder / "clip.yaml").write_text(CLIP)
        binary = self.train.replace("pbe-train", "pbe-data")
        captions = ["--captions", "scenes/train.jsonl"]
        self.expect([binary, "vocabulary", *captions, "--output", "vocabulary"])
        self.expect([self.train, "--config", "clip.yaml", "--output", "clip"])
        return "clip/checkpoints/latest/clip"

    def wait_for(self, path):
        """Until a run has written it."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not (self.folder / path).exists():
            time.sleep(0.1)
        require((self.folder / path).exists(), f"{path} was not there after 20 s")

    def going_on(self, run):
        """What begins a run, or goes on with what there is of it."""
        if (self.folder / run / "config.yaml").exists():
            return ["--resume", run, "--threads", "1"]
        return [*ARGUMENTS, "--output", run]

    def is_whole(self, run):
        return (self.folder / run / "checkpoints/step-000016").exists()

    def progress(self, run):
        """Another one as soon as a run has begun, and after each step."""
        names = [self.folder / run / name for name in ("config.yaml", "log.jsonl")]
        return [path.stat().st_mtime_ns if path.exists() else None for path in names]

    def losses(self, run):
        lines = (self.folder / run / "log.jsonl").read_text().splitlines()
        kept = ("step", "epoch", "learning_rate", "gradient_norm")
        return [
            {key: value for key, value in json.loads(line).items() if key in kept or "loss" in key}
            for line in lines]

    def files(self, run):
        root = self.folder / run / "checkpoints"
        return {
            str(path.relative_to(root)): path.read_bytes()
            for path in sorted(root.rglob("*")) if path.is_file() and not path.is_symlink()}

    def require_same(self, run, other):
        require(self.losses(run) == self.losses(other), f"{run}: other losses than {other}")
        files, others = self.files(run), self.files(other)
        require(files.keys() == others.keys(), f"{run}: other checkpoints than {other}")
        for name, content in files.items():
            require(content == others[name], f"{run}: {name} is another than {other}'s")


def processes(launcher):
    """The ranks' processes below mpirun, by their numbers."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if parent != launcher:
                continue
            variables = (entry / "environ").read_bytes().split(b"\0")
        except (OSError, ValueError, IndexError):
            continue
        for variable in variables:
            if variable.startswith(b"OMPI_COMM_WORLD_RANK="):
                found[int(variable.partition(b"=")[2])] = int(entry.name)
    return found


def same_bytes(ranks):
    ranks.expect(ranks.command(1, *ARGUMENTS, "--output", "one"))
    start = time.monotonic()
    result = ranks.expect(ranks.command(2, *ARGUMENTS, "--output", "two"))
    ranks.run_seconds = time.monotonic() - start
    require(result.stdout.count("Done: 16 steps") == 1, f"two ranks speak: {result.stdout}")
    require(len(list((ranks.folder / "two").glob("events.*"))) == 1, "more than one event file")
    lines = [json.loads(line) for line in (ranks.folder / "two/log.jsonl").read_text().splitlines()]
    require(
        all(line["ranks"] == 2 and "exchange_seconds" in line and "wait_seconds" in line for line in lines),
        "the log does not say how many ranks there were")
    ranks.require_same("two", "one")
    variables = ["PBE_EXCHANGE=messages"]
    ranks.expect(ranks.command(4, *ARGUMENTS, "--output", "four", variables=variables))
    ranks.require_same("four", "one")


def kills(ranks, name, chance):
    """Ranks are killed one after the other, and each time another number of them goes on, until the run is whole."""
    shutil.rmtree(ranks.folder / name, ignore_errors=True)
    count = 0
    while not ranks.is_whole(name) and (count == 0 or chance.random() < 0.75):
        count += kill(ranks, name, chance)
    ranks.expect(ranks.command(chance.choice([1, 2, 4]), *ranks.going_on(name)))
    ranks.require_same(name, "one")
    return count


def kill(ranks, name, chance):
    """Starts a run or goes on with it, and kills a rank at some moment. Whether there was one to be killed."""
    before = ranks.progress(name)
    count = chance.choice([2, 4])
    process = ranks.start(ranks.command(count, *ranks.going_on(name)))
    time.sleep(chance.uniform(0.15, 1.1) * ranks.run_seconds)
    victim = chance.randrange(count)
    found = processes(process.pid).get(victim)
    if found is not None:
        os.kill(found, signal.SIGKILL)
    killed = time.monotonic()
    output, error = process.communicate(timeout=KILL_SECONDS)
    if process.returncode == 0:
        require("Done: 16 steps" in output, f"rank {victim} killed: exit 0, not done")
        return found is not None
    require(found is not None, f"exit {process.returncode}, and nobody was killed:\n{error}")
    require(time.monotonic() - killed < KILL_SECONDS, f"rank {victim} killed: it took too long")
    ours = [line for line in error.splitlines() if line.startswith("error: ")]
    # Before ranks know each other, and when all is done, mpirun alone can tell.
    early = "Resuming from step" not in error and ranks.progress(name) == before
    require(
        len(ours) == 1 and f"rank {victim} (" in ours[0] or (early or ranks.is_whole(name)) and len(ours) <= 1,
        f"rank {victim} killed: {ours} in\n{error}")
    return True


def stopped(ranks):
    """A rank that does nothing at all any more."""
    process = ranks.start(
        ranks.command(2, *ARGUMENTS, "--output", "stopped", "lightning.trainer.max_steps=100000"))
    ranks.wait_for("stopped/log.jsonl")
    found = processes(process.pid)
    require(1 in found, f"no rank 1 among {found}")
    os.kill(found[1], signal.SIGSTOP)
    _, error = process.communicate(timeout=60)
    require(process.returncode != 0, "a stopped rank is no success")
    require(
        re.search(r"error: rank 1 \(.*process \d+\) has not answered for 20 s", error),
        f"a stopped rank is not named:\n{error}")


def asked_to_stop(ranks):
    """SIGUSR1 to mpirun: the step is finished and a checkpoint written."""
    process = ranks.start(
        ranks.command(2, *ARGUMENTS, "--output", "asked", "lightning.trainer.max_steps=100000"))
    ranks.wait_for("asked/checkpoints/step-000002")
    process.send_signal(signal.SIGUSR1)
    output, error = process.communicate(timeout=30)
    found = re.search(r"Stopped after step (\d+)\.", output)
    require(process.returncode == 0 and found, f"exit {process.returncode}: {output}{error}")
    require(
        (ranks.folder / f"asked/checkpoints/step-{int(found[1]):06}").exists(), "no checkpoint at the stop")


def refusals(ranks):
    ranks.expect(
        ranks.command(3, *ARGUMENTS, "--output", "x"), 1,
        "error: 3 processes cannot share the 4 batches of a step")
    one = [ranks.train, *ARGUMENTS, "--output", "x"]
    pair = [*MPI, "-n", "1", *one, ":", "-n", "1"]
    ranks.expect([*pair, *one, "seed=4"], 1, "error: rank 1 (")
    ranks.expect([*pair, "-x", "PBE_CPU=baseline", *one], 1, "another processor than rank 0")
    require(not (ranks.folder / "x/config.yaml").exists(), "a refused run was begun")
    allowed = [*one, "--allow-mixed-processors", "lightning.trainer.max_steps=1"]
    ranks.expect([*MPI, "-n", "1", *allowed, ":", "-n", "1", "-x", "PBE_CPU=baseline", *allowed])


def full_disk(ranks):
    """The rank that writes ends all when it cannot; with room again the run goes on."""
    place = ranks.folder / "disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", place], stderr=subprocess.DEVNULL).returncode:
        print("full disk: not tried, because nothing may be mounted here")
        return
    try:
        ranks.expect(ranks.command(2, *ARGUMENTS, "--output", "disk/run"), 1, "no space left on the disk")
        subprocess.run(["mount", "-o", "remount,size=200m", place], check=True)
        ranks.expect(ranks.command(4, *ranks.going_on("disk/run")))
        ranks.require_same("disk/run", "one")
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def three_hosts(ranks):
    """Several machines: the same bytes, and a lost rank or wire ends the run on all of them."""
    if not Hosts.can_be_made(ranks.folder):
        print("three hosts: not tried, because that takes root, iproute2 and namespaces")
        return
    with Hosts(3, ranks.folder) as hosts:
        launch = [*hosts.launcher(MPI, [2, 1, 1]), ranks.train]
        ranks.expect([*launch, *ARGUMENTS, "--output", "hosts"])
        ranks.require_same("hosts", "one")
        last = hosts.addresses[-1]
        endless = [*launch, *ARGUMENTS, "lightning.trainer.max_steps=100000", "--output"]
        process = ranks.start([*endless, "killed"])
        ranks.wait_for("killed/checkpoints/step-000002")
        os.kill(hosts.processes(last, "pbe-train")[0], signal.SIGKILL)
        _, error = process.communicate(timeout=KILL_SECONDS)
        require(process.returncode != 0, "a killed rank is no success")
        require(re.search(r"error: rank 3 \(.*has ended", error), f"a killed rank is not named:\n{error}")

        process = ranks.start([*endless, "cut"])
        ranks.wait_for("cut/checkpoints/step-000002")
        hosts.within(last, "ip link set wire down")
        deadline = time.monotonic() + KILL_SECONDS
        while any(hosts.processes(address, "pbe-train") for address in hosts.addresses):
            require(time.monotonic() < deadline, "ranks go on without a wire")
            time.sleep(1)
        hosts.end()  # Open MPI's own processes wait for each other.
        _, error = process.communicate(timeout=KILL_SECONDS)
        require(re.search(r"error: rank 3 \(.*has not answered", error), f"a lost host is not named:\n{error}")


def evaluation(ranks):
    """Ranks share the cases, and the result is that of one process."""
    evaluate = [ranks.train.replace("pbe-train", "pbe-eval"), "--baseline", "copy-paste", "--bench", "scenes/bench"]
    ranks.expect([*evaluate, "--output", "evaluated"])
    ranks.expect([*MPI, "-n", "2", *evaluate, "--output", "shared"])
    for name in ["cases.jsonl", "metrics.json"]:
        one, two = ((ranks.folder / run / name).read_text() for run in ["evaluated", "shared"])
        require(one == two.replace("shared/results", "evaluated/results"), f"two ranks make another {name}")


def shared_reading(ranks):
    """Ranks share the pictures of an index and of statistics, and write what one process does."""
    index = [ranks.train.replace("pbe-train", "pbe-data"), "index", "--dataset", "scenes", "--split", "train"]
    statistics = [
        ranks.train.replace("pbe-train", "pbe-eval"), "statistics", "--images", "scenes/bench/GT_3500", "--side",
        "32", "--clip", ranks.clip()]
    for command, ending in [(index, ".jsonl"), (statistics, ".safetensors")]:
        ranks.expect([*command, "--output", f"by-one{ending}"])
        result = ranks.expect([*MPI, "-n", "3", *command, "--output", f"by-three{ending}"])
        require(len(set(result.stdout.splitlines())) == len(result.stdout.splitlines()), "several ranks speak")
        for beside in ["", ".report.json"] if command is index else [""]:
            one, three = ((ranks.folder / f"by-{count}{ending}{beside}").read_bytes() for count in ["one", "three"])
            require(one == three.replace(b"by-three", b"by-one"), f"three ranks write another {ending}{beside}")


def resumed_by_three(ranks):
    """A number of ranks that the batches cannot be shared among is refused, and another one goes on."""
    ranks.expect(ranks.command(2, *ARGUMENTS, "--output", "begun", "lightning.trainer.max_steps=5"))
    rest = ["--resume", "begun", "--threads", "1", "lightning.trainer.max_steps=16"]
    ranks.expect(ranks.command(3, *rest), 1, "error: 3 processes cannot share the 4 batches of a step")
    ranks.expect(ranks.command(4, *rest))
    require(ranks.losses("begun") == ranks.losses("one"), "other losses after another number of ranks")


def without_library(ranks):
    """What the ordinary build does under a launcher, and that it needs no MPI."""
    lone = ranks.folder / "lone"
    lone.mkdir()
    shutil.copy2(ranks.train, lone)
    program = [str(lone / "pbe-train"), *ARGUMENTS, "--output", "y"]
    for variables, launcher in [
        ({"OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "0"}, "mpirun"),
        ({"PMI_SIZE": "4", "PMI_RANK": "0"}, "mpiexec"),
        ({"SLURM_STEP_NUM_TASKS": "8", "SLURM_PROCID": "0"}, "srun"),
        ({"PMIX_RANK": "0"}, "the launcher"),
    ]:
        ranks.expect(
            program, 1, f"error: {launcher} has started", environment={**os.environ, **variables})
    require(not (ranks.folder / "y").exists(), "a run was begun without MPI")
    # A job's script is one process, whatever the job has.
    script = {"SLURM_NTASKS": "8", "SLURM_PROCID": "0", "LD_DEBUG": "files"}
    alone = [ranks.train, *ARGUMENTS, "--output", "z", "lightning.trainer.max_steps=0"]
    result = ranks.expect(alone, environment={**os.environ, **script})
    require("libOpenBLAS" in result.stderr or "libopenblas" in result.stderr, "LD_DEBUG says nothing")
    opened = [name for name in ("libmpi", "libpbe-mpi", "libopen-rte") if name in result.stderr]
    require(not opened, f"{opened} are opened without a launcher")


PROMISES = [
    without_library, same_bytes, three_hosts, evaluation, shared_reading, resumed_by_three, refusals, full_disk,
    asked_to_stop, stopped]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries", type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=3, help="at least")
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    deadline = time.monotonic() + 60 * options.minutes
    binaries = options.binaries.resolve()
    with tempfile.TemporaryDirectory(prefix="pbe-ranks-") as name:
        folder = pathlib.Path(name)
        (folder / "run.yaml").write_text(CONFIGURATION)
        ranks = Ranks(binaries, folder)
        data = ["scenes", "--output", "scenes", "--images", "24", "--bench", "5", "--size", "32"]
        ranks.expect([str(binaries / "pbe-data"), *data, "--seed", "1"])
        try:
            for step in PROMISES:
                start = time.monotonic()
                step(ranks)
                print(f"{step.__name__.replace('_', ' ')}: kept, {time.monotonic() - start:.0f} s", flush=True)
            chance = random.Random(options.seed)
            killed, start = 0, time.monotonic()
            while killed < options.kills or time.monotonic() < deadline:
                before = killed
                killed += kills(ranks, "killed", chance)
                if killed // 100 > before // 100:
                    print(f"{killed} killed so far, {time.monotonic() - start:.0f} s", flush=True)
            print(f"kills: {killed}, all resumed to the same bytes (--seed {options.seed})")
        except Broken as broken:
            print(f"error: {broken} (--seed {options.seed})", file=sys.stderr)
            sys.exit(1)


if __name__ == "__main__":
    main()
