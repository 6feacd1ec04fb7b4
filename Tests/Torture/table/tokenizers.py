"""Tokenizers' files, broken in every way, and texts to tokenize."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from . import builders as make
from .case import BAD_DATA, FINE, Case, Content, Limits
from .contents import copy, cut, folder, instead, lazily, link, pipe, removed
from .places import FIXTURES, Places

TOKENIZER = FIXTURES / "inpainting/model/tokenizer"
VOCABULARY = json.loads((TOKENIZER / "vocab.json").read_text())


def tokenized(name: str, what: str, code: int, *messages: str, files: dict[str, Content],
              **rest: object) -> Case:
    """Writes the tokens of a text."""
    arguments = ("--tokenizer", "own", "--input", "texts.txt", "--output", "tokens.jsonl")
    leaves = ("tokens.jsonl",) if code == FINE else ()
    return Case(f"tokenizers.{name}", what, "pbe-convert", ("tokenize", *arguments), code, messages,
                {"texts.txt": "a blue ring\n"} | files, leaves=leaves, **rest)


def altered(name: str, what: str, code: int, *messages: str, at: str, content: Content,
            **rest: object) -> Case:
    """A tokenizer of which one file is another."""
    return tokenized(name, what, code, *messages,
                     files={"own": copy(TOKENIZER), f"own/{at}": content}, **rest)


def broken(name: str, what: str, *messages: str, **rest: object) -> Case:
    """One of which a file is such that it must be refused."""
    return altered(name, what, BAD_DATA, *messages, **rest)


def vocabulary(name: str, what: str, *messages: str, **tokens: object) -> Case:
    """A tokenizer with other numbers of tokens."""
    return broken(f"vocabulary-{name}", what, "vocab.json", *messages, at="vocab.json",
                  content=json.dumps(VOCABULARY | tokens))


def settings(name: str, what: str, code: int, *messages: str, **options: object) -> Case:
    """A tokenizer with other settings."""

    def change(path: Path, _: Places) -> None:
        path.write_text(json.dumps(json.loads(path.read_text()) | options))

    return altered(f"settings-{name}", what, code, *messages, at="tokenizer_config.json",
                   content=change)


def text(name: str, what: str, code: int, *messages: str, content: Content) -> Case:
    """A text to tokenize."""
    return tokenized(f"text-{name}", what, code, *messages,
                     files={"own": copy(TOKENIZER), "texts.txt": content})


def archive(name: str, what: str, *messages: str, content: Content) -> Case:
    """OpenAI's vocabulary in one file."""
    return Case(f"tokenizers.archive-{name}", what, "pbe-convert",
                ("tokenize", "--tokenizer", "bpe_simple_vocab_16e6.txt.gz", "--input", "texts.txt",
                 "--output", "tokens.jsonl"), BAD_DATA, ("bpe_simple_vocab_16e6.txt.gz", *messages),
                {"texts.txt": "a blue ring\n", "bpe_simple_vocab_16e6.txt.gz": content})


def many_pairs(count: int) -> bytes:
    return b"#version: 0.2\n" + b"b l\n" * count


