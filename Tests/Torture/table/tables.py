"""OpenImages' tables, lists of a bench's cases, and COCO's annotations."""

from __future__ import annotations

import json
import struct

from . import builders as make
from .case import BAD_DATA, FINE, Case, Content, Limits
from .contents import bench, copy, cut, folder, instead, lazily, pipe, removed
from .places import FIXTURES, SCENE

Files = dict[str, Content]

COLUMNS = "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax\n"
PICTURE = "0123456789abcdef"
TABLE = "own/annotations/validation-annotations-bbox.csv"
OPEN_IMAGES = {f"own/images/validation/{PICTURE}.jpg": make.jpeg(64, 64)}
FINISHED = ("index.jsonl", "index.jsonl.*")


def indexed(name: str, what: str, code: int, *messages: str, table: Content, files: Files = {},
            **rest: object) -> Case:
    """An OpenImages folder whose table of boxes is another."""
    arguments = ("index", "--dataset", "own", "--split", "validation", "--threads", "1", "--output",
                 "index.jsonl")
    leaves = FINISHED if code == FINE else rest.pop("leaves", ())
    return Case(f"tables.openimages-{name}", what, "pbe-data", arguments, code, messages,
                OPEN_IMAGES | files | {TABLE: table}, leaves=leaves, **rest)


def row(x0: object, x1: object, y0: object, y1: object, *, picture: str = PICTURE) -> str:
    """A box of a picture, in the columns' order."""
    return f"{picture},x,/m/01,1,{x0},{x1},{y0},{y1}\n"


def scored(name: str, what: str, code: int, *messages: str, files: Files, **rest: object) -> Case:
    """A bench that is painted by pasting, and scored."""
    arguments = ("--baseline", "copy-paste", "--bench", "own", "--output", "out", "--threads", "1")
    leaves = ("out", "out/*") if code == FINE else rest.pop("leaves", ())
    return Case(f"tables.bench-{name}", what, "pbe-eval", arguments, code, messages,
                {"own": bench} | files, leaves=leaves, **rest)


def listed(name: str, what: str, *messages: str, content: Content, **rest: object) -> Case:
    """A bench whose list of cases must be refused."""
    return scored(f"list-{name}", what, BAD_DATA, "own/id_list.npy", *messages,
                  files={"own/id_list.npy": content}, **rest)


def annotated(name: str, what: str, *messages: str, content: Content, **rest: object) -> Case:
    """COCO's annotations, from which classes are wanted."""
    arguments = ("--method", "sd-inpaint", "--model", str(FIXTURES / "inpainting/model"), "--bench",
                 "own", "--output", "out", "--prompt", "a {class}", "--annotations", "coco.json",
                 "--threads", "1")
    return Case(f"tables.coco-{name}", what, "pbe-eval", arguments, BAD_DATA,
                ("coco.json", *messages), {"own": bench, "coco.json": content}, **rest)


def coco(annotations: object, categories: object) -> str:
    return json.dumps({"annotations": annotations, "categories": categories})


def npy_header(descr: str, shape: str) -> str:
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}"


# Of a bench: folders, the ends of names, and pictures to be found there.
PARTS = (("GT", "GT", "source"), ("Mask_bbox", "mask", "mask"), ("Ref", "ref", "reference"))
WHOLE = COLUMNS + row(0.1, 0.9, 0.1, 0.9)

