"""Command lines that no program understands, or that ask for what there is not."""

from __future__ import annotations

from .case import BAD_DATA, FINE, USAGE, Case, Content
from .contents import bench, copy
from .places import FIXTURES, SCENE, SCENES
from .programs import OUTPUT, REFERENCE, SOURCE, paint, paste

Files = dict[str, Content]

CLIP = FIXTURES / "encoders/clip"


def typed(name: str, what: str, program: str, line: str, *messages: str, code: int = USAGE,
          **rest: object) -> Case:
    """A command line of plain words."""
    return Case(f"command-lines.{name}", what, program, tuple(line.split()), code, messages, **rest)


def sampled(name: str, what: str, *messages: str, by: tuple[str, ...], code: int = USAGE,
            **rest: object) -> Case:
    """A whole command line of pbe-sample, and something more."""
    leaves = (OUTPUT,) if code == FINE else ()
    return paint(f"command-lines.sample-{name}", what, code, *messages, options=by, leaves=leaves,
                 **rest)


def boxed(name: str, what: str, *messages: str, box: str, options: tuple[str, ...] = (),
          code: int = USAGE) -> Case:
    """A rectangle in the place of a mask."""
    arguments = ("--method", "copy-paste", "--image", SOURCE, "--box", box, "--reference",
                 REFERENCE, "--output", OUTPUT, *options)
    leaves = (OUTPUT,) if code == FINE else ()
    return Case(f"command-lines.box-{name}", what, "pbe-sample", arguments, code, messages,
                leaves=leaves)


def scored(name: str, what: str, *messages: str, by: tuple[str, ...], code: int = USAGE,
           files: Files = {}) -> Case:
    """A bench that is scored in an odd way."""
    arguments = ("--bench", "own", "--output", "out", "--threads", "1", *by)
    return Case(f"command-lines.eval-{name}", what, "pbe-eval", arguments, code, messages,
                {"own": bench} | files)


WORDS = [
    typed("train-nothing", "pbe-train without anything", "pbe-train", "", "--config"),
    typed("sample-nothing", "pbe-sample without anything", "pbe-sample", "", "--output"),
    typed("eval-nothing", "pbe-eval without anything", "pbe-eval", "", "--bench"),
    typed("data-nothing", "pbe-data without a command shows its help", "pbe-data", "",
          "SUBCOMMANDS", code=FINE),
    typed("convert-nothing", "pbe-convert without anything", "pbe-convert", "", "--from"),
    typed("bench-nothing", "pbe-bench without a command shows its help", "pbe-bench", "",
          "SUBCOMMANDS", code=FINE),
    typed("unknown-option", "an option with a mistake", "pbe-sample", "--modle m --output a.png",
          "--modle", "--model"),
    typed("unknown-command", "a command that there is not", "pbe-data", "indx --dataset d", "indx"),
    typed("unknown-help", "help about what there is not shows what there is", "pbe-eval",
          "help nothing", "SUBCOMMANDS", code=FINE),
    typed("other-programs-option", "an option of another program", "pbe-train",
          "--config a.yaml --steps 5", "--steps"),
    typed("missing-value", "an option without its value", "pbe-sample", "--output", "--output"),
    typed("value-is-option", "an option in the place of a value", "pbe-sample",
          "--model --output a.png", "--model"),
    typed("surplus", "a word too many", "pbe-sample", "--output a.png surplus", "surplus"),
    typed("version", "a version", "pbe-train", "--version", ".", code=FINE),
    typed("help", "help", "pbe-convert", "--help", "USAGE", code=FINE),
    typed("short-option", "a short option that there is not", "pbe-train", "-z", "-z"),
    Case("command-lines.empty-argument", "an empty argument", "pbe-data", ("",), USAGE, ()),
    sampled("misspelt", "an option with a mistake beside all that is needed", "--stepps", "--steps",
            by=("--stepps", "5")),
    sampled("long-argument", "a word too many, of 120,000 letters", "xxx", by=("x" * 120_000,)),
    sampled("long-option", "an option of 120,000 letters", "--xxx", by=("--" + "x" * 120_000,)),
    sampled("long-value", "a number of 120,000 digits", "--seed", by=("--seed", "9" * 120_000)),
    sampled("control-option", "an option with an escape sequence", "unknown option",
            by=("--\x1b]0;x\x07",)),
    Case("command-lines.control-value", "a number with an escape sequence", "pbe-sample",
         ("--output", "a.png", "--seed", "\x1b[2J"), USAGE, ("--seed",)),
    Case("command-lines.forged-message", "an option that forges a second message", "pbe-sample",
         ("--output", "a.png", "--seed", "1\nerror: all is lost"), USAGE, ("--seed",)),
    Case("command-lines.no-utf-8", "a number that is no UTF-8", "pbe-sample",
         ("--output", "a.png", "--seed", "\udcff"), USAGE, ("--seed",)),
]