CASES = [
    tokenized("missing", "a tokenizer that is not there", BAD_DATA, "own", files={}),
    tokenized("empty", "an empty folder", BAD_DATA, "own: holds no tokenizer of CLIP",
              "vocab.json and merges.txt", files={"own": folder}),
    tokenized("web-page", "a web page in the place of the folder", BAD_DATA, "own",
              files={"own": make.WEB_PAGE}),
    broken("no-merges", "no list of pairs", "merges.txt", at="merges.txt", content=removed),
    broken("no-vocabulary", "no numbers of tokens", "vocab.json", at="vocab.json", content=removed),
    broken("vocabulary-empty", "an empty vocabulary", "vocab.json", at="vocab.json", content=b""),
    broken("vocabulary-web-page", "a vocabulary that is a web page", "vocab.json", at="vocab.json",
           content=make.WEB_PAGE),
    broken("vocabulary-list", "a vocabulary that is a list", "vocab.json", at="vocab.json",
           content="[1, 2]"),
    broken("vocabulary-cut", "a vocabulary that is cut short", "vocab.json", at="vocab.json",
           content=cut(200)),
    broken("vocabulary-deep", "a vocabulary of 200,000 lists within one another", "vocab.json",
           at="vocab.json", content=lazily(lambda: make.alternating("[", "]", 200_000).encode())),
    broken("vocabulary-of-nothing", "a vocabulary without tokens", "holds 0 tokens",
           at="vocab.json", content="{}"),
    vocabulary("negative", "a token of a number below zero", "'a'", a=-1),
    vocabulary("huge", "a token of the number 2⁶³ − 1", "'a'", a=2**63 - 1),
    vocabulary("beyond", "a token of the number 2⁶⁴", "'a'", a=2**64),
    vocabulary("fraction", "a token of half a number", "'a'", a=0.5),
    vocabulary("word", "a token whose number is a word", "'a'", a="one"),
    altered("vocabulary-twice", "two tokens of one number, as transformers reads them", FINE,
            at="vocab.json", content=json.dumps(VOCABULARY | {"a": 0})),
    altered("merges-empty", "an empty list of pairs: every letter is a token", FINE,
            at="merges.txt", content=b""),
    broken("merges-web-page", "a list of pairs that is a web page", "merges.txt", at="merges.txt",
           content=make.WEB_PAGE),
    broken("merges-of-three", "a pair of three", "merges.txt: line 2", at="merges.txt",
           content="#version: 0.2\na b c\n"),
    broken("merges-unknown", "a pair that makes no token", "merges.txt", at="merges.txt",
           content="#version: 0.2\nz q\n"),
    broken("merges-no-utf-8", "a list of pairs that is no UTF-8", "merges.txt", at="merges.txt",
           content=b"#version: 0.2\n\xff\xfe a\n"),
    broken("merges-control", "a pair with an escape sequence", "merges.txt", at="merges.txt",
           content="#version: 0.2\n\x1b]0;x\x07 a\n"),
    altered("merges-same", "the same pair 200,000 times", FINE, at="merges.txt",
            content=lazily(many_pairs, 200_000)),
    broken("merges-pipe", "a list of pairs that is a pipe nobody writes into", "merges.txt",
           at="merges.txt", content=instead(pipe), limits=Limits(seconds=9)),
    settings("length-of-nothing", "texts of no tokens", BAD_DATA, "own/tokenizer_config.json",
             "model_max_length", model_max_length=0),
    settings("length-negative", "texts of −1 tokens", BAD_DATA, "own/tokenizer_config.json",
             "model_max_length", model_max_length=-1),
    settings("length-of-words", "a length that is a word", BAD_DATA, "own/tokenizer_config.json",
             "model_max_length", model_max_length="long"),
    settings("length-endless", "texts of as many tokens as transformers writes for no limit", FINE,
             model_max_length=int(1e30)),
    settings("unknown-class", "a tokenizer of another kind", BAD_DATA, "own/tokenizer_config.json",
             "T5Tokenizer", tokenizer_class="T5Tokenizer"),
    settings("unknown-start", "a start that is no token yet and becomes one", FINE,
             bos_token="nowhere"),
    broken("settings-no-json", "settings that are no JSON", "tokenizer_config.json",
           at="tokenizer_config.json", content="{"),
    tokenized("one-file-empty", "an empty tokenizer.json", BAD_DATA, "tokenizer.json",
              files={"own/tokenizer.json": b""}),
    tokenized("one-file-other", "a tokenizer.json of another kind", BAD_DATA, "tokenizer.json",
              files={"own/tokenizer.json": '{"model": {"type": "WordPiece", "vocab": {}}}'}),
    archive("empty", "an empty archive", content=b""),
    archive("no-archive", "an archive that is none", content=b"not gzip\n"),
    archive("cut", "an archive that is cut short", content=gzip.compress(b"a b\n" * 5000,
                                                                         mtime=0)[:40]),
    archive("bomb", "an archive that unpacks to 256 MB",
            content=lazily(lambda: gzip.compress(bytes(1 << 28)))),
    archive("other", "an archive of another text", content=gzip.compress(b"hello\n", mtime=0)),
    text("empty", "a text of no bytes", FINE, "0 lines", content=b""),
    text("no-utf-8", "a text that is no UTF-8", BAD_DATA, "texts.txt", "UTF-8",
         content=b"a\n\xff\xfe\xfd b\n"),
    text("utf-16", "a text in UTF-16", FINE, "1 line", content="a blue ring\n".encode("utf-16")),
    text("nul", "a text of NULs", FINE, content=b"a\0b\n"),
    text("long-line", "a line of 4 MB", FINE, content=lazily(lambda: b"blue ring " * 400_000)),
    text("marks", "a letter under 200,000 marks", FINE,
         content=lazily(lambda: ("a" + "\u0301" * 200_000 + "\n").encode())),
    text("folder", "a folder", BAD_DATA, "texts.txt", "folder", content=folder),
    text("link-to-itself", "a link to itself", BAD_DATA, "texts.txt", "symbolic links",
         content=link("texts.txt")),
]
