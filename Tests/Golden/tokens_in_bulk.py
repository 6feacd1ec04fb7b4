"""Compares `pbe-convert tokenize` with transformers' fast CLIP tokenizer on many texts.

    pip install transformers==5.24.0 && pip install --no-deps clip-anytorch
    python tokens_in_bulk.py .build/release/pbe-convert [COUNT]

With CLIP's own vocabulary, which clip-anytorch ships: as Stable Diffusion's folder, as a folder that
transformers 5 saved, and as OpenAI's file; and with the made-up ones of text.py. COUNT lines (100000)
of every script and of characters of all planes, padded and not.
"""

import gzip
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from transformers import CLIPTokenizer
from transformers.utils import logging

from texts import HARD, lines

FIXTURES = Path(__file__).parent / "fixtures/text"
START, END = "<|startoftext|>", "<|endoftext|>"


def byte_symbols():
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    symbols = {byte: chr(byte) for byte in printable}
    for byte in range(256):
        symbols.setdefault(byte, chr(0x100 + len(symbols) - len(printable)))
    return list(symbols.values())


def openai_file():
    package = importlib.util.find_spec("clip").submodule_search_locations[0]
    return Path(package) / "bpe_simple_vocab_16e6.txt.gz"


def stable_diffusion(folder):
    """The published tokenizer/ of Stable Diffusion, made of OpenAI's file."""
    folder.mkdir()
    with gzip.open(openai_file()) as file:
        merges = file.read().decode().split("\n")[1:49152 - 256 - 2 + 1]
    symbols = byte_symbols()
    tokens = [*symbols, *(s + "</w>" for s in symbols), *(m.replace(" ", "") for m in merges)]
    numbers = {token: i for i, token in enumerate([*tokens, START, END])}
    (folder / "vocab.json").write_text(json.dumps(numbers))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")

    def token(content):
        return dict(content=content, lstrip=False, normalized=True, rstrip=False, single_word=False)

    names = dict(bos_token=token(START), eos_token=token(END), unk_token=token(END), pad_token=END)
    (folder / "special_tokens_map.json").write_text(json.dumps(names))
    typed = {key: {"__type": "AddedToken"} | value if isinstance(value, dict) else value
             for key, value in names.items()}
    more = dict(add_prefix_space=False, do_lower_case=True, errors="replace", model_max_length=77,
                tokenizer_class="CLIPTokenizer")
    (folder / "tokenizer_config.json").write_text(json.dumps(typed | more))
    return CLIPTokenizer.from_pretrained(folder)


def compare(program, place, tokenizer, texts, work, padded):
    (work / "lines.txt").write_bytes("".join(text + "\n" for text in texts).encode())
    flags = [] if padded else ["--unpadded"]
    start = time.time()
    subprocess.run(
        [program, "tokenize", "--tokenizer", place, "--input", work / "lines.txt",
         "--output", work / "tokens.jsonl", *flags], check=True)
    seconds = time.time() - start
    options = dict(padding="max_length", truncation=True) if padded else {}
    expected = tokenizer(texts, **options).input_ids
    found = [json.loads(line) for line in (work / "tokens.jsonl").read_text().splitlines()]
    assert len(found) == len(expected), (len(found), len(expected))
    wrong = [i for i in range(len(texts)) if found[i] != expected[i]]
    print(f"{place}: {len(wrong)} of {len(texts)} differ, {seconds:.1f} s", flush=True)
    for i in wrong[:8]:
        print("  ", ascii(texts[i]), found[i][:20], list(expected[i])[:20])
    return not wrong


def main(program, count):
    logging.set_verbosity_error()
    texts = HARD + lines(count - len(HARD), seed=20)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        published = stable_diffusion(work / "tokenizer")
        published.save_pretrained(work / "saved")
        unpadded = [t for t in texts if "text|>" not in t.lower()]  # OpenAI's has no such rules
        good = [
            compare(program, work / "tokenizer", published, texts, work, True),
            compare(program, work / "tokenizer", published, texts, work, False),
            compare(program, work / "saved", CLIPTokenizer.from_pretrained(work / "saved"), texts,
                    work, True),
            compare(program, openai_file(), published, unpadded, work, False),
        ]
        for name in ("plain", "shuffled", "unified"):
            tokenizer = CLIPTokenizer.from_pretrained(FIXTURES / name)
            good.append(compare(program, FIXTURES / name, tokenizer, texts, work, True))
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100_000)
