"""Texts: the tokens of transformers' CLIP tokenizer with made-up vocabularies, and small text towers.

CLIP's own vocabulary is too large for this repository: tokens_in_bulk.py compares with it.
"""

import json
import random
import shutil
from collections import Counter

import torch
from tokenizers import AddedToken
from transformers import (
    CLIPModel, CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer,
)

from layout import FIXTURES, Random, save
from modules import randomise, record
from texts import HARD

FOLDER = FIXTURES / "text"
START, END = "<|startoftext|>", "<|endoftext|>"


def byte_symbols():
    """The character of each byte, in the order of OpenAI's vocabulary."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    symbols = {byte: chr(byte) for byte in printable}
    for byte in range(256):
        symbols.setdefault(byte, chr(0x100 + len(symbols) - len(printable)))
    return symbols


def pairs(word):
    return list(zip(word, word[1:]))


def merges(count):
    """The most frequent pairs of the hard strings' words, of equal ones the first by name; no two make
    the same token."""
    symbols = byte_symbols()
    words = Counter()
    for text in HARD:
        for piece in text.lower().split():
            word = [symbols[byte] for byte in piece.encode("utf-8", "ignore")]
            words[(*word[:-1], word[-1] + "</w>")] += 1
    found = []
    while len(found) < count:
        counts = Counter()
        for word, times in words.items():
            for pair in pairs(word):
                counts[pair] += times
        made = {START, END, "<pad>"} | {"".join(pair) for pair in found}
        counts = {pair: n for pair, n in counts.items() if "".join(pair) not in made}
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        found.append(best)
        joined = Counter()
        for word, times in words.items():
            parts, i = [], 0
            while i < len(word):
                whole = word[i:i + 2] == best
                parts.append("".join(best) if whole else word[i])
                i += 2 if whole else 1
            joined[tuple(parts)] += times
        words = joined
    return found


def write_tokenizer(name, vocabulary, ranks, configuration, names):
    folder = FOLDER / name
    folder.mkdir(parents=True)
    numbers = {token: i for i, token in enumerate(vocabulary)}
    (folder / "vocab.json").write_text(json.dumps(numbers, ensure_ascii=False))
    lines = ["#version: 0.2", *(" ".join(pair) for pair in ranks)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n")
    if configuration:
        (folder / "tokenizer_config.json").write_text(json.dumps(configuration, indent=2))
    if names:
        (folder / "special_tokens_map.json").write_text(json.dumps(names, indent=2))
    return CLIPTokenizer.from_pretrained(folder)


def token(content, normalized, **more):
    flags = dict(lstrip=False, rstrip=False, single_word=False) | more
    return dict(content=content, normalized=normalized, **flags)


def tokenizers():
    """Stable Diffusion's files; merges in an order in which no training makes them, bytes that are
    missing, and special tokens of all kinds; one that transformers 5 saved."""
    bytes_ = list(byte_symbols().values())
    learnt = merges(400)
    vocabulary = bytes_ + [b + "</w>" for b in bytes_] + ["".join(pair) for pair in learnt]
    special = dict(
        bos_token=token(START, True), eos_token=token(END, True), unk_token=token(END, True),
        pad_token=END)
    plain = write_tokenizer(
        "plain", [*vocabulary, START, END], learnt,
        dict(model_max_length=77, tokenizer_class="CLIPTokenizer", pad_token=END), special)
    shuffled = random.Random(1).sample(learnt, len(learnt))
    used = {t for pair in shuffled for t in pair}
    missing = set([t for t in vocabulary[:512] if t not in used][::3])
    odd = [START, *(t for t in vocabulary if t not in missing), END, "<pad>"]
    decoder = {
        "0": token(START, True) | {"special": True},
        str(len(odd) - 2): token(END, False) | {"special": True},
        str(len(odd) - 1): token("<pad>", False) | {"special": True},
        str(len(odd)): token("<Sks>", True, lstrip=True) | {"special": False},
        str(len(odd) + 1): token("<Toy>", False, rstrip=True, single_word=True) | {"special": False},
    }
    other = write_tokenizer(
        "shuffled", odd, shuffled,
        dict(model_max_length=12, tokenizer_class="CLIPTokenizer", pad_token="<pad>",
             bos_token=START, eos_token=END, unk_token=END, added_tokens_decoder=decoder), None)
    saved = CLIPTokenizer(
        vocab={t: i for i, t in enumerate([*vocabulary, START, END])}, merges=learnt,
        model_max_length=77)
    saved.add_tokens([AddedToken("<cat-toy>", normalized=True)])
    saved.save_pretrained(FOLDER / "unified")
    unified = CLIPTokenizer.from_pretrained(FOLDER / "unified")
    return {"plain": plain, "shuffled": other, "unified": unified}


def write_tokens():
    made = tokenizers()
    cases = []
    for text in HARD:
        case = {"text": text}
        for name, tokenizer in made.items():
            case[name] = tokenizer(text).input_ids
        cases.append(case)
    lines = [json.dumps(case) for case in cases]
    (FOLDER / "tokens.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
    print(f"tokens.json: {len(cases)} texts")


def text_name(key):
    """transformers 5 dropped the level `text_model` that every published checkpoint has."""
    own = key.startswith(("text_model.", "text_projection."))
    return key if own else "text_model." + key


def config(activation, end, **changes):
    sizes = dict(
        vocab_size=24, hidden_size=16, intermediate_size=24, num_hidden_layers=3,
        num_attention_heads=2, max_position_embeddings=9, projection_dim=10)
    return CLIPTextConfig(
        hidden_act=activation, bos_token_id=22, eos_token_id=end, pad_token_id=1,
        **(sizes | changes))


TOKENS = torch.tensor([[22, 3, 3, 7, 23, 23, 23, 23], [22, 11, 23, 0, 0, 0, 23, 5]])


def towers():
    """Both activations and both rules for where a text ends."""
    for activation, end in (("quick_gelu", 2), ("gelu", 23)):
        name = f"text_{activation}"
        module = randomise(CLIPTextModel(config(activation, end)), name)
        result = module(TOKENS)
        outputs = {"states": result.last_hidden_state, "pooled": result.pooler_output}
        save(name, record(module, {"tokens": TOKENS}, outputs, name, text_name))


def openai(model):
    """A text tower of transformers as OpenAI's state dict has it, with a little of the rest."""
    state = {text_name(key): value for key, value in model.state_dict().items()}
    place = "text_model."
    result = {
        "token_embedding.weight": state[place + "embeddings.token_embedding.weight"],
        "positional_embedding": state[place + "embeddings.position_embedding.weight"],
        "text_projection": state["text_projection.weight"].T.contiguous(),
        "logit_scale": torch.tensor(4.6052), "visual.proj": torch.zeros(8, 8),
        "visual.class_embedding": torch.zeros(8), "input_resolution": torch.tensor(32),
        "context_length": torch.tensor(9), "vocab_size": torch.tensor(24),
    }
    for leaf in ("weight", "bias"):
        result[f"ln_final.{leaf}"] = state[f"{place}final_layer_norm.{leaf}"]
        for i in range(model.config.num_hidden_layers):
            ours, theirs = f"{place}encoder.layers.{i}", f"transformer.resblocks.{i}"
            result[f"{theirs}.attn.in_proj_{leaf}"] = torch.cat(
                [state[f"{ours}.self_attn.{kind}_proj.{leaf}"] for kind in "qkv"])
            for a, b in [("self_attn.out_proj", "attn.out_proj"), ("layer_norm1", "ln_1"),
                         ("layer_norm2", "ln_2"), ("mlp.fc1", "mlp.c_fc"),
                         ("mlp.fc2", "mlp.c_proj")]:
                result[f"{theirs}.{b}.{leaf}"] = state[f"{ours}.{a}.{leaf}"]
    return result


