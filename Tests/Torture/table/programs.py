"""Command lines that many cases share."""

from __future__ import annotations

from .case import FINE, Case, Content
from .places import CONFIGURATIONS, SCENE, SCENES, SMALL_TRAINING

SOURCE, MASK, REFERENCE = (str(SCENE / f"{name}-1.png")
                           for name in ("source", "mask", "reference"))
OUTPUT = "result.png"

Files = dict[str, Content]

PASTED = ("--method", "copy-paste", "--image", SOURCE, "--mask", MASK, "--reference", REFERENCE,
          "--output", OUTPUT)
# Reads the data set `data`, which lies in a case's folder.
TRAINED = (*SMALL_TRAINING, "data.params.train.params.dataset_dir=data",
           "data.params.validation.params.dataset_dir=data", "--threads", "1")


def paste(name: str, what: str, code: int, *messages: str, image: str = SOURCE, mask: str = MASK,
          reference: str = REFERENCE, output: str = OUTPUT, options: tuple[str, ...] = (),
          **rest: object) -> Case:
    """Paints without a network: pictures are read and written as always, and it takes no time."""
    arguments = ("--method", "copy-paste", "--image", image, "--mask", mask, "--reference",
                 reference, "--output", output, *options)
    return Case(name, what, "pbe-sample", arguments, code, messages, **rest)


def paint(name: str, what: str, code: int, *messages: str, model: str = str(SCENES),
          options: tuple[str, ...] = (), **rest: object) -> Case:
    """Paints with a network, in one step."""
    arguments = ("--model", model, "--image", SOURCE, "--mask", MASK, "--reference", REFERENCE,
                 "--output", OUTPUT, "--sampler", "ddim", "--steps", "1", "--threads", "1",
                 *options)
    return Case(name, what, "pbe-sample", arguments, code, messages, **rest)


def jobs(name: str, what: str, code: int, *messages: str, line: Content, files: Files = {},
         **rest: object) -> Case:
    """Paints what a manifest lists. A job that fails has a message of its own beside the end's."""
    arguments = ("--method", "copy-paste", "--manifest", "jobs.jsonl", "--output", "results")
    settings = {"errors": 0 if code == FINE else 2} | rest
    return Case(name, what, "pbe-sample", arguments, code, messages, files | {"jobs.jsonl": line},
                **settings)


def configured(name: str, what: str, code: int, *messages: str, text: object,
               **rest: object) -> Case:
    """Reads a configuration and prints it."""
    arguments = ("--config", "own.yaml", "--print-config")
    return Case(name, what, "pbe-train", arguments, code, messages, {"own.yaml": text}, **rest)


def overridden(name: str, what: str, code: int, *messages: str, by: tuple[str, ...],
               **rest: object) -> Case:
    """Reads one of the repository's configurations with overrides, and prints it."""
    arguments = ("--config", str(CONFIGURATIONS / "scenes.yaml"), *by, "--print-config")
    return Case(name, what, "pbe-train", arguments, code, messages, **rest)


def trained(name: str, what: str, code: int, *messages: str, by: tuple[str, ...] = (),
            **rest: object) -> Case:
    """Trains the smallest network for two steps, on a data set that the case provides."""
    arguments = (*TRAINED, *by, "--output", "out")
    return Case(name, what, "pbe-train", arguments, code, messages, **rest)


def verified(name: str, what: str, code: int, *messages: str, source: str = "model",
             **rest: object) -> Case:
    """Reads all weights of a model."""
    return Case(name, what, "pbe-convert", ("--from", source, "--verify"), code, messages, **rest)
