"""Opens a model folder that we wrote in diffusers, part by part, and paints the same picture with
both: with the lines of docs/checkpoints.md, which this script runs as they stand there.

    venv/bin/python open_in_diffusers.py my-model runs/mine/checkpoints/latest

Ends with 1 if a part does not load without a remark, or if a picture differs by more than one of
255 levels.
"""

import argparse
import re
import sys
import tempfile
from pathlib import Path

import diffusers
import numpy as np
import torch
import transformers
from diffusers import AutoencoderKL, PNDMScheduler, UNet2DConditionModel
from diffusers.pipelines.deprecated.paint_by_example import PaintByExampleImageEncoder
from PIL import Image

from layout import Random
from programs import REPOSITORY, Programs

PARTS = {
    "unet": UNet2DConditionModel, "vae": AutoencoderKL, "image_encoder": PaintByExampleImageEncoder
}  # fmt: skip
STEPS, SCALE, SEED = 10, 5, 42


def remarks(folder):
    """What is missing, unexpected or misshapen in the parts, and unknown to the scheduler."""
    for name, part in PARTS.items():
        if not (folder / name).exists():
            continue
        _, info = part.from_pretrained(folder, subfolder=name, output_loading_info=True)
        yield from (f"{name}: {kind}: {sorted(found)}" for kind, found in info.items() if found)
    _, unused = PNDMScheduler.from_pretrained(
        folder, subfolder="scheduler", return_unused_kwargs=True
    )
    yield from (f"scheduler: {key}: not known" for key in unused if not ignorable(key))


def ignorable(key):
    """Keys that diffusers writes into this file itself, or other schedulers read."""
    return key.startswith("_") or key == "clip_sample"


def documented_pipeline(folder):
    """The pipeline that the lines in docs/checkpoints.md assemble, of the model in a folder."""
    text = (REPOSITORY / "docs/checkpoints.md").read_text()
    code = re.search(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE).group(1)
    names = {}
    exec(code.replace('"my-model"', repr(str(folder))), names)
    return names["pipeline"]


def pictures(pipeline, work):
    """Writes a picture, a mask and a reference of the model's size; returns their files."""
    factor = 2 ** (len(pipeline.vae.config.block_out_channels) - 1)
    side = pipeline.unet.config.sample_size * factor
    random = Random("open in diffusers")
    mask = np.zeros((side, side), np.uint8)
    mask[side // 4 : side // 2, side // 4 : 3 * side // 4] = 255
    arrays = {
        "image": (random.uniform(side, side, 3) * 255).byte().numpy(),
        "mask": mask,
        "reference": (random.uniform(side, side, 3) * 255).byte().numpy(),
    }
    for name, array in arrays.items():
        Image.fromarray(array).save(work / f"{name}.png")
    return {name: work / f"{name}.png" for name in arrays}


def paint_there(pipeline, files):
    image, mask, reference = (Image.open(file) for file in files.values())
    painted = pipeline(
        image=image, mask_image=mask, example_image=reference, num_inference_steps=STEPS,
        guidance_scale=SCALE, generator=torch.Generator().manual_seed(SEED),
    )  # fmt: skip
    return np.asarray(painted.images[0], np.int16)


def paint_here(model, files, programs, output, *options):
    given = [part for name, file in files.items() for part in (f"--{name}", file)]
    programs(
        "pbe-sample", "--model", model, *given, "--output", output, "--compat", "diffusers",
        "--steps", STEPS, "--scale", SCALE, "--seed", SEED, "--weights", "raw", *options,
    )  # fmt: skip
    return np.asarray(Image.open(output).convert("RGB"), np.int16)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("models", nargs="+", type=Path, help="folders with model_index.json")
    parser.add_argument("--programs", type=Path, default=REPOSITORY / ".build/release")
    options = parser.parse_args()
    programs = Programs(options.programs, threads=1)
    torch.set_num_threads(1)
    for library in (diffusers, transformers):
        library.utils.logging.set_verbosity_error()
        library.utils.logging.disable_progress_bar()
    good = True
    for model in options.models:
        found = list(remarks(model))
        print("\n  ".join([f"{model}: {len(found)} remarks while loading", *found]))
        pipeline = documented_pipeline(model)
        pipeline.set_progress_bar_config(disable=True)
        with tempfile.TemporaryDirectory() as work:
            files = pictures(pipeline, Path(work))
            ours = paint_here(model, files, programs, Path(work) / "out.png")
            difference = np.abs(paint_there(pipeline, files) - ours)
        print(f"  largest difference {difference.max()} of 255, {(difference == 0).mean():.2%} same")
        good &= not found and difference.max() <= 1
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
