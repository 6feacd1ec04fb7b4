"""Manifests of training pictures and of jobs: a JSON object a line, or what is meant to be one."""

from __future__ import annotations

import json

from . import builders as make
from .case import BAD_DATA, FINE, Case, Content, Limits
from .contents import copy, folder, lazily, link, pipe
from .places import CONFIGURATIONS, SCENE
from .programs import jobs

Files = dict[str, Content]

PICTURES = {
    "a.png": copy(SCENE / "source-1.png"), "m.png": copy(SCENE / "mask-1.png"),
    "r.png": copy(SCENE / "reference-1.png")
}


def manifest(name: str, what: str, code: int, *messages: str, line: Content, files: Files = {},
             **rest: object) -> Case:
    """A manifest, of which the first example is drawn."""
    arguments = ("preview", "--config", str(CONFIGURATIONS / "scenes.yaml"),
                 "data.params.train.params.dataset_dir=own.jsonl", "--count", "1", "--threads", "1",
                 "--output", "sheet.png")
    leaves = ("sheet.png",) if code == FINE else ()
    return Case(f"manifests.data-{name}", what, "pbe-data", arguments, code, messages,
                PICTURES | files | {"own.jsonl": line}, leaves=leaves, **rest)


def refused(name: str, what: str, *messages: str, of: object) -> Case:
    """A manifest of one line that is wrong."""
    line = of if isinstance(of, (str, bytes)) else json.dumps(of) + "\n"
    return manifest(name, what, BAD_DATA, "own.jsonl, line 1", *messages, line=line)


def job(name: str, what: str, *messages: str, of: object, files: Files = {},
        **rest: object) -> Case:
    """A job that cannot be done."""
    line = of if isinstance(of, (str, bytes)) else json.dumps(of) + "\n"
    return jobs(f"manifests.job-{name}", what, BAD_DATA, *messages, line=line,
                files=PICTURES | files, **rest)


def box(*sides: object, **others: object) -> dict[str, object]:
    return {"image": "a.png", "box": list(sides)} | others


def task(**changes: object) -> dict[str, object]:
    """A whole job, and what is otherwise."""
    return {"image": "a.png", "mask": "m.png", "reference": "r.png", "output": "b.png"} | changes


def many_keys(count: int) -> bytes:
    return ("{" + ", ".join(f'"key{number}": 1' for number in range(count)) + "}\n").encode()


MANIFESTS = [
    manifest("whole", "a whole line", FINE, line=json.dumps(box(8, 8, 48, 48)) + "\n"),
    manifest("byte-order-mark", "a byte order mark", FINE,
             line=b"\xef\xbb\xbf" + json.dumps(box(8, 8, 48, 48)).encode()),
    manifest("utf-16", "UTF-16 with lines of CR and LF", FINE,
             line=(json.dumps(box(8, 8, 48, 48)) + "\r\n").encode("utf-16")),
    manifest("layout", "a list of objects over several lines", FINE,
             line=json.dumps([box(8, 8, 48, 48)], indent=2)),
    manifest("empty", "an empty file", BAD_DATA, "own.jsonl", "no lines", line=b""),
    manifest("folder", "a folder under the name of a manifest", BAD_DATA, "own.jsonl", line=folder),
    manifest("pipe", "a pipe that nobody writes into", BAD_DATA, "own.jsonl", line=pipe,
             limits=Limits(seconds=9)),
    manifest("pipe-with-writer", "a pipe that a program writes into", FINE, line=pipe,
             written={"own.jsonl": json.dumps(box(8, 8, 48, 48)).encode() + b"\n"}),
    manifest("link-to-itself", "a link to itself", BAD_DATA, "own.jsonl", line=link("own.jsonl")),
    refused("web-page", "a web page", "unexpected character", of=make.WEB_PAGE),
    refused("cut", "a line that is cut short", "not valid JSON",
            of='{"image": "a.png", "box": [1, 2'),
    refused("nul", "a line of NULs", "unexpected character", of=b"\0" * 64 + b"\n"),
    refused("no-utf-8", "a picture whose name is no UTF-8 in the JSON",
            of=b'{"image": "\xff.png", "boxx": 1}\n'),
    refused("deep", "lists within one another", "nested too deeply",
            of=make.alternating("[", "]", 100_000)),
    refused("repeated-key", "a key twice", "image",
            of='{"image": "a.png", "image": "b.png", "box": [1, 2, 3, 4]}\n'),
    manifest("many-keys", "200,000 keys in one line", BAD_DATA, "own.jsonl, line 1",
             "unknown key 'key0'", line=lazily(many_keys, 200_000)),
    manifest("long-line", "a line of 60 MB", BAD_DATA, "own.jsonl, line 1",
             line=lazily(lambda: b'{"image": "' + b"a" * (60 << 20) + b'"}\n')),
    refused("unknown-key", "a key with a mistake", "unknown key 'boxs'", "did you mean",
            of=box(1, 2, 3, 4, boxs=1)),
    refused("control-key", "a key with an escape sequence", "unknown key",
            of=box(1, 2, 3, 4, **{"\x1b]0;x\x07": 1})),
    refused("no-image", "a box without a picture", "'image' is missing", of={"box": [1, 2, 3, 4]}),
    refused("no-box", "a picture without a box", "nothing is marked", of={"image": "a.png"}),
    refused("nul-in-path", "a picture with a NUL in its name", "'image' must be a path",
            of={"image": "a\0.png", "box": [1, 2, 3, 4]}),
    refused("fractions", "fractions where nothing says so", "fractions", "box_units",
            of=box(0.03125, 0.296875, 0.703125, 0.890625)),
    refused("turned-box", "a box from right to left", "is inverted or empty", of=box(40, 8, 8, 48)),
    refused("outside-box", "a box left of the picture", "outside the picture",
            of=box(-50, -50, -10, -10)),
    refused("huge-box", "a box of 10³⁰⁸ pixels", "must be four numbers",
            of='{"image": "a.png", "box": [0, 0, 1e308, 9]}\n'),
    refused("endless-number", "a box of 10⁹⁹⁹ pixels",
            of='{"image": "a.png", "box": [0, 0, 1e999, 9]}\n'),
    refused("nan-box", "a box of NaN", of='{"image": "a.png", "box": [NaN, 0, 9, 9]}\n'),
    refused("three-sides", "a box of three numbers", "must be four numbers", of=box(1, 2, 3)),
    refused("words", "a box of words", "must be four numbers", of=box("a", "b", "c", "d")),
    refused("unknown-units", "boxes in inches", "box_units", of=box(1, 2, 3, 4,
                                                                    box_units="inches")),
    refused("half-size", "a width without a height", "come together", of=box(1, 2, 3, 4, width=64)),
    refused("negative-size", "a width below zero", "'width'", of=box(1, 2, 3, 4, width=-1,
                                                                     height=64)),
    refused("labels", "two labels for one box", "2 labels for 1 boxes",
            of={"image": "a.png", "boxes": [[1, 2, 3, 4]], "labels": ["a", "b"]}),
    manifest("other-size", "a picture of another size than stated", BAD_DATA, "a.png",
             line=json.dumps(box(8, 8, 48, 48, width=4000, height=3000)) + "\n"),
    manifest("missing-picture", "a picture that is not there", BAD_DATA, "missing",
             line=json.dumps(box(8, 8, 48, 48) | {"image": "gone.png"}) + "\n"),
    manifest("other-mask", "a mask of another size than the picture", BAD_DATA,
             "the mask has 32×32", line=json.dumps({"image": "a.png", "mask": "small.png"}) + "\n",
             files={"small.png": make.mask(32, 32)}),
]

