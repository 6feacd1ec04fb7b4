"""diffusers: a whole picture from files to file.

    python -m peers.diffusers_picture --model DIR --image FILE --mask FILE --reference FILE
        --output FILE --steps N [--tiny-decoder DIR] [--channels-last] [--compile]
        [--until-first-call]

With a tiny decoder: LCM's steps, without guidance.
"""

import argparse
import os

import numpy
import torch
from diffusers import (
    LCMScheduler,
    PaintByExamplePipeline,
    PNDMScheduler,
    UNet2DConditionModel,
)
from PIL import Image
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from . import modules
from .protocol import Work, serve

SHORT_STEPS = 4


def pipeline(options: argparse.Namespace) -> PaintByExamplePipeline:
    # From its parts: the folder names a library that this version of diffusers no longer looks into.
    folder = options.model
    scheduler = LCMScheduler if options.tiny_decoder else PNDMScheduler
    made = PaintByExamplePipeline(
        vae=modules.autoencoder(folder),
        image_encoder=modules.image_encoder(folder),
        unet=UNet2DConditionModel.from_pretrained(f"{folder}/unet"),
        scheduler=scheduler.from_pretrained(f"{folder}/scheduler"),
        safety_checker=None,
        feature_extractor=CLIPImageProcessorPil.from_pretrained(f"{folder}/feature_extractor"),
        requires_safety_checker=False,
    )
    made.set_progress_bar_config(disable=True)
    modules.use_one_token(made.unet)
    if options.channels_last:
        made.unet.to(memory_format=torch.channels_last)
        made.vae.to(memory_format=torch.channels_last)
    if options.compile:
        made.unet = torch.compile(made.unet)
    return made


def paint(made: PaintByExamplePipeline, options: argparse.Namespace, steps: int, decoder=None) -> None:
    result = made(
        image=Image.open(options.image).convert("RGB"),
        mask_image=Image.open(options.mask).convert("L"),
        example_image=Image.open(options.reference).convert("RGB"),
        num_inference_steps=steps,
        guidance_scale=1.0 if options.tiny_decoder else 5.0,
        generator=torch.Generator().manual_seed(42),
        output_type="latent" if decoder else "pil",
    )
    if decoder is None:
        result.images[0].save(options.output)
        return
    with torch.no_grad():
        save(decoder(result.images), options.output)


def save(decoded: torch.Tensor, file: str) -> None:
    pixels = (decoded[0] / 2 + 0.5).clamp(0, 1).permute(1, 2, 0).numpy()
    Image.fromarray((pixels * 255).round().astype(numpy.uint8)).save(file)


def picture(file: str) -> dict[str, numpy.ndarray]:
    return {"picture": numpy.asarray(Image.open(file), dtype=numpy.float32) / 255}


class PictureWork(Work):
    cases = ["whole", "short"]

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.pipeline = pipeline(options)
        self.decoder = (
            modules.load("tiny-decode", options.tiny_decoder) if options.tiny_decoder else None
        )

    def run(self, case: str):
        steps = SHORT_STEPS if case == "short" else self.options.steps
        paint(self.pipeline, self.options, steps, self.decoder)
        return lambda: picture(self.options.output)


def start(options: argparse.Namespace) -> None:
    """Ends where the network is first called."""
    made = pipeline(options)

    def first_call(*_: object) -> None:
        print("first call", flush=True)
        os._exit(0)

    made.unet.register_forward_pre_hook(first_call)
    paint(made, options, options.steps)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("--model", "--image", "--mask", "--reference", "--output"):
        parser.add_argument(name, required=True)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--tiny-decoder")
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--until-first-call", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    options = arguments()
    start(options) if options.until_first_call else serve(lambda: PictureWork(options))