TRAINING = [
    typed("train-resume-and-output", "a training to resume and a new one", "pbe-train",
          "--resume run --output out", "--resume takes", "only overrides"),
    typed("train-resume-and-config", "a training to resume and a configuration", "pbe-train",
          "--resume run --config a.yaml", "--resume takes", "only overrides"),
    typed("train-no-output", "a training without a place", "pbe-train", "--config a.yaml",
          "--output"),
    typed("train-continue-without-output", "a training to continue without a place", "pbe-train",
          "--continue --config a.yaml", "--output"),
    typed("train-threads-none", "no threads", "pbe-train",
          "--config a.yaml --print-config --threads 0", "--threads"),
    typed("train-threads-negative", "−1 threads", "pbe-train",
          "--config a.yaml --print-config --threads -1", "--threads"),
    typed("train-threads-many", "10³⁰ threads", "pbe-train",
          f"--config a.yaml --print-config --threads {10**30}", "--threads"),
    typed("train-threads-million", "a million threads", "pbe-train",
          "--config /dev/null --print-config --threads 1000000", "--threads"),
    typed("train-threads-word", "threads in words", "pbe-train",
          "--config a.yaml --print-config --threads two", "--threads", "two"),
    Case("command-lines.train-empty-output", "a training in a place without a name", "pbe-train",
         ("--config", "/dev/null", "--output", ""), USAGE, ("--output",)),
    Case("command-lines.train-empty-configuration", "a configuration without a name", "pbe-train",
         ("--config", "", "--print-config"), USAGE, ("empty",)),
]

SAMPLING = [
    sampled("steps-none", "no steps", "--steps", "1 to 1000", by=("--steps", "0")),
    sampled("steps-many", "1,001 steps", "--steps", "1 to 1000", by=("--steps", "1001")),
    sampled("steps-beyond", "2⁶³ steps", "--steps", by=("--steps", str(2**63))),
    sampled("steps-half", "half a step", "--steps", by=("--steps", "0.5")),
    sampled("scale-nan", "a scale of NaN", "--scale", by=("--scale", "nan")),
    sampled("scale-infinite", "a scale without end", "--scale", by=("--scale", "inf")),
    sampled("scale-overflowing", "a scale of 10⁹⁹⁹", "--scale", by=("--scale", "1e999")),
    sampled("scale-negative", "a scale below zero, away from the reference", by=("--scale", "-5"),
            code=FINE),
    sampled("scales-empty", "no scales", "--scales", by=("--scales", "")),
    sampled("scales-gap", "a scale that is missing", "--scales", by=("--scales", "1,,3")),
    sampled("scales-twice", "a scale twice", "--scales", by=("--scales", "3,3")),
    sampled("scale-and-scales", "a scale and several", "--scale", "--scales",
            by=("--scale", "3", "--scales", "1,2")),
    sampled("eta-nan", "an eta of NaN", "--eta", by=("--eta", "nan")),
    sampled("eta-above-one", "an eta above 1", "--eta", by=("--eta", "1.5")),
    sampled("eta-of-plms", "an eta that PLMS hasn't", "--eta", "--sampler ddim",
            by=("--sampler", "plms", "--eta", "0.5")),
    sampled("seed-negative", "a seed below zero", "--seed", by=("--seed", "-1")),
    sampled("seed-beyond", "a seed of 2⁶⁴", "--seed", by=("--seed", str(2**64))),
    sampled("seed-edge", "two pictures from the last seed on", "--seed",
            by=("--seed", str(2**64 - 1), "--count", "2")),
    sampled("count-none", "no pictures", "--count", by=("--count", "0")),
    sampled("count-many", "a billion pictures", "--count", by=("--count", "1000000000")),
    sampled("size-none", "a size of nothing", "--size", by=("--size", "0")),
    sampled("size-odd", "a size that the network can't halve", "--size", "multiples of",
            by=("--size", "63")),
    sampled("size-huge", "a million pixels a side", "--size", "at most", by=("--size", "1048576")),
    sampled("size-large", "16,384 pixels a side", "this needs", "would fit", by=("--size", "16384"),
            code=BAD_DATA),
    sampled("size-overflowing", "2⁶² pixels a side", "--size", by=("--size", str(2**62))),
    sampled("size-word", "a size in words", "--size", by=("--size", "large")),
    sampled("size-three", "a size of three sides", "--size", by=("--size", "64x64x64")),
    sampled("sampler", "a sampler that there is not", "--sampler", "plms",
            by=("--sampler", "euler")),
    sampled("precision", "a precision that there is not", "--precision", "fp32",
            by=("--precision", "fp8")),
    sampled("feather-negative", "a border of −1 pixels", "--feather", by=("--feather", "-1")),
    sampled("feather-huge", "a border of 10⁹ pixels", "--feather", "10000",
            by=("--feather", "1000000000")),
    sampled("grid-of-one", "a table of one picture", "--grid", "--count", by=("--grid",)),
    sampled("repeated", "an option twice: the later value wins", by=("--seed", "1", "--seed", "2"),
            code=FINE),
    sampled("contradiction", "a flag and its contrary: the later one wins",
            by=("--paste-back", "--no-paste-back"), code=FINE),
    sampled("mask-and-box", "a mask and a box", "--mask", "--box", by=("--box", "1,2,3,4")),
    sampled("manifest-and-image", "jobs and a picture", "--manifest",
            by=("--manifest", "jobs.jsonl")),
    sampled("method", "a method that there is not", "copy-paste", by=("--method", "copypaste")),
    sampled("prompt-of-none", "a text for a method that reads none", "--prompt",
            by=("--prompt", "a ring")),
    sampled("noise-missing", "noise that is not there", "gone.safetensors: no such file",
            by=("--noise", "gone.safetensors"), code=BAD_DATA),
    sampled("latents-over-input", "latents in the place of the reference", "would replace",
            by=("--save-latents", REFERENCE)),
    paste("command-lines.empty-image", "a picture without a name", USAGE, "--image", image=""),
    paste("command-lines.empty-output", "a result without a name", USAGE, "--output", output=""),
]

