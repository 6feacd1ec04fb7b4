"""Blends by SciPy's direct solver: Tests/Golden/fixtures/poisson.safetensors.

    python3 -m venv venv && venv/bin/pip install numpy==2.3.5 scipy==1.17.1 safetensors==0.7.0 torch
    venv/bin/python poisson.py

Pictures and masks are functions of their position; PoissonTests.swift makes the same.
"""

import numpy as np
import torch
from scipy.sparse import lil_matrix
from scipy.sparse.linalg import spsolve

from layout import hashes, save

WIDTH, HEIGHT = 61, 47


def picture(name):
    """As `Hashed.picture` of TestSupport."""
    y, x, c = np.mgrid[:HEIGHT, :WIDTH, :3]
    slope = 192 * (x * (c + 1) + y * (3 - c)) // (3 * (WIDTH + HEIGHT))
    noise = (hashes(f"picture {name}", WIDTH * HEIGHT * 3) >> np.uint32(26)).reshape(slope.shape)
    return (slope + noise).astype(float)


def masks():
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    ellipse = (x - 30) ** 2 * 4 + (y - 22) ** 2 * 9 < 2000
    return {
        "ellipse": ellipse,
        # A ring, a single pixel, and parts on the picture's left and lower edges and in a corner.
        "several": (ellipse & ~((x - 30) ** 2 + (y - 22) ** 2 < 30)) | ((x == 3) & (y == 3))
        | ((x < 5) & (y > 10)) | ((x > 40) & (y > 38) & (x + y > 90)) | ((x > 57) & (y < 4)),
        "almost all": ~((x == 20) & (y == 30)),
        "one pixel": (x == 0) & (y == 0),
    }  # fmt: skip


def blend(background, pasted, inside, known):
    number = np.full(inside.shape, -1)
    number[inside] = np.arange(inside.sum())
    matrix, right = lil_matrix((inside.sum(), inside.sum())), np.zeros((inside.sum(), 3))
    for y, x in np.argwhere(inside):
        i = number[y, x]
        for ny, nx in [(y, x + 1), (y, x - 1), (y + 1, x), (y - 1, x)]:
            if not (0 <= ny < HEIGHT and 0 <= nx < WIDTH):
                continue
            matrix[i, i] += 1
            if known[y, x] and known[ny, nx]:
                right[i] += pasted[y, x] - pasted[ny, nx]
            if inside[ny, nx]:
                matrix[i, number[ny, nx]] -= 1
            else:
                right[i] += background[ny, nx]
    result = background.copy()
    result[inside] = spsolve(matrix.tocsr(), right).reshape(-1, 3)
    return result


if __name__ == "__main__":
    background, pasted = picture("background"), picture("pasted")[:, ::-1]
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    tensors = {}
    for name, inside in masks().items():
        box = (x >= 20) & (x < 44) & (y >= 14)
        for kind, known in [("all", np.ones_like(inside)), ("box", box)]:
            result = blend(background, pasted, inside, known)
            tensors[f"{name}/{kind}"] = torch.from_numpy(result[inside])
    save("poisson", tensors)