OPENIMAGES = [
    indexed("whole", "a whole table", FINE, table=WHOLE),
    indexed("empty", "an empty table", BAD_DATA, TABLE, "the header lacks", table=""),
    indexed("header-only", "a table without rows", BAD_DATA, "hold no box", table=COLUMNS),
    indexed("missing-column", "a column that is missing", BAD_DATA,
            "line 1: the header lacks 'XMax'", table="ImageID,LabelName,XMin,YMin,YMax\n"),
    indexed("misspelt-column", "a column with a mistake", BAD_DATA, "did you mean", "Xmax",
            table=WHOLE.replace("XMax", "Xmax")),
    indexed("nan", "boxes of NaN, which are dropped and counted", BAD_DATA, "no picture is left",
            table=COLUMNS + row("NaN", 0.9, 0.1, 0.9), leaves=("index.jsonl.missing.txt",)),
    indexed("infinite", "a box without end among others", FINE, "not numbers",
            table=WHOLE + row("inf", 0.9, 0.1, 0.9)),
    indexed("turned", "a box from right to left among others", FINE, "inverted",
            table=WHOLE + row(0.9, 0.1, 0.1, 0.9)),
    indexed("pixels", "boxes in pixels", BAD_DATA, f"{TABLE}, line 2", "fractions",
            table=COLUMNS + row(10, 50, 10, 50)),
    indexed("words", "a word for a number", BAD_DATA, f"{TABLE}, line 3",
            "XMin is 'many', expected a number", table=WHOLE + row("many", 0.9, 0.1, 0.9)),
    indexed("control-characters", "an escape sequence for a number", BAD_DATA, f"{TABLE}, line 2",
            "expected a number", table=COLUMNS + row("\x1b]0;x\x07", 0.9, 0.1, 0.9)),
    indexed("few-fields", "a row that is cut short", BAD_DATA, f"{TABLE}, line 3", "fields",
            table=WHOLE + f"{PICTURE},x,/m/01\n"),
    indexed(
        "open-quote", "a quotation mark that is never closed", BAD_DATA, TABLE, "line 2", "quot",
        table=COLUMNS + f'"{PICTURE},x,/m/01,1,0.1,0.9,0.1,0.9\n' + row(0.1, 0.9, 0.1, 0.9) * 1000),
    indexed("quotes", "fields in quotation marks", FINE,
            table=COLUMNS + f'"{PICTURE}",x,"/m/01",1,"0.1","0.9","0.1","0.9"\n'),
    indexed("long-line", "a line of 60 MB", BAD_DATA, TABLE, "line 2",
            table=lazily(lambda: COLUMNS.encode() + b"a" * (60 << 20) + b"\n")),
    indexed("windows", "lines of CR and LF", FINE, table=WHOLE.replace("\n", "\r\n")),
    indexed("old-line-ends", "lines of CR alone", FINE, table=WHOLE.replace("\n", "\r")),
    indexed("utf-16", "UTF-16", FINE, table=WHOLE.encode("utf-16")),
    indexed("byte-order-mark", "a byte order mark", FINE, table=b"\xef\xbb\xbf" + WHOLE.encode()),
    indexed("nul", "NULs within a row", BAD_DATA, f"{TABLE}, line 2", "expected a number",
            table=COLUMNS + row("0\0.1", 0.9, 0.1, 0.9)),
    indexed("escaping-name", "a picture in the folder above", BAD_DATA,
            table=COLUMNS + row(0.1, 0.9, 0.1, 0.9, picture="../../../../etc/passwd"),
            leaves=("index.jsonl.missing.txt",)),
    indexed("web-page", "a web page", BAD_DATA, TABLE, "the header lacks", table=make.WEB_PAGE),
    indexed("folder", "a folder in the place of the table", BAD_DATA, TABLE, "folder",
            table=folder),
    indexed("pipe", "a table that is a pipe nobody writes into", BAD_DATA, TABLE, "pipe",
            table=pipe, limits=Limits(seconds=9)),
    indexed("no-pictures", "a table whose picture is not there", BAD_DATA, "no picture is left",
            table=COLUMNS + row(0.1, 0.9, 0.1, 0.9, picture="fedcba9876543210"),
            leaves=("index.jsonl.missing.txt",)),
    indexed("damaged-picture", "a table whose only picture is a web page", BAD_DATA,
            "no picture is left", table=WHOLE,
            files={f"own/images/validation/{PICTURE}.jpg": make.WEB_PAGE},
            leaves=("index.jsonl.missing.txt",)),
    Case("tables.openimages-no-table", "a folder without annotations", "pbe-data",
         ("index", "--dataset", "own", "--split", "train", "--output", "index.jsonl"), BAD_DATA,
         ("own: no annotations found", "expected one of these"), {"own": folder}),
]

