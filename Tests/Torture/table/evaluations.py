"""Files of finished evaluations, studies and yardsticks that are broken or from elsewhere."""

from __future__ import annotations

import json

from . import builders as make
from .builders import tensor
from .case import BAD_DATA, Case, Content, Limits
from .contents import bench, pipe, study
from .places import FIXTURES

Files = dict[str, Content]
CLIP = str(FIXTURES / "encoders/clip")


def compared(name: str, what: str, *messages: str, files: Files) -> Case:
    """Two runs, the first of which is broken."""
    whole = {"a/cases.jsonl": "", "b/metrics.json": "{}", "b/cases.jsonl": ""}
    return Case(f"evaluations.compare-{name}", what, "pbe-eval", ("compare", "a", "b"), BAD_DATA,
                messages, whole | files)


def analysed(name: str, what: str, *messages: str, answers: Content = "{}",
             study: Content = "{}") -> Case:
    """What raters send back, and the key to it."""
    return Case(f"evaluations.study-{name}", what, "pbe-eval",
                ("study", "analyse", "answers.json", "--study", "study.json"), BAD_DATA, messages,
                {"answers.json": answers, "study.json": study})


def answered(name: str, what: str, *messages: str, answers: Content) -> Case:
    """What a rater sends back to a study that was made well."""
    return Case(f"evaluations.answers-{name}", what, "pbe-eval",
                ("study", "analyse", "answers.json", "--study", "study/study.json"), BAD_DATA,
                ("answers.json", *messages), {"study": study, "answers.json": answers})


def averaged(name: str, what: str, *messages: str, table: Content) -> Case:
    """A study's means in a table."""
    return Case(f"evaluations.means-{name}", what, "pbe-eval",
                ("study", "analyse", "--means", "own.csv", "--raters", "5", "--groups", "5"),
                BAD_DATA, ("own.csv", *messages), {"own.csv": table})


def measured(name: str, what: str, *messages: str, option: str, content: Content,
             **rest: object) -> Case:
    """A yardstick of the bench's pictures."""
    return Case(f"evaluations.{name}", what, "pbe-eval",
                ("--baseline", "copy-paste", "--bench", "bench", "--output", "out", "--clip", CLIP,
                 "--threads", "1", option, "own"), BAD_DATA, ("own", *messages),
                {"bench": bench, "own": content}, leaves=("out/*",), **rest)


def merged(name: str, what: str, *messages: str, files: Files) -> Case:
    """A part of a run, to be joined with others."""
    return Case(f"evaluations.merge-{name}", what, "pbe-eval", ("merge", "a", "--output", "out"),
                BAD_DATA, messages, files)


COMPARISONS = [
    compared("empty", "numbers of no bytes", "a/metrics.json", files={"a/metrics.json": b""}),
    compared("list", "numbers that are a list", "a/metrics.json", files={"a/metrics.json": "[]"}),
    compared("web-page", "numbers that are a web page", "a/metrics.json",
             files={"a/metrics.json": make.WEB_PAGE}),
    compared("deep", "numbers within 100,000 lists", "a/metrics.json",
             files={"a/metrics.json": make.alternating("[", "]", 100_000)}),
    compared("edge", "a count of 2⁶³", "a/metrics.json",
             files={"a/metrics.json": json.dumps({"count": 2**63})}),
    compared("negative", "a count below zero", "a/metrics.json",
             files={"a/metrics.json": '{"count": -1}'}),
    compared("control-name", "a metric with an escape sequence in its name", "a/metrics.json",
             files={"a/metrics.json": json.dumps({"\x1b]0;x\x07": {"value": 1}})}),
    compared("cases", "a case that is no JSON", "a/",
             files={"a/metrics.json": '{"count": 1, "listed": 1}', "a/cases.jsonl": "{\n"}),
]