def write_encoders():
    """The folders that transformers writes, and OpenAI's file; heads of 64, as the latter has them."""
    sizes = dict(hidden_size=64, num_attention_heads=1)
    model = CLIPTextModelWithProjection(config("quick_gelu", 2, **sizes))
    randomise(model, "text with projection")
    features = model(TOKENS).text_embeds
    states = model.text_model(TOKENS).last_hidden_state
    model.half().save_pretrained(FOLDER / "clip_text")
    model.text_model.save_pretrained(FOLDER / "text_encoder")
    torch.save(openai(model), FOLDER / "openai.pt")
    model.double()
    tensors = {"tokens": TOKENS, "features": model(TOKENS).text_embeds,
               "states": model.text_model(TOKENS).last_hidden_state}
    assert (tensors["features"] - features).abs().max() < 0.01
    assert (tensors["states"] - states).abs().max() < 0.01
    both = CLIPModel.from_pretrained(FIXTURES / "encoders/clip").double()
    short = torch.tensor([[1, 5, 15, 15], [1, 15, 0, 0], [1, 7, 9, 3]])
    pooled = both.text_model(short).pooler_output
    save("text/encoders", tensors | {
        "clip/tokens": short, "clip/features": both.text_projection(pooled),
        "clip/logit_scale": both.logit_scale})


def generate():
    shutil.rmtree(FOLDER, ignore_errors=True)
    write_tokens()
    towers()
    write_encoders()
