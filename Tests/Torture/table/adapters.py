"""Adapters (LoRA) that are none, that lie or want too much, and what follows --lora."""

from __future__ import annotations

import json
import struct

from . import builders as make
from .case import BAD_DATA, USAGE, FINE, Case, Content
from .contents import folder, lazily
from .programs import OUTPUT, paint

MODULE = "unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_v"
WIDTH = 192
LORA = ("--lora", "own.safetensors")


def adapted(name: str, what: str, code: int, *messages: str, content: Content,
            lora: tuple[str, ...] = LORA, **rest: object) -> Case:
    """Paints with the shipped model, merged with a file of adapters."""
    return paint(f"adapters.{name}", what, code, *messages, options=lora,
                 files={"own.safetensors": content}, **rest)


def factors(*, a: str = f"{MODULE}.lora_A.weight", b: str = f"{MODULE}.lora_B.weight",
            width: int = WIDTH, rank: int = 2, value: float = 0.01,
            more: dict[str, tuple[str, list[int], bytes]] = {}) -> bytes:
    """A file of one adapter, and what else is to be in it."""
    def filled(count: int) -> bytes:
        return struct.pack("<f", value) * count

    return make.safetensors_of({
        a: ("F32", [rank, width], filled(rank * width)),
        b: ("F32", [WIDTH, rank], filled(rank * WIDTH)),
    } | more)


def many_patterns() -> bytes:
    """Metadata of a hundred thousand factors, for thousands of modules."""
    pattern = {f"m{i}.to_v": 1 for i in range(100_000)}
    metadata = {"lora_adapter_metadata": json.dumps({"unet.alpha_pattern": pattern})}
    header = {"__metadata__": metadata}
    for i in range(20_000):
        header[f"m{i}.lora_A.weight"] = make.tensor([1, 0], 0, 0)
        header[f"m{i}.lora_B.weight"] = make.tensor([0, 1], 0, 0)
    return make.safetensors(header)


ONE = ("F32", [], struct.pack("<f", 1.0))
CASES = [
    adapted("whole", "adapters as diffusers writes them", FINE, content=factors(),
            leaves=(OUTPUT,)),
    adapted("missing", "adapters that are not there", BAD_DATA, "gone.safetensors", "no such file",
            content=factors(), lora=("--lora", "gone.safetensors")),
    adapted("weight", "a weight that is no finite number", USAGE, "--lora",
            content=factors(), lora=("--lora", "own.safetensors:inf")),
    adapted("folder", "a folder without adapters", BAD_DATA, "holds no adapters",
            content=folder),
    adapted("text", "a text instead of adapters", BAD_DATA, "own.safetensors",
            content="adapters"),
    adapted("empty", "a file of no tensors", BAD_DATA, "holds no adapters",
            content=make.safetensors({})),
    adapted("model", "a tensor of a model", BAD_DATA, "not a file of adapters",
            content=make.safetensors_of({"conv_in.weight": ONE})),
    adapted("half", "one factor of two", BAD_DATA, "one of the two factors",
            content=make.safetensors_of({f"{MODULE}.lora_A.weight": ("F32", [1, 2], bytes(8))})),
    adapted("size", "adapters of a larger model", BAD_DATA, "made for another model",
            content=factors(width=320)),
    adapted("stranger", "adapters of modules that the model lacks", BAD_DATA,
            "none of its modules is part of this model",
            content=factors(a="unet.x.lora_A.weight", b="unet.x.lora_B.weight")),
    adapted("nan", "adapters of a training that diverged", BAD_DATA, "NaN or infinity",
            content=factors(value=float("nan"))),
    adapted("method", "another method than LoRA", BAD_DATA, "DoRA", content=factors(
        more={f"{MODULE}.dora_scale": ONE})),
    adapted("alpha", "an alpha of several numbers", BAD_DATA, "one finite number", content=factors(
        a=f"{MODULE}.lora_down.weight", b=f"{MODULE}.lora_up.weight",
        more={f"{MODULE}.alpha": ("F32", [2], bytes(8))})),
    adapted("rank", "adapters of rank 0", BAD_DATA, "one of the two factors", content=factors(
        rank=0)),
    adapted("patterns", "very many factors by pattern", BAD_DATA, "own.safetensors",
            content=lazily(many_patterns)),
    adapted("escape", "a name with escape sequences", BAD_DATA, "not a file of adapters",
            content=make.safetensors_of({"\x1b]0;gone\x07": ONE})),
]
