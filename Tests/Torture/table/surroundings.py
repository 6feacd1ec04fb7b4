"""Standard files, limits, places and names that are not what they usually are."""

from __future__ import annotations

from . import builders as make
from .case import BAD_DATA, FINE, USAGE, Case, Content, Limits, Streams
from .contents import copy, folder, instead, lazily, link, locked, pipe, run, scenes
from .places import CONFIGURATIONS, FIXTURES, SCENE, SCENES
from .programs import MASK, OUTPUT, PASTED, REFERENCE, SOURCE, TRAINED, paste, trained

Files = dict[str, Content]

# A pipe into which nobody writes is given up after five seconds.
PATIENCE = Limits(seconds=9)
PICTURE = copy(SCENE / "source-1.png")
PRINTED = ("--config", str(CONFIGURATIONS / "scenes.yaml"), "--print-config")
CONVERTED = ("--from", str(SCENES), "--to", "model")
DRAWN = ("scenes", "--images", "4", "--bench", "2", "--size", "32", "--threads", "1", "--output",
         "out")


def streamed(name: str, what: str, program: str, arguments: tuple[str, ...], code: int, *messages:
             str, streams: Streams, **rest: object) -> Case:
    """A program whose standard files are not as usual."""
    return Case(f"surroundings.{name}", what, program, arguments, code, messages, streams=streams,
                **rest)


def limited(name: str, what: str, program: str, arguments: tuple[str, ...], *messages: str,
            code: int = BAD_DATA, **rest: object) -> Case:
    """A program that may take less than it needs."""
    return Case(f"surroundings.{name}", what, program, arguments, code, messages, **rest)


def placed(name: str, what: str, code: int, *messages: str, output: str, files: Files = {},
           **rest: object) -> Case:
    """A result in an odd place."""
    return paste(f"surroundings.output-{name}", what, code, *messages, output=output, files=files,
                 **rest)


def silent(name: str, what: str, program: str, arguments: tuple[str, ...], *messages: str,
           files: Files, **rest: object) -> Case:
    """An input that is a pipe nobody writes into: the program must end by itself."""
    return Case(f"surroundings.pipe-{name}", what, program, arguments, BAD_DATA, messages, files,
                limits=PATIENCE, **rest)


def named(name: str, what: str, file: str, code: int = FINE, *messages: str,
          **rest: object) -> Case:
    """A source of an odd name, and a result beside it."""
    return paste(f"surroundings.name-{name}", what, code, *messages, image=f"{file}.png",
                 output=f"{file}-new.png", files={f"{file}.png": PICTURE}, leaves=("*-new.png",),
                 raw_output=True, **rest)


def absent(name: str, what: str, file: str, *messages: str) -> Case:
    """An odd name of a source that is not there, which the message must show without obeying it."""
    return paste(f"surroundings.absent-{name}", what, BAD_DATA, "no such file", *messages,
                 image=file)


