"""InceptionV3 as pytorch-fid patches it, with torchvision's names, written from their structure.

No published weights are needed: each is a function of its name (see `hashed`), so that the fixture
holds inputs and features only. Tests/TestSupport/HashedWeights.swift makes the same numbers.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from layout import hashed


class Unit(nn.Module):
    def __init__(self, inputs, outputs, kernel=1, stride=1, padded=True):
        super().__init__()
        kernel = (kernel, kernel) if isinstance(kernel, int) else kernel
        padding = tuple(k // 2 for k in kernel) if padded else 0
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=0.001)

    def forward(self, x):
        return self.bn(self.conv(x)).relu()


def average(x):
    return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)


def maximum(x):
    return F.max_pool2d(x, 3, 1, 1)


def halved(x):
    return F.max_pool2d(x, 3, 2)


class Block(nn.Module):
    """Units by name, and branches as lists of names; a tuple of names stands for several at once."""

    def __init__(self, units, branches):
        super().__init__()
        for name, arguments in units.items():
            self.add_module(name, Unit(*arguments))
        self.branches = branches

    def step(self, x, step):
        if callable(step):
            return step(x)
        if isinstance(step, tuple):
            return torch.cat([self.get_submodule(name)(x) for name in step], 1)
        return self.get_submodule(step)(x)

    def forward(self, x):
        results = []
        for branch in self.branches:
            h = x
            for step in branch:
                h = self.step(h, step)
            results.append(h)
        return torch.cat(results, 1)


def block_a(inputs, pooled):
    return Block(
        {"branch1x1": (inputs, 64), "branch5x5_1": (inputs, 48), "branch5x5_2": (48, 64, 5),
         "branch3x3dbl_1": (inputs, 64), "branch3x3dbl_2": (64, 96, 3),
         "branch3x3dbl_3": (96, 96, 3), "branch_pool": (inputs, pooled)},
        [["branch1x1"], ["branch5x5_1", "branch5x5_2"],
         ["branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"], [average, "branch_pool"]])


def block_b(inputs):
    return Block(
        {"branch3x3": (inputs, 384, 3, 2, False), "branch3x3dbl_1": (inputs, 64),
         "branch3x3dbl_2": (64, 96, 3), "branch3x3dbl_3": (96, 96, 3, 2, False)},
        [["branch3x3"], ["branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"], [halved]])


def block_c(inputs, inner):
    return Block(
        {"branch1x1": (inputs, 192), "branch7x7_1": (inputs, inner),
         "branch7x7_2": (inner, inner, (1, 7)), "branch7x7_3": (inner, 192, (7, 1)),
         "branch7x7dbl_1": (inputs, inner), "branch7x7dbl_2": (inner, inner, (7, 1)),
         "branch7x7dbl_3": (inner, inner, (1, 7)), "branch7x7dbl_4": (inner, inner, (7, 1)),
         "branch7x7dbl_5": (inner, 192, (1, 7)), "branch_pool": (inputs, 192)},
        [["branch1x1"], ["branch7x7_1", "branch7x7_2", "branch7x7_3"],
         [f"branch7x7dbl_{i}" for i in range(1, 6)], [average, "branch_pool"]])


def block_d(inputs):
    return Block(
        {"branch3x3_1": (inputs, 192), "branch3x3_2": (192, 320, 3, 2, False),
         "branch7x7x3_1": (inputs, 192), "branch7x7x3_2": (192, 192, (1, 7)),
         "branch7x7x3_3": (192, 192, (7, 1)), "branch7x7x3_4": (192, 192, 3, 2, False)},
        [["branch3x3_1", "branch3x3_2"], [f"branch7x7x3_{i}" for i in range(1, 5)], [halved]])


def block_e(inputs, pooling):
    return Block(
        {"branch1x1": (inputs, 320), "branch3x3_1": (inputs, 384),
         "branch3x3_2a": (384, 384, (1, 3)), "branch3x3_2b": (384, 384, (3, 1)),
         "branch3x3dbl_1": (inputs, 448), "branch3x3dbl_2": (448, 384, 3),
         "branch3x3dbl_3a": (384, 384, (1, 3)), "branch3x3dbl_3b": (384, 384, (3, 1)),
         "branch_pool": (inputs, 192)},
        [["branch1x1"], ["branch3x3_1", ("branch3x3_2a", "branch3x3_2b")],
         ["branch3x3dbl_1", "branch3x3dbl_2", ("branch3x3dbl_3a", "branch3x3dbl_3b")],
         [pooling, "branch_pool"]])


class Inception(nn.Module):
    """[N, 3, 299, 299] in [-1, 1] to [N, 2048]; `fc` is there for its name alone."""

    def __init__(self):
        super().__init__()
        self.Conv2d_1a_3x3 = Unit(3, 32, 3, 2, False)
        self.Conv2d_2a_3x3 = Unit(32, 32, 3, 1, False)
        self.Conv2d_2b_3x3 = Unit(32, 64, 3)
        self.Conv2d_3b_1x1 = Unit(64, 80)
        self.Conv2d_4a_3x3 = Unit(80, 192, 3, 1, False)
        self.Mixed_5b = block_a(192, 32)
        self.Mixed_5c = block_a(256, 64)
        self.Mixed_5d = block_a(288, 64)
        self.Mixed_6a = block_b(288)
        self.Mixed_6b = block_c(768, 128)
        self.Mixed_6c = block_c(768, 160)
        self.Mixed_6d = block_c(768, 160)
        self.Mixed_6e = block_c(768, 192)
        self.Mixed_7a = block_d(768)
        self.Mixed_7b = block_e(1280, average)
        self.Mixed_7c = block_e(2048, maximum)
        self.fc = nn.Linear(2048, 1008)

    def forward(self, x):
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = halved(self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(halved(x))))
        for name, block in self.named_children():
            if name.startswith("Mixed"):
                x = block(x)
        return x.mean((2, 3))


def load_hashed_weights(network):
    """He's uniform numbers for convolutions, normalisations that are off their defaults."""
    ranges = {"bn.weight": (1, 0.2), "bn.bias": (0, 0.1), "bn.running_mean": (0, 0.2),
              "bn.running_var": (1, 0.3)}
    for name, value in network.state_dict().items():
        if name.startswith("fc.") or name.endswith("num_batches_tracked"):
            continue
        numbers = hashed(name, value.numel())
        if name.endswith("conv.weight"):
            numbers = numbers * np.float32((6 / value[0].numel()) ** 0.5)
        else:
            middle, spread = ranges[".".join(name.split(".")[-2:])]
            numbers = np.float32(middle) + np.float32(spread) * numbers
        value.copy_(torch.from_numpy(numbers).reshape(value.shape))
    return network
