"""PyTorch's CPU generator: draws in a row from one seed.

Each seed's draws are uniforms (u) and normals (n) of the shapes below, in this order: sizes around
the blocks of 16 and odd numbers of scalars between them, so that the kept second number shows.
"""

import torch

from layout import save

SEEDS = (0, 1, 42, 2**32 - 1, 2**32, 2**32 + 5, 2**63, 2**64 - 1, -7)
DRAWS = (
    "n:", "n:0x4", "n:1", "n:3", "u:5", "n:2x2", "n:16", "n:1", "n:17", "n:15", "u:", "n:31",
    "n:5x7", "n:3", "n:1x4x8x8", "n:7", "u:3x40", "n:20x33", "n:1",
)


def shape(draw):
    return [int(size) for size in draw[2:].split("x") if size]


def generate():
    tensors = {}
    for seed in SEEDS:
        generator = torch.Generator().manual_seed(seed)
        for index, draw in enumerate(DRAWS):
            function = torch.rand if draw[0] == "u" else torch.randn
            values = function(shape(draw), generator=generator)
            tensors[f"{seed % 2**64}/{index:02}/{draw}"] = values
    save("torch_generator", tensors)
