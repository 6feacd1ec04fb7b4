"""Folders in other programs' layouts, as `pbe-data import` meets them."""

from __future__ import annotations

import base64
import json
import zlib

from . import builders as make
from .case import BAD_DATA, FINE, Case, Content
from .contents import copy, folder, lazily, link, pipe
from .places import SCENE

Files = dict[str, Content]

PICTURE = {"own/a.png": copy(SCENE / "source-1.png")}
WRITTEN = ("o.jsonl", "o.jsonl.*")


def imported(layout: str, name: str, what: str, code: int, *messages: str, files: Files,
             **rest: object) -> Case:
    leaves = WRITTEN if code == FINE else ()
    return Case(f"imports.{layout}-{name}", what, "pbe-data",
                ("import", "--from", layout, "own", "--output", "o.jsonl"), code, messages,
                PICTURE | files, leaves=leaves, **rest)


def coco(name: str, what: str, code: int, *messages: str, of: object, **rest: object) -> Case:
    content = of if isinstance(of, (str, bytes)) or callable(of) else json.dumps(of)
    return imported("coco", name, what, code, *messages,
                    files={"own/instances_x.json": content}, **rest)


def outlined(segmentation: object, *, file: str = "a.png", **others: object) -> dict[str, object]:
    """One picture with one object."""
    note = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [8, 8, 40, 40],
            "segmentation": segmentation} | others
    return {"images": [{"id": 1, "file_name": file}], "annotations": [note],
            "categories": [{"id": 1, "name": "cup"}]}


def runs(size: list[object], counts: object) -> dict[str, object]:
    return {"size": size, "counts": counts}


def many_corners(count: int) -> bytes:
    corners = ",".join(f"{number % 64},{64 * (number % 2)}" for number in range(count))
    text = json.dumps(outlined("@")).replace('"@"', f"[[{corners}]]")
    return text.encode()


def many_notes(count: int) -> bytes:
    notes = ",".join(f'{{"id": {number}, "image_id": 1, "category_id": 1, "bbox": [8, 8, 40, 40]}}'
                     for number in range(count))
    return (f'{{"images": [{{"id": 1, "file_name": "a.png"}}], "annotations": [{notes}], '
            f'"categories": [{{"id": 1, "name": "cup"}}]}}').encode()


def masked(mask: bytes) -> str:
    """A sample of FiftyOne's whose one object has this mask."""
    detection = {"label": "cup", "bounding_box": [.1, .1, .5, .5],
                 "mask": {"$binary": {"base64": base64.b64encode(mask).decode()}}}
    field = {"_cls": "Detections", "detections": [detection]}
    return json.dumps({"samples": [{"filepath": "a.png", "ground_truth": field}]})


def array(shape: str, data: bytes) -> bytes:
    return zlib.compress(
        make.npy(f"{{'descr': '|b1', 'fortran_order': False, 'shape': {shape}, }}", data), 9)


CASES = [
    coco("whole", "a whole file", FINE, "1  kept", of=outlined([[8, 8, 40, 8, 40, 40]])),
    coco("web-page", "a web page", BAD_DATA, "instances_x.json", of=make.WEB_PAGE),
    coco("empty", "an empty file", BAD_DATA, "instances_x.json", of=b""),
    coco("cut", "a file that is cut short", BAD_DATA, "instances_x.json",
         of='{"images": [{"id": 1, "file'),
    coco("deep", "lists within one another", BAD_DATA, "instances_x.json",
         of=make.alternating("[", "]", 100_000)),
    coco("pipe", "a pipe that nobody writes into", BAD_DATA, "instances_x.json", of=pipe),
    coco("folder", "a folder under the name of the file", BAD_DATA, "instances_x.json", of=folder),
    coco("parent", "a picture in the folder above", BAD_DATA, "path leaves the folder",
         of=outlined(None, file="../a.png")),
    coco("absolute", "a picture at an absolute path", BAD_DATA, "path leaves the folder",
         of=outlined(None, file="/etc/hostname")),
    coco("nul", "a picture with a NUL in its name", BAD_DATA, "path leaves the folder",
         of=outlined(None, file="a\0.png")),
    coco("endless-runs", "runs of 10⁹ × 10⁹ pixels", FINE, "outline damaged",
         of=outlined(runs([10**9, 10**9], [10**18]))),
    coco("negative-runs", "runs below zero", FINE, "outline damaged",
         of=outlined(runs([64, 64], [-5, 4101]))),
    coco("other-runs", "runs of another size", FINE, "outline damaged",
         of=outlined(runs([2, 2], [2, 2]))),
    coco("packed-endlessly", "packed runs that never end", FINE, "outline damaged",
         of=outlined(runs([64, 64], "o" * 1_000_000))),
    coco("packed-other", "packed runs of other letters", FINE, "outline damaged",
         of=outlined(runs([64, 64], "\x1b[31m"))),
    coco("many-corners", "a polygon of 2 million corners", FINE, "outline damaged",
         of=lazily(many_corners, 2_000_000)),
    coco("far-corners", "a polygon of 10³⁰⁰ pixels", FINE, "outline damaged",
         of=outlined([[-1e300, -1e300, 1e300, -1e300, 1e300, 1e300, -1e300, 1e300]])),
    coco("many-notes", "400,000 annotations of one picture", FINE, "400000  kept",
         of=lazily(many_notes, 400_000)),
    coco("huge-box", "a box of 10³⁰⁸ pixels", FINE, "coordinates that are not numbers",
         of=outlined(None) | {
             "annotations": [
                 outlined(None, bbox=[0, 0, 1e308, 9])["annotations"][0],
                 outlined(None, id=2)["annotations"][0],
             ]
         }),
    imported("yolo", "binary", "labels of bytes", BAD_DATA, "a.txt, line 1",
             files={"own/images/train/a.png": copy(SCENE / "source-1.png"),
                    "own/labels/train/a.txt": bytes(range(1, 256))}),
    imported("yolo", "loop", "a folder that holds itself", FINE, "1  kept",
             files={"own/images/train/a.png": copy(SCENE / "source-1.png"),
                    "own/images/train/loop": link("."),
                    "own/labels/train/a.txt": "0 0.5 0.5 0.5 0.5\n"}),
    imported("yolo", "aliases", "a description of endless aliases", BAD_DATA, "data.yaml",
             files={"own/data.yaml": "a: &a [x, x]\n" + "".join(
                 f"{key}: &{key} [*{last}, *{last}, *{last}, *{last}]\n"
                 for last, key in zip("abcdefghijkl", "bcdefghijklm"))}),
    imported("yolo", "outside", "pictures in another folder", BAD_DATA, "leads out of own",
             files={"own/data.yaml": "train: ../../elsewhere\n"}),
    imported("fiftyone", "bomb", "a mask that is 200 MB of zeros", FINE, "outline damaged",
             files={"own/samples.json": lazily(
                 lambda: masked(make.compressed_zeros(200 << 20)).encode())}),
    imported("fiftyone", "lying-shape", "a mask that says it is 999,999 pixels wide", FINE,
             "outline damaged",
             files={"own/samples.json": masked(array("(999999, 999999)", b"\1"))}),
    imported("fiftyone", "no-base64", "a mask that is no base64", FINE, "outline damaged",
             files={"own/samples.json": masked(b"").replace('"base64": ""', '"base64": "%%"')}),
    imported("folder", "spoilt-mask", "a mask that is no picture", BAD_DATA, "outline damaged",
             files={"own/a_mask.png": make.WEB_PAGE}),
    imported("pairs", "nothing", "a folder without people", BAD_DATA, "cloth/", files={}),
]
