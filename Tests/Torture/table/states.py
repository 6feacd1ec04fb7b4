"""Checkpoints of a finished training whose state, log or files are broken."""

from __future__ import annotations

import json
from pathlib import Path

from . import builders as make
from .case import BAD_DATA, FINE, Case, Content, Limits
from .contents import cut, folder, instead, link, pipe, removed, run
from .places import Places

CHECKPOINT = "run/checkpoints/step-000002"
STATE = f"{CHECKPOINT}/training_state.json"
DAMAGED = f"the checkpoint {CHECKPOINT} is damaged"
NEXT = "Remove this folder to resume from the checkpoint before it"
# What a training that goes on writes.
WRITTEN = ("run/*",)


def resumed(name: str, what: str, code: int, *messages: str, files: dict[str, Content] = {},
            steps: int = 3, **rest: object) -> Case:
    """Resumes the shared training, which is over, for another step."""
    arguments = ("--resume", "run", f"lightning.trainer.max_steps={steps}", "--threads", "1")
    leaves = WRITTEN if code == FINE else rest.pop("leaves", ())
    return Case(f"states.{name}", what, "pbe-train", arguments, code, messages,
                {"run": run} | files, leaves=leaves, **rest)


def damaged(name: str, what: str, *messages: str, at: str = STATE, content: Content,
            **rest: object) -> Case:
    """A checkpoint of which one file is wrong."""
    return resumed(name, what, BAD_DATA, DAMAGED, NEXT, *messages, files={at: content}, **rest)


def stated(name: str, what: str, *messages: str, **numbers: object) -> Case:
    """A checkpoint whose state has other numbers."""

    def change(path: Path, _: Places) -> None:
        path.write_text(json.dumps(json.loads(path.read_text()) | numbers))

    return damaged(f"state-{name}", what, "training_state.json", *messages, content=change)


def at(epoch: object, index: object) -> dict[str, object]:
    return {"epoch": epoch, "index": index}


STATES = [
    resumed("whole", "a whole checkpoint", FINE, "Done: 3 steps"),
    stated("step-edge", "2⁶³ − 1 steps", step=2**63 - 1),
    stated("step-beyond", "2⁶⁴ steps", step=2**64),
    stated("step-negative", "−1 steps", step=-1),
    stated("step-fraction", "half a step", step=1.5),
    stated("step-word", "a step that is a word", step="two"),
    stated("step-contradicts", "more steps than the folder's name says", "not after step 2", step=7,
           draw=7, averageUpdates=7),
    stated("draw-edge", "2⁶³ − 1 draws", draw=2**63 - 1),
    stated("draw-negative", "−1 draws", draw=-1),
    stated("draw-less-than-steps", "fewer draws than steps", draw=1),
    stated("average-edge", "2⁶³ − 1 updates of the average", averageUpdates=2**63 - 1),
    stated("average-negative", "−1 updates of the average", averageUpdates=-1),
    stated("average-more-than-steps", "more updates of the average than steps", averageUpdates=9),
    stated("epoch-edge", "the epoch 2⁶³ − 1", position=at(2**63 - 1, 0)),
    stated("epoch-negative", "the epoch −1", position=at(-1, 0)),
    stated("index-edge", "the batch 2⁶³ − 1", position=at(0, 2**63 - 1)),
    stated("index-negative", "the batch −1", position=at(0, -1)),
    damaged("state-index-beyond-epoch", "a batch behind the epoch's last",
            "at batch 999 of an epoch of 10", content=lambda path, _: _position(path, 0, 999)),
    stated("position-list", "a position that is a list", position=[0, 2]),
    stated("batch-of-nothing", "batches of no picture", batchSize=0),
    stated("batch-edge", "batches of 2⁶³ − 1 pictures", batchSize=2**63 - 1),
    stated("batch-negative", "batches of −4 pictures", batchSize=-4),
    stated("scale-of-nothing", "latents scaled by 0", latentScale=0),
    stated("scale-negative", "latents scaled by −1", latentScale=-1),
    stated("scale-overflowing", "latents scaled by 10³⁰⁸", latentScale=1e308),
    stated("dataset-number", "a data set that is a number", dataset=5),
    damaged("state-missing", "no state", "training_state.json", content=removed),
    damaged("state-empty", "an empty state", "training_state.json", content=b""),
    damaged("state-cut", "a state that is cut short", "training_state.json", content=cut(40)),
    damaged("state-list", "a state that is a list", "training_state.json", content="[]"),
    damaged("state-web-page", "a state that is a web page", "training_state.json",
            content=make.WEB_PAGE),
    damaged("state-deep", "a state of lists within one another", "training_state.json",
            content=make.alternating("[", "]", 100_000)),
    damaged("state-nul", "a state of NULs, as a power failure leaves it", "training_state.json",
            content=bytes(188)),
    damaged("state-folder", "a state that is a folder", "training_state.json",
            content=instead(folder)),
    damaged("state-pipe", "a state that is a pipe nobody writes into", "training_state.json",
            content=instead(pipe), limits=Limits(seconds=9)),
    damaged("state-link-to-itself", "a state that is a link to itself", "training_state.json",
            content=instead(link("training_state.json"))),
]