STREAMS = [
    streamed("all-closed",
             "all three standard files closed: the result must not land in one of them",
             "pbe-sample", PASTED, BAD_DATA, streams=Streams(closed=(0, 1, 2)), leaves=(OUTPUT,)),
    streamed("all-closed-training", "a training with all three standard files closed", "pbe-train",
             (*TRAINED, "--output", "out"), BAD_DATA, streams=Streams(closed=(0, 1, 2)),
             files={"data": scenes}, leaves=("out/*",)),
    streamed("output-closed", "standard output closed", "pbe-train", PRINTED, BAD_DATA,
             "standard output", streams=Streams(closed=(1,))),
    streamed("errors-closed", "standard error closed", "pbe-train", PRINTED, FINE, "objective",
             streams=Streams(closed=(2,))),
    streamed("errors-closed-failing", "standard error closed, and an error to be told", "pbe-train",
             ("--config", "gone.yaml", "--print-config"), BAD_DATA, streams=Streams(closed=(2,))),
    streamed("input-closed", "standard input closed", "pbe-train", PRINTED, FINE, "objective",
             streams=Streams(closed=(0,))),
    streamed("full-configuration", "a configuration printed to a full disk", "pbe-train", PRINTED,
             BAD_DATA, "standard output", "no space left", streams=Streams(output="/dev/full")),
    streamed("full-help", "help printed to a full disk", "pbe-sample", ("--help",), BAD_DATA,
             "standard output", "no space left", streams=Streams(output="/dev/full")),
    streamed("full-version", "a version printed to a full disk", "pbe-eval", ("--version",),
             BAD_DATA, "standard output", streams=Streams(output="/dev/full")),
    streamed("full-result", "a result's name printed to a full disk", "pbe-sample", PASTED,
             BAD_DATA, "standard output", streams=Streams(output="/dev/full"), leaves=(OUTPUT,)),
    streamed("full-verify", "hashes of weights printed to a full disk", "pbe-convert",
             ("--from", str(SCENES), "--verify"), BAD_DATA, "standard output",
             streams=Streams(output="/dev/full")),
    streamed("full-scenes", "a summary printed to a full disk", "pbe-data", DRAWN, BAD_DATA,
             "standard output", streams=Streams(output="/dev/full"), leaves=("out/*",)),
    streamed("work-without-commands", "no commands on standard input", "pbe-bench",
             ("work", "triplets", "--dataset", "own.jsonl"), FINE, streams=Streams(),
             files={"own.jsonl": '{"image": "a.png", "box": [8, 8, 48, 48]}\n', "a.png": PICTURE}),
    streamed("work-odd-commands", "commands that there are not", "pbe-bench",
             ("work", "triplets", "--dataset", "own.jsonl"), FINE, "is no command",
             streams=Streams(given=b"jump\x1b[2J\n"),
             files={"own.jsonl": '{"image": "a.png", "box": [8, 8, 48, 48]}\n', "a.png": PICTURE}),
]

LIMITS = [
    limited("file-size-model", "a model that is larger than a file may be", "pbe-convert",
            CONVERTED, "cannot write model", "ulimit -f", limits=Limits(file_size=100_000)),
    limited("file-size-result", "a result that is larger than a file may be", "pbe-sample", PASTED,
            "cannot write result.png", "ulimit -f", limits=Limits(file_size=1000)),
    limited("file-size-training", "a checkpoint that is larger than a file may be", "pbe-train",
            (*TRAINED, "--output", "out"), "ulimit -f", limits=Limits(file_size=8000),
            files={"data": scenes}, leaves=("out/config.yaml", "out/log.jsonl", "out/events*")),
    limited("file-size-scenes", "pictures that are larger than a file may be", "pbe-data", DRAWN,
            "ulimit -f", limits=Limits(file_size=500), leaves=("out/*",)),
    limited("eight-files", "eight descriptors, which are enough to paint", "pbe-sample",
            ("--model", str(SCENES), "--image", SOURCE, "--mask", MASK, "--reference", REFERENCE,
             "--output", OUTPUT, "--steps", "1", "--sampler", "ddim", "--threads", "1"), code=FINE,
            limits=Limits(open_files=8), leaves=(OUTPUT,)),
    limited("four-files", "four descriptors, which are too few", "pbe-train",
            (*TRAINED, "--output", "out"), "Too many open files", limits=Limits(open_files=4),
            files={"data": scenes}, leaves=("out/*",)),
    limited("little-memory", "a picture of 100 megapixels in 400 MB of memory", "pbe-sample",
            ("--method", "copy-paste", "--image", "own.png", "--mask", "own.png", "--reference",
             REFERENCE, "--output", OUTPUT), "memory", limits=Limits(memory=400 << 20),
            files={"own.png": lazily(make.png, 10_000, 10_000)}),
    limited("memory-of-training", "a training in 300 MB of memory", "pbe-train",
            (*TRAINED, "data.params.batch_size=256", "data.params.train.params.image_size=256",
             "--output", "out"), "memory", limits=Limits(memory=300 << 20), files={"data": scenes},
            leaves=("out/*",)),
]