LISTS = [
    scored("whole", "a whole bench", FINE, "2 cases", files={}),
    listed("empty", "a list of no bytes", "not a NumPy array", "it is empty", content=b""),
    listed("web-page", "a list that is a web page", "not a NumPy array", content=make.WEB_PAGE),
    listed("cut", "a list that is cut short", "cut short", content=cut(130)),
    listed("cut-in-header", "a list cut within its header", content=cut(20)),
    listed("long-header", "a header of 9 MB", "header",
           content=lazily(lambda: make.npy(" " * (9 << 20), version=2))),
    listed("lying-header", "a header that claims more than there is",
           content=make.npy("{}", length=60000)),
    listed("version-9", "a version that there is not", "version 9",
           content=make.npy("{}", version=9)),
    listed("no-utf-8", "a header that is no text", "not text",
           content=b"\x93NUMPY\1\0\4\0\xff\xfe\xfd\xfc"),
    listed("objects", "a list of pickled objects", "'|O'", "expected integers",
           content=make.npy(npy_header("'|O'", "(2,)"), make.call("os", "system", "touch pwned"))),
    listed("records", "a list of records", "records",
           content=make.npy(npy_header("[('a', '<i8')]", "(1,)"), bytes(8))),
    listed("numbers-of-doubles", "a list of doubles", "'<f8'",
           content=make.npy(npy_header("'<f8'", "(1,)"), bytes(8))),
    listed("big-endian", "a list of numbers the other way round", "'>i8'",
           content=make.npy(npy_header("'>i8'", "(1,)"), bytes(8))),
    listed("two-dimensions", "a table", "one dimension",
           content=make.npy(npy_header("'<i8'", "(1, 1)"), bytes(8))),
    listed("too-long", "a list of 2⁶² numbers", content=make.npy(npy_header("'<i8'", f"({2**62},)"),
                                                                 bytes(8))),
    listed("far-too-long", "a list of 10³⁰ numbers",
           content=make.npy(npy_header("'<i8'", f"({10**30},)"), bytes(8))),
    listed("negative", "a list of −1 numbers", content=make.npy(npy_header("'<i8'", "(-1,)"), b"")),
    listed("no-cases", "a list of nothing", content=make.npy_list([])),
    listed("negative-number", "a case of a number below zero", "entry 0", "at least 0",
           content=make.npy_list([-5])),
    listed("twice", "a case twice", "twice", content=make.npy_list([1, 1])),
    listed("way-out", "a case that is a way out of the folder", "entry 0", "cannot name a file",
           content=make.npy(npy_header("'|S12'", "(1,)"), b"../../secret")),
    listed("control-characters", "a case with an escape sequence", "entry 0", "cannot name a file",
           content=make.npy(npy_header("'|S12'", "(1,)"), b"a\x1b]0;x\x07".ljust(12, b"\0"))),
    listed("no-scalar", "a case of characters that there are not", "entry 0", "not text",
           content=make.npy(npy_header("'<U1'", "(1,)"), struct.pack("<I", 0xFFFFFFFF))),
    scored("missing-case", "a case that the bench hasn't", BAD_DATA, "000000000099",
           "none of the 1 cases", files={"own/id_list.npy": make.npy_list([99])},
           leaves=("out", "out/*")),
    listed("pipe", "a list that is a pipe nobody writes into", content=instead(pipe),
           limits=Limits(seconds=9)),
]

BENCHES = [
    scored(
        "names", "a list of names in place of numbers", FINE, "2 of 2", files={
            "own": folder, **{
                f"own/{place}_3500/{name}_{kind}.png": copy(SCENE / f"{picture}-1.png")
                for name in ("0001", "0002")
                for place, kind, picture in PARTS
            }, "own/id_list.npy": make.npy(npy_header("'<U4'", "(2,)"),
                                           "00010002".encode("utf-32-le"))
        }),
    scored("missing", "a bench without a list", BAD_DATA, "own/id_list.npy",
           files={"own/id_list.npy": removed}),
    scored("no-masks", "a bench without masks", BAD_DATA, "own: has no folder Mask_bbox_3500",
           "COCOEE's layout", files={"own/Mask_bbox_3500": removed}),
    scored("damaged-case",
           "a case whose picture is a web page: the other is scored, and the exit code tells",
           BAD_DATA, "000000000001", files={"own/GT_3500/000000000001_GT.png": make.WEB_PAGE},
           leaves=("out", "out/*")),
    scored(
        "black-mask", "a case whose mask is black", BAD_DATA, "empty", files={
            "own/Mask_bbox_3500/000000000001_mask.png": make.png(32, 32, b"\0", colour=make.GREY)
        }, leaves=("out", "out/*")),
    scored("other-size", "a case whose mask is of another size", BAD_DATA, "000000000001",
           files={"own/Mask_bbox_3500/000000000001_mask.png": make.mask(16, 16)},
           leaves=("out", "out/*")),
    scored("occupied-output", "an output that is a file", BAD_DATA, "out", files={"out": "mine\n"}),
    scored("foreign-results", "results there that nobody knows of", BAD_DATA, "holds 1 pictures",
           "no settings.json",
           files={"out/results/000000000001.png": copy(SCENE / "source-1.png")}),
    scored("broken-settings", "settings of results that are cut short", BAD_DATA, "settings.json",
           files={"out/results/settings.json": '{"a": '}),
]

ANNOTATIONS = [
    annotated("missing-keys", "an object without annotations", "expected COCO's instances",
              content="{}"),
    annotated("web-page", "a web page", content=make.WEB_PAGE),
    annotated("empty", "an empty file", content=b""),
    annotated("cut", "a file that is cut short", content=coco([{"id": 0, "category_id": 1}],
                                                              [])[:30]),
    annotated("list", "a list", content="[]"),
    annotated("words", "annotations that are words", content=coco("many", "some")),
    annotated("word-for-number", "an annotation whose number is a word",
              content=coco([{"id": "x", "category_id": 1}], [])),
    annotated(
        "deep", "lists within one another", content=lazily(
            lambda: b'{"annotations": ' + make.alternating("[", "]", 200_000).encode() + b"}")),
    annotated("huge-number", "an annotation of the number 10³⁰",
              content=coco([{"id": 10**30, "category_id": 1}], [])),
    annotated("pipe", "a pipe that nobody writes into", content=pipe, limits=Limits(seconds=9)),
]

CASES = [*OPENIMAGES, *LISTS, *BENCHES, *ANNOTATIONS]