BOXES = [
    boxed("whole", "a whole box", box="8,8,48,48", code=FINE),
    boxed("three", "a box of three numbers", "--box", box="1,2,3"),
    boxed("words", "a box of words", "--box", box="a,b,c,d"),
    boxed("nan", "a box of NaN", "--box", box="nan,8,48,48"),
    boxed("infinite", "a box without end", "--box", box="0,0,inf,48"),
    boxed("huge", "a box of 10³⁰⁸", box="0,0,1e308,48"),
    boxed("turned", "a box from right to left", "--box", box="48,8,8,48"),
    boxed("outside", "a box beyond the picture", "reaches beyond the picture", "64×64",
          box="8,8,480,480"),
    boxed("fractions", "fractions where nothing says so", "looks like fractions", "--box-units",
          box="0.1,0.2,0.7,0.8"),
    boxed("fractions-beyond", "fractions above 1", "--box", box="0.1,0.2,7,8",
          options=("--box-units", "fractions")),
    boxed("negative", "a box that begins left of the picture", box="-8,-8,48,48"),
    boxed("empty", "an empty box", "--box", box=""),
]

OTHERS = [
    scored("nothing-to-score", "a bench without results", "--results", "--model", by=()),
    scored("two-sources", "results from two places", "--baseline",
           by=("--baseline", "copy-paste", "--results", "r")),
    scored("unknown-metric", "a metric that there is not", "clip_fid",
           by=("--baseline", "copy-paste", "--metrics", "fid")),
    scored("needy-metric", "a metric without its encoder", "--clip",
           by=("--baseline", "copy-paste", "--metrics", "clip_fid")),
    scored("limit-none", "no cases", "--limit", by=("--baseline", "copy-paste", "--limit", "0")),
    scored("limit-negative", "−1 cases", "--limit",
           by=("--baseline", "copy-paste", "--limit", "-1")),
    scored("shard-beyond", "the third of two parts", "--shard",
           by=("--baseline", "copy-paste", "--shard", "3/2")),
    scored("shard-none", "a part of nothing", "--shard",
           by=("--baseline", "copy-paste", "--shard", "0/0")),
    scored("shard-word", "a part in words", "--shard",
           by=("--baseline", "copy-paste", "--shard", "half")),
    scored("sampler-of-none", "a sampler for results that are there", "--sampler",
           by=("--results", "r", "--sampler", "ddim")),
    scored("results-missing", "results that are not there", "gone: no such",
           by=("--results", "gone"), code=BAD_DATA),
    scored("ratio-nan", "a ratio of NaN", "--require-ratio",
           by=("--baseline", "copy-paste", "--require-ratio", "nan")),
    scored("wins-turned", "wins between 9 and 3", "--require-wins-between",
           by=("--baseline", "copy-paste", "--require-wins-between", "9,3")),
    scored("batch-none", "no cases at once", "--batch",
           by=("--model", str(SCENES), "--batch", "0")),
    typed("index-split", "a split that there is not", "pbe-data",
          "index --dataset d --split all --output o.jsonl", "--split", "train"),
    typed("index-area-nan", "an area of NaN", "pbe-data",
          "index --dataset d --split train --output o.jsonl --min-area nan", "--min-area"),
    typed("index-areas-turned", "a smallest area above the largest", "pbe-data",
          "index --dataset d --split train --output o.jsonl --min-area 0.9 --max-area 0.1",
          "--min-area"),
    typed("index-none", "no pictures", "pbe-data",
          "index --dataset d --split train --output o.jsonl --max-images 0", "--max-images"),
    typed("index-not-jsonl", "a manifest of another name", "pbe-data",
          "index --dataset d --split train --output o.csv", ".jsonl"),
    typed("preview-many", "a sheet of 257 examples", "pbe-data",
          "preview --config /dev/null --output s.png --count 257", "--count", "256"),
    typed("scenes-negative", "−1 pictures", "pbe-data", "scenes --output out --images -1",
          "--images"),
    typed("scenes-many", "10¹⁸ pictures", "pbe-data", f"scenes --output out --images {10**18}",
          "--images"),
    typed("scenes-size", "pictures of no size", "pbe-data", "scenes --output out --size 0",
          "--size"),
    typed("vocabulary-short", "texts of one token", "pbe-data",
          "vocabulary --captions c.jsonl --output out --length 1", "--length"),
    typed("vocabulary-negative", "−1 pairs", "pbe-data",
          "vocabulary --captions c.jsonl --output out --merges -1", "--merges"),
    typed("convert-nowhere", "a model without a place to go", "pbe-convert", f"--from {SCENES}",
          "--to"),
    typed("convert-both", "a model and a mixture", "pbe-convert", f"--from {SCENES} --gmm g --to t",
          "--gmm"),
    typed("convert-precision", "a precision that there is not", "pbe-convert",
          f"--from {SCENES} --to t --precision int8", "--precision", "fp16"),
    typed("run-component", "a component that there is not", "pbe-convert",
          f"run --model {SCENES} --component clip --inputs i.safetensors --outputs o.safetensors",
          "--component", "unet"),
    typed("run-inputs-missing", "inputs that are not there", "pbe-convert",
          f"run --model {SCENES} --component unet --inputs i.safetensors --outputs o.safetensors",
          "i.safetensors", code=BAD_DATA),
    typed("compare-one", "one run to compare", "pbe-eval", "compare a", "run-b"),
    typed("compare-missing", "runs that are not there", "pbe-eval", "compare a b", "a",
          code=BAD_DATA),
    typed("study-one", "a study of one run", "pbe-eval", "study make a --output out", "2 to 9"),
    typed("statistics-nothing", "statistics without an encoder", "pbe-eval",
          "statistics --images i --output s.safetensors", "--clip", "--inception"),
    typed(
        "statistics-side", "pictures of no size", "pbe-eval",
        f"statistics --images i --output s.safetensors --side 0 --clip {CLIP}",
        "--side"),
    Case(
        "command-lines.statistics-bad-link",
        "a folder of pictures with a link that leads nowhere, which is left out "
        "and named", "pbe-eval",
        ("statistics", "--images", "own", "--clip", str(CLIP), "--side", "32",
         "--output", "s.safetensors", "--threads", "1"), FINE,
        ("1 picture", "left out", "own/x.jpg"), {
            "own/a.png": copy(SCENE / "source-1.png"), "own/b.png": copy(
                SCENE / "source-2.png"), "own/c.png": copy(SCENE / "source-3.png"),
            "own/x.jpg": lambda path, _: path.symlink_to("nowhere")
        }, leaves=("s.safetensors",)),
    typed(
        "mixture-components", "a mixture of no Gaussians", "pbe-eval",
        f"fit-gmm --images i --clip {CLIP} --output g.safetensors --components 0",
        "--components"),
    typed("bench-size", "a model of a size that there is not", "pbe-bench",
          "model --size giant --output out", "--size", "tiny"),
    typed("bench-work", "a work that there is not", "pbe-bench", "work sleep", "unet"),
    typed("bench-work-needs", "a work without what it needs", "pbe-bench", "work unet", "--model",
          code=BAD_DATA),
]

CASES = [*WORDS, *TRAINING, *SAMPLING, *BOXES, *OTHERS]