OUTPUTS = [
    placed("folder", "an output that is a folder", BAD_DATA, "result.png", "folder", output=OUTPUT,
           files={OUTPUT: folder}),
    placed("under-file", "an output below a file", BAD_DATA, "note", "a file",
           output="note/result.png", files={"note": "mine\n"}),
    placed("locked", "an output in a folder that is not to be written", BAD_DATA,
           "cannot write own/result.png", "permission denied", output="own/result.png",
           files={"own": locked}, unprivileged=True),
    placed("missing-folder", "an output in a folder that there is not", BAD_DATA,
           "the folder own does not exist", "create it first", output="own/result.png"),
    placed("link-to-itself", "an output that is a link to itself", FINE, output=OUTPUT,
           files={OUTPUT: link(OUTPUT)}, leaves=(OUTPUT,)),
    placed("pipe", "an output that is a pipe which nobody reads", BAD_DATA, "result.png", "pipe",
           output=OUTPUT, files={OUTPUT: pipe}, limits=PATIENCE),
    placed("null", "/dev/null as the output", USAGE, "/dev/null", ".png", output="/dev/null"),
    placed("long", "an output of a name of 300 letters", BAD_DATA, "cannot write",
           output="b" * 300 + ".png"),
    placed("longest", "an output of the longest name that there is", FINE,
           output="b" * 251 + ".png", leaves=("b" * 251 + ".png",)),
    placed("slash", "an output that ends in a slash", USAGE, "result/", output="result/"),
    limited("model-over-file", "a model in the place of a file", "pbe-convert", CONVERTED, "model",
            "a file", files={"model": "mine\n"}),
    limited("model-over-folder", "a model in a folder that holds something", "pbe-convert",
            CONVERTED, "model: the folder is not empty", files={"model/note": "mine\n"}),
    limited("model-into-locked", "a model in a folder that is not to be written", "pbe-convert",
            ("--from", str(SCENES), "--to", "own/model"), "permission denied",
            files={"own": locked}, unprivileged=True),
    limited("training-over-run", "a training in the place of another", "pbe-train",
            (*TRAINED, "--output", "run"), "run already holds a run", "--resume run",
            files={"run": run, "data": scenes}),
    limited("training-over-file", "a training in the place of a file", "pbe-train",
            (*TRAINED, "--output", "out"), "out", files={"out": "mine\n", "data": scenes}),
    limited("scenes-over-file", "a data set in the place of a file", "pbe-data", DRAWN, "out",
            files={"out": "mine\n"}),
    limited("scenes-over-folder", "a data set beside something else, which stays", "pbe-data",
            DRAWN, code=FINE, files={"out/note": "mine\n"}, leaves=("out/[!n]*",)),
    limited("tokens-over-folder", "tokens in the place of a folder", "pbe-convert",
            ("tokenize", "--tokenizer", str(FIXTURES / "inpainting/model/tokenizer"), "--input",
             "texts.txt", "--output", "own"), "own", "folder",
            files={"texts.txt": "a\n", "own": folder}),
]

