"""What the fixtures have in common: the layout of their tensors and how they are written.

Activations are channels-last ([N, H, W, C], tokens [N, T, C]); parameters keep PyTorch's layout.
PyTorch computes in double precision on inputs rounded to single, so that a fixture holds the
right answer to the last digit of a float and not another library's rounding.
"""

import zlib
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

FIXTURES = Path(__file__).parent / "fixtures"
LISTINGS = Path(__file__).parent / "listings"


class Random:
    """Normal numbers from a seed of their own for each name, so that adding one moves no other."""

    def __init__(self, purpose):
        self.generator = torch.Generator().manual_seed(zlib.crc32(purpose.encode()))

    def normal(self, *shape, scale=1.0):
        x = torch.randn(shape, generator=self.generator) * scale
        return x.double()

    def uniform(self, *shape):
        return torch.rand(shape, generator=self.generator).double()

    def integers(self, high, *shape):
        return torch.randint(high, shape, generator=self.generator)


def hashes(name, count):
    """32 mixed bits for each of `count` indices: FNV-1a of the name plus index times 2^32/phi, then
    two rounds of xor-shift and multiplication."""
    key = 0x811C9DC5
    for byte in name.encode():
        key = (key ^ byte) * 0x01000193 % 2**32
    x = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9) + np.uint32(key)
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x21F0AAAD)
    x = (x ^ (x >> np.uint32(15))) * np.uint32(0x735A2D97)
    return x ^ (x >> np.uint32(15))


def hashed(name, count):
    """Floats in [-1, 1) that depend on their name and index alone; exact in single precision."""
    return (hashes(name, count) >> np.uint32(8)).astype(np.float32) / np.float32(2**23) - np.float32(1)


def channels_first(x):
    """[N, H, W, C] → [N, C, H, W]."""
    return x.permute(0, 3, 1, 2)


def channels_last(x):
    """[N, C, H, W] → [N, H, W, C]."""
    return x.permute(0, 2, 3, 1)


def exact(x):
    """A single-precision copy; gradients that are zero but for rounding become zero."""
    x = x.detach().double()
    if (x.abs() < 1e-12).all():
        x = torch.zeros_like(x)
    return x.float().contiguous().clone()


def save(name, tensors):
    """Writes fixtures/NAME.safetensors and says how large it became."""
    FIXTURES.mkdir(exist_ok=True)
    path = FIXTURES / f"{name}.safetensors"
    save_file({key: exact(value) for key, value in sorted(tensors.items())}, path)
    print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size / 1024:.0f} KB")