STUDIES = [
    analysed("key-empty", "a key of no bytes", "study.json", study=b""),
    analysed("key-other", "a key that is another object", "study.json"),
    analysed("key-web-page", "a key that is a web page", "study.json", study=make.WEB_PAGE),
    analysed("key-deep", "a key within 100,000 lists", "study.json",
             study=make.alternating("[", "]", 100_000)),
    answered("empty", "answers of no bytes", answers=b""),
    answered("list", "answers that are a list", answers="[]"),
    answered("web-page", "answers that are a web page", answers=make.WEB_PAGE),
    answered("deep", "answers within 100,000 lists", answers=make.alternating("[", "]", 100_000)),
    answered("of-nothing", "answers to no study",
             answers='{"format": "pbe-study-answers", "version": 1}'),
    answered("edge", "answers of the version 2⁶³",
             answers=f'{{"format": "pbe-study-answers", "version": {2**63}}}'),
    answered(
        "control-name", "a rater with an escape sequence for a name", answers=json.dumps({
            "format": "pbe-study-answers", "version": 1, "study": "x", "rater": "\x1b]0;x\x07",
            "answers": []
        })),
    averaged("empty", "a table of no bytes", table=b""),
    averaged("web-page", "a web page", table=make.WEB_PAGE),
    averaged("words", "means that are words",
             table="method,quality,consistency\na,good,bad\nb,1,2\n"),
    averaged("nan", "means of NaN", table="method,quality,consistency\na,nan,inf\nb,1,2\n"),
    averaged("control-name", "a method with an escape sequence in its name",
             table="method,quality,consistency\n\x1b]0;x\x07,1e999,1\nb,1,2\n"),
    averaged("no-utf-8", "a table that is no UTF-8", table=b"method,quality\n\xff\xfe,1\n"),
]

YARDSTICKS = [
    measured("statistics-empty", "statistics of no bytes", option="--reference-statistics",
             content=b""),
    measured("statistics-web-page", "statistics that are a web page",
             option="--reference-statistics", content=make.WEB_PAGE),
    measured("statistics-other", "a tensor of something else", option="--reference-statistics",
             content=make.safetensors({"a": tensor([1], 0, 4)}, bytes(4))),
    measured(
        "statistics-nan", "statistics of NaN", option="--reference-statistics",
        content=make.safetensors(
            {
                "__metadata__": {"format": "pbe-reference-statistics-1", "count": "-5"},
                "clip.mean": tensor([1], 0, 8, "F64"), "clip.covariance": tensor([1, 1], 8, 16,
                                                                                 "F64")
            }, b"\xff" * 16)),
    measured("mixture-empty", "a mixture of no bytes", option="--gmm", content=b""),
    measured("mixture-pickle", "a pickled mixture, which pbe-convert must turn first",
             option="--gmm", content=(FIXTURES / "containers/mixture.4.pickle").read_bytes()),
    measured(
        "mixture-misshapen", "a mixture whose parts do not fit together", option="--gmm",
        content=make.safetensors(
            {
                "__metadata__": {"format": "pbe-gaussian-mixture-1"}, "weights": tensor(
                    [2], 0, 16, "F64"), "means": tensor([1, 1], 16, 24, "F64"),
                "covariances": tensor([1, 1, 1], 24, 32, "F64")
            }, bytes(32))),
    measured("inception-web-page", "an encoder that is a web page", option="--inception",
             content=make.WEB_PAGE),
    measured("inception-pipe", "an encoder that is a pipe nobody writes into", option="--inception",
             content=pipe, limits=Limits(seconds=9)),
    merged("missing", "a part that is not there", "a", files={}),
    merged("empty", "a part whose description has no bytes", "shard.json is not what",
           files={"a/shard.json": b""}),
    merged("list", "a part whose description is a list", "shard.json is not what",
           files={"a/shard.json": "[]"}),
    merged("web-page", "a part whose description is a web page", "shard.json is not what",
           files={"a/shard.json": make.WEB_PAGE}),
]

CASES = [*COMPARISONS, *STUDIES, *YARDSTICKS]