FILES = [
    damaged("weights-missing", "no weights", "vae",
            at=f"{CHECKPOINT}/vae/diffusion_pytorch_model.safetensors", content=removed),
    damaged("weights-cut", "weights that are cut short", "truncated",
            at=f"{CHECKPOINT}/vae/diffusion_pytorch_model.safetensors", content=cut(3000)),
    damaged("average-missing", "no averaged weights", "vae_ema", at=f"{CHECKPOINT}/vae_ema",
            content=removed),
    damaged("average-cut", "averaged weights that are cut short", "vae_ema",
            at=f"{CHECKPOINT}/vae_ema/diffusion_pytorch_model.safetensors", content=cut(3000)),
    damaged("optimiser-missing", "no state of the optimiser", "optimizer.safetensors",
            at=f"{CHECKPOINT}/optimizer.safetensors", content=removed),
    damaged("optimiser-cut", "a state of the optimiser that is cut short", "optimizer.safetensors",
            at=f"{CHECKPOINT}/optimizer.safetensors", content=cut(3000)),
    damaged("optimiser-other", "a state of the optimiser of another network",
            "optimizer.safetensors", at=f"{CHECKPOINT}/optimizer.safetensors",
            content=make.safetensors({"exp_avg/a": make.tensor([1], 0, 4)}, bytes(4))),
    damaged("optimiser-nan", "moments of NaN", "first moment of",
            at=f"{CHECKPOINT}/optimizer.safetensors", content=lambda path, _: _spoil(path)),
    damaged("configuration-of-network", "a network's configuration that is a list",
            "vae/config.json", at=f"{CHECKPOINT}/vae/config.json", content="[]"),
    damaged("empty-checkpoint", "a checkpoint without files", "training_state.json", at=CHECKPOINT,
            content=instead(folder)),
    resumed("latest-missing", "no link to the newest checkpoint", FINE, "Done: 3 steps",
            files={"run/checkpoints/latest": removed}),
    resumed("latest-nowhere", "a link to the newest checkpoint that leads nowhere", FINE,
            "Done: 3 steps", files={"run/checkpoints/latest": instead(link("step-999999"))}),
    resumed("latest-to-itself", "a link to the newest checkpoint that leads to itself", FINE,
            "Done: 3 steps", files={"run/checkpoints/latest": instead(link("latest"))}),
    resumed("no-checkpoints", "a training that was killed before its first checkpoint starts again",
            FINE, "Done: 3 steps", files={"run/checkpoints": removed}),
    resumed("huge-step", "a folder named as the checkpoint of step 10³⁰", FINE, "Done: 3 steps",
            files={f"run/checkpoints/step-{10**30}": folder}),
    resumed("foreign-folder", "a folder of another name among checkpoints", FINE, "Done: 3 steps",
            files={"run/checkpoints/mine": folder}),
]

LOGS = [
    resumed("log-missing", "no log", FINE, "Done: 3 steps", files={"run/log.jsonl": removed}),
    resumed("log-empty", "an empty log", FINE, "Done: 3 steps", files={"run/log.jsonl": b""}),
    resumed("log-cut", "a log whose last line is cut short", FINE, "Done: 3 steps",
            files={"run/log.jsonl": cut(250)}),
    resumed("log-nul", "a log of NULs, as a power failure leaves it", FINE, "Done: 3 steps",
            "log.jsonl", files={"run/log.jsonl": bytes(4096)}),
    resumed("log-no-utf-8", "a log that is no UTF-8", FINE, "Done: 3 steps", "log.jsonl",
            files={"run/log.jsonl": b'{"step": 1}\n\xff\xfe\n'}),
    resumed("log-long-line", "a log of one line of 20 MB", FINE, "Done: 3 steps",
            files={"run/log.jsonl": b'{"step": 1' + b" " * (20 << 20)}),
    resumed(
        "log-edge", "a log of the step 2⁶³ − 1", FINE, "Done: 3 steps",
        files={"run/log.jsonl": f'{{"step": {2**63 - 1}}}\n{{"step": 1e300}}\n{{"step": -1}}\n'}),
    resumed("log-folder", "a log that is a folder", BAD_DATA, "run/log.jsonl", "folder",
            files={"run/log.jsonl": instead(folder)}, leaves=("run/config.yaml",)),
    resumed("log-pipe", "a log that is a pipe", BAD_DATA, "run/log.jsonl",
            files={"run/log.jsonl": instead(pipe)}, leaves=("run/config.yaml",),
            limits=Limits(seconds=9)),
]

RUNS = [
    resumed("configuration-missing", "a training without its configuration", BAD_DATA,
            "run holds no run to resume", "config.yaml", files={"run/config.yaml": removed}),
    resumed("configuration-cut", "a configuration that is cut short", BAD_DATA, "run/config.yaml",
            files={"run/config.yaml": "model: {params: [\n"}),
    resumed("configuration-other", "a configuration of another network", BAD_DATA,
            "other sizes than the configuration",
            files={"run/config.yaml": lambda path, _: _widen(path)}),
    resumed("fewer-steps", "fewer steps than are done", FINE, steps=1),
    Case("states.resume-nothing", "a training that is not there", "pbe-train", ("--resume", "gone"),
         BAD_DATA, ("gone holds no run to resume",)),
    Case("states.resume-empty", "an empty folder", "pbe-train", ("--resume", "run"), BAD_DATA,
         ("run holds no run to resume",), {"run": folder}),
    Case("states.resume-file", "a file in the place of the folder", "pbe-train",
         ("--resume", "run"), BAD_DATA, ("run",), {"run": "mine\n"}),
]


def _position(path: Path, epoch: int, index: int) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | {"position": at(epoch, index)}))


def _spoil(path: Path) -> None:
    """Makes all numbers NaN."""
    tensors = make.tensors_of(path.read_bytes())
    spoilt = {
        name: (dtype, shape, b"\xff\xff\xff\x7f" * (len(data) // 4))
        for name, (dtype, shape, data) in tensors.items()
    }
    path.write_bytes(make.safetensors_of(spoilt))


def _widen(path: Path) -> None:
    text = path.read_text()
    assert "ch: 8" in text
    path.write_text(text.replace("ch: 8", "ch: 16"))


CASES = [*STATES, *FILES, *LOGS, *RUNS]