PIPES = [
    silent("mask", "a mask", "pbe-sample",
           ("--method", "copy-paste", "--image", SOURCE, "--mask", "own.png", "--reference",
            REFERENCE, "--output", OUTPUT), "own.png", files={"own.png": pipe}),
    silent("harmoniser", "a harmoniser's weights", "pbe-sample",
           ("--method", "dccf", "--harmoniser", "own.pth", "--image", SOURCE, "--mask", MASK,
            "--reference", REFERENCE, "--output", OUTPUT), "own.pth", files={"own.pth": pipe}),
    silent("model", "a model", "pbe-convert", ("--from", "own.ckpt", "--verify"), "own.ckpt",
           files={"own.ckpt": pipe}),
    silent(
        "model-configuration", "a network's configuration", "pbe-convert",
        ("--from", "model", "--verify"), "model/unet/config.json",
        files={"model": copy(FIXTURES / "pipeline/model"),
               "model/unet/config.json": instead(pipe)}),
    silent("mixture", "a pickled mixture", "pbe-convert",
           ("--gmm", "own.pkl", "--to", "g.safetensors"), "own.pkl", files={"own.pkl": pipe}),
    silent("inputs", "a component's inputs", "pbe-convert",
           ("run", "--model", str(SCENES), "--component", "vae-decode", "--inputs",
            "own.safetensors", "--outputs", "out.safetensors"), "own.safetensors",
           files={"own.safetensors": pipe}),
    silent("texts", "a text to tokenize", "pbe-convert",
           ("tokenize", "--tokenizer", str(FIXTURES / "inpainting/model/tokenizer"), "--input",
            "own.txt", "--output", "tokens.jsonl"), "own.txt", files={"own.txt": pipe}),
    silent("captions", "captions to learn a vocabulary from", "pbe-data",
           ("vocabulary", "--captions", "own.jsonl", "--output", "out"), "own.jsonl",
           files={"own.jsonl": pipe}),
    silent("jobs", "jobs", "pbe-sample",
           ("--method", "copy-paste", "--manifest", "own.jsonl", "--output", "out"), "own.jsonl",
           files={"own.jsonl": pipe}),
    silent(
        "statistics", "statistics of pictures", "pbe-eval",
        ("--baseline", "copy-paste", "--bench", "own", "--output", "out", "--clip",
         str(FIXTURES / "encoders/clip"), "--reference-statistics", "s.safetensors", "--threads",
         "1"), "s.safetensors", files={
             "own": lambda path, places: path.symlink_to(places.scenes / "bench"),
             "s.safetensors": pipe
         }, leaves=("out/*",)),
    silent(
        "compared", "numbers of a run to compare", "pbe-eval", ("compare", "a", "b"),
        "a/metrics.json", files={
            "a/metrics.json": pipe, "a/cases.jsonl": "", "b/metrics.json": "{}", "b/cases.jsonl": ""
        }),
    silent("means", "a table of a study's means", "pbe-eval",
           ("study", "analyse", "--means", "own.csv", "--raters", "5", "--groups", "5"), "own.csv",
           files={"own.csv": pipe}),
    Case(
        "surroundings.pipe-jobs-with-writer",
        "jobs that another program writes, as in a shell's <(…)", "pbe-sample",
        ("--method", "copy-paste", "--manifest", "own.jsonl", "--output", "out"), FINE,
        ("out/b.png",),
        {"own.jsonl": pipe, "a.png": PICTURE, "m.png": copy(SCENE / "mask-1.png")},
        leaves=("out/b.png",), written={
            "own.jsonl": b'{"image": "a.png", "mask": "m.png", "reference": "a.png", '
                         b'"output": "b.png"}\n'
        }),
    Case("surroundings.pipe-texts-with-writer", "texts that another program writes", "pbe-convert",
         ("tokenize", "--tokenizer", str(FIXTURES / "inpainting/model/tokenizer"), "--input",
          "own.txt", "--output", "tokens.jsonl"), FINE, ("2 lines",), {"own.txt": pipe},
         leaves=("tokens.jsonl",), written={"own.txt": b"a blue ring\na red ring\n"}),
    paste("surroundings.pipe-picture-with-writer",
          "a picture that another program writes: pictures are files", BAD_DATA, "own.png",
          "expected a file", image="own.png", files={"own.png": pipe},
          written={"own.png": make.png(64, 64)}),
]

NAMES = [
    named("newline", "a name with a line end in it", "two\nlines"),
    named("escape", "a name that would rename the window", "a\x1b]0;x\x07"),
    named("bidi", "a name that turns the line round", "a\u202egnp"),
    named("no-utf-8", "a name that is no UTF-8", "caf\udce9"),
    named("quotes", "a name of quotation marks and a dollar", "'\"$(touch pwned)`x`"),
    named("spaces", "a name of spaces", "   "),
    named("long", "a name of 247 bytes", "é" * 123 + "x"),
    named("dashes", "a name that looks like an option", "./--help"),
    named("braces", "a name of format signs", "%s%n{}%@"),
    absent("escape", "a name that would rename the window, of a file that is not there",
           "a\x1b]0;x\x07.png", "\\x1B"),
    absent("bidi", "a name that turns the line round, of a file that is not there",
           "a\u202egnp.png", "\\u202E"),
    absent("newline", "a name with a forged message in it, of a file that is not there",
           "a\nerror: forged.png"),
    absent("no-utf-8", "a name that is no UTF-8, of a file that is not there", "caf\udce9.png",
           "\\xE9"),
    paste("surroundings.absent-long", "a path that is longer than any", BAD_DATA, "cannot read",
          image="a/" * 3000 + "b.png"),
    trained("surroundings.data-escape", "a data set with an escape sequence in its name", USAGE,
            "no valid YAML", by=("data.params.train.params.dataset_dir=a\x1b]0;x\x07",)),
]

CASES = [*STREAMS, *LIMITS, *OUTPUTS, *PIPES, *NAMES]