JOBS = [
    jobs("manifests.job-byte-order-mark", "a byte order mark", FINE, "b.png", files=PICTURES,
         line=b"\xef\xbb\xbf" + json.dumps(task()).encode(), leaves=("results", "results/b.png")),
    job("parent", "an output in the folder above", "jobs.jsonl, line 1", "outside the folder",
        of=task(output="../b.png")),
    job("absolute", "an output at an absolute path", "jobs.jsonl, line 1", "outside the folder",
        of=task(output="/tmp/torture-b.png")),
    job("behind-link", "an output behind a link that leads out of the folder", "jobs.jsonl, line 1",
        "outside the folder", of=task(output="way/b.png"),
        files={"elsewhere": folder, "results/way": link("../elsewhere")}),
    jobs("manifests.job-link-that-leads-out",
         "an output in the place of a link that leads out, which it replaces", FINE,
         line=json.dumps(task(output="b.png")) + "\n", leaves=("results/b.png",),
         files=PICTURES | {"elsewhere": folder, "results/b.png": link("../elsewhere/b.png")}),
    job("no-png", "an output that is no PNG by its name", "line 1", ".png",
        of=task(output="b.gif")),
    job("folder-as-output", "an output that is the folder itself", "line 1",
        of=task(output=".png/")),
    job("input-as-output", "an output that would replace an input", "line 1", "would replace",
        of=task(image="results/b.png"), files={"results/b.png": copy(SCENE / "source-1.png")}),
    job("mask-and-box", "a mask and a box", "line 1", "not both", of=task(box=[1, 2, 30, 40])),
    job("neither", "neither mask nor box", "line 1", "neither 'mask' nor 'box'",
        of=task(mask=None)),
    job("fractions", "fractions where nothing says so", "line 1", "fractions",
        of=task(mask=None, box=[0.1, 0.2, 0.7, 0.8])),
    job("seed", "a seed below zero", "line 1", "'seed'", of=task(seed=-1)),
    job("huge-seed", "a seed of 10³⁰", "line 1", "'seed'", of=task(seed=10**30)),
    job("steps", "a million steps", "line 1", "steps", of=task(steps=1_000_000)),
    job("scale", "a scale that is a word", "line 1", "'scale'", of=task(scale="much")),
    job("unknown-key", "a key with a mistake", "line 1", "unknown key 'imgae'",
        "did you mean 'image'", of=task(imgae="a.png")),
    job(
        "repeated-key", "a key twice", "line 1", "image",
        of='{"image": "a.png", "image": "r.png", "mask": "m.png", '
        '"reference": "r.png", "output": "b.png"}\n'),
    job("control-name", "an output with an escape sequence in its name", "line 1",
        of=task(image="gone\x1b]0;x\x07.png")),
    job("endless-name", "an output with a name of 5,000 letters", "line 1",
        of=task(output="b" * 5000 + ".png")),
    job("no-jobs", "a file without jobs", "no jobs in it", of="\n\n", errors=1),
    job("no-json", "a web page", "line 1", of="<html>"),
    job("pipe-as-image", "a picture that is a pipe nobody writes into", "line 1", "pipe.png",
        of=task(image="pipe.png"), files={"pipe.png": pipe}, limits=Limits(seconds=9)),
]

CASES = [*MANIFESTS, *JOBS]
