"""Compares pbe-sample with the reference implementations at any size, up to the published one.

    swift build -c release --product pbe-sample
    venv/bin/python parity.py --size medium            a random model of 256 x 256 pictures
    venv/bin/python parity.py --full                   one of the published size
    venv/bin/python parity.py --model DIR --image room.png --mask mask.png --reference chair.png

Prints the largest difference and the share of identical bytes, and how many bytes the reference
itself moves when its starting noise changes by 1e-5. Ends with 1 where a picture is further off
than 1/255 or fewer than 99.5 % of its bytes are identical.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from PIL import Image

import pipeline

ROOT = Path(__file__).resolve().parents[2]
SIZES = {"small": pipeline.SMALL, "medium": pipeline.MEDIUM, "full": pipeline.FULL}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", type=Path, default=ROOT / ".build/release/pbe-sample")
    parser.add_argument("--size", choices=SIZES, default="small", help="of a random model")
    parser.add_argument("--full", action="store_const", const="full", dest="size")
    parser.add_argument("--model", type=Path, help="a model folder instead of a random one")
    parser.add_argument("--image", type=Path)
    parser.add_argument("--mask", type=Path)
    parser.add_argument("--reference", type=Path)
    parser.add_argument("--compat", choices=pipeline.PAINT, nargs="+", default=pipeline.PAINT)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--scale", type=float, default=5)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--sampler", choices=pipeline.SCHEDULERS, default="plms")
    parser.add_argument("--eta", type=float, default=0.0)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def inputs(options, folder):
    """Files of source, mask and reference: the given ones, or drawn ones."""
    given = [options.image, options.mask, options.reference]
    if all(given):
        return given
    side = SIZES[options.size]["sample"]
    drawn = {
        "source": pipeline.photo(side, side, 1), "mask": pipeline.hole(side, side),
        "reference": pipeline.photo(300, 410, 4),
    }  # fmt: skip
    for name, picture in drawn.items():
        picture.save(folder / f"{name}.png")
    return [folder / f"{name}.png" for name in drawn]


def ours(options, model, files, compat, output):
    source, mask, reference = files
    command = [
        options.program, "--model", model, "--image", source, "--mask", mask, "--reference",
        reference, "--output", output, "--compat", compat, "--steps", options.steps, "--scale",
        options.scale, "--seed", options.seed, "--sampler", options.sampler, "--eta", options.eta,
        "--threads", options.threads,
    ]  # fmt: skip
    subprocess.run([str(part) for part in command], check=True)
    return Image.open(output)


def compare(a, b):
    """Largest difference, share of equal bytes."""
    a, b = np.array(a).astype(int), np.array(b).astype(int)
    assert a.shape == b.shape, f"{a.shape} and {b.shape}"
    return abs(a - b).max(), (a == b).mean()


def moved(paint):
    """The same picture from noise of which every draw is moved by 1e-5."""
    drawn = torch.randn

    def randn(*shape, **options):
        noise = drawn(*shape, **options)
        return noise + 1e-5 * drawn(noise.shape, generator=torch.Generator().manual_seed(0))

    with mock.patch("torch.randn", randn):
        return paint()


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        if options.model:
            model, parts = options.model, pipeline.load_parts(options.model)
        else:
            model, parts = folder / "model", pipeline.random_parts(SIZES[options.size])
            pipeline.save_parts(parts, model)
        files = inputs(options, folder)
        pictures = [Image.open(file) for file in files]
        for compat in options.compat:
            def paint():
                return pipeline.PAINT[compat](
                    parts, *pictures, seed=options.seed, steps=options.steps,
                    scale=options.scale, sampler=options.sampler, eta=options.eta,
                )  # fmt: skip

            expected = paint()
            worst, equal = compare(ours(options, model, files, compat, folder / "o.png"), expected)
            own_worst, own_equal = compare(moved(paint), expected)
            print(
                f"{compat}: off by at most {worst}, {equal:.3%} of the bytes identical; "
                f"the reference from moved noise: {own_worst}, {own_equal:.3%}"
            )
            failed = failed or worst > 1 or equal < 0.995
    sys.exit(int(failed))


if __name__ == "__main__":
    main()
