"""OpenVINO: a whole picture from files to file, every network compiled, diffusers' sampler.

    python -m peers.openvino_picture --model DIR --image FILE --mask FILE --reference FILE
        --output FILE --steps N --cache DIR [--tiny-decoder DIR] [--precision bf16]

With a tiny decoder: LCM's steps, without guidance.
"""

import argparse
from pathlib import Path

import numpy
import torch
from diffusers import LCMScheduler, PNDMScheduler
from diffusers.pipelines.deprecated.paint_by_example.pipeline_paint_by_example import (
    prepare_mask_and_masked_image,
)
from PIL import Image
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from .diffusers_picture import SHORT_STEPS, picture, save
from .openvino_models import compiled, details, exported
from .protocol import Work, serve

SCALE = 5.0
LATENT_SCALE = 0.18215


class PictureWork(Work):
    cases = ["whole", "short"]

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.processor = CLIPImageProcessorPil.from_pretrained(f"{options.model}/feature_extractor")
        self.is_guided = options.tiny_decoder is None
        scheduler = PNDMScheduler if self.is_guided else LCMScheduler
        self.scheduler = scheduler.from_pretrained(f"{options.model}/scheduler")
        width, height = Image.open(options.image).size
        pixels = self.pixels().shape[-1]
        latents = torch.zeros(2 if self.is_guided else 1, 9, height // 8, width // 8)
        # What each is made for; the UNet's condition is as wide as the image encoder makes it.
        self.condition = self.network("condition", [torch.zeros(1, 3, pixels, pixels)])
        context = torch.zeros(tuple(self.condition.output(0).shape))[: len(latents)]
        self.unet = self.network("unet", [latents, torch.tensor(1), context])
        self.details = details(self.unet)
        self.encoder = self.network("vae-encode", [torch.zeros(1, 3, height, width)])
        self.decoder = (
            self.network("vae-decode", [latents[:1, :4]]) if self.is_guided
            else self.network("tiny-decode", [latents[:1, :4]], options.tiny_decoder)
        )

    def network(self, name: str, example: list[torch.Tensor], folder: str | None = None):
        file = exported(name, folder or self.options.model, example, Path(self.options.cache))
        return compiled(file, self.options.precision)

    def pixels(self) -> torch.Tensor:
        reference = Image.open(self.options.reference).convert("RGB")
        return self.processor(images=reference, return_tensors="pt").pixel_values

    def run(self, case: str):
        self.paint(SHORT_STEPS if case == "short" else self.options.steps)
        return lambda: picture(self.options.output)

    def paint(self, steps: int) -> None:
        random = torch.Generator().manual_seed(42)
        image = Image.open(self.options.image).convert("RGB")
        mask, masked = prepare_mask_and_masked_image(
            image, Image.open(self.options.mask).convert("L")
        )
        context = self.condition([self.pixels().numpy()])[0]
        context = context if self.is_guided else context[1:]
        shape = (1, 4, image.height // 8, image.width // 8)
        latents = torch.randn(shape, generator=random) * self.scheduler.init_noise_sigma
        mask = torch.nn.functional.interpolate(mask, size=shape[2:])
        hidden = self.encode(masked, random)
        self.scheduler.set_timesteps(steps)
        for timestep in self.scheduler.timesteps:
            predicted = self.predict(torch.cat([latents, hidden, mask], dim=1), timestep, context)
            latents = self.step(predicted, timestep, latents, random)
        # A tiny decoder takes latents as the UNet has them.
        scaled = latents / LATENT_SCALE if self.is_guided else latents
        save(torch.from_numpy(self.decoder([scaled.numpy()])[0]), self.options.output)

    def predict(self, sample: torch.Tensor, timestep, context: numpy.ndarray) -> torch.Tensor:
        sample = sample.repeat(len(context), 1, 1, 1).numpy()
        found = torch.from_numpy(self.unet([sample, numpy.array(int(timestep)), context])[0])
        return found[:1] + SCALE * (found[1:] - found[:1]) if self.is_guided else found

    def step(self, predicted, timestep, latents, random: torch.Generator) -> torch.Tensor:
        if self.is_guided:
            return self.scheduler.step(predicted, timestep, latents).prev_sample
        return self.scheduler.step(predicted, timestep, latents, generator=random).prev_sample

    def encode(self, masked: torch.Tensor, random: torch.Generator) -> torch.Tensor:
        mean, logarithm = torch.from_numpy(self.encoder([masked.numpy()])[0]).chunk(2, dim=1)
        noise = torch.randn(mean.shape, generator=random)
        return (mean + torch.exp(0.5 * logarithm.clamp(-30, 20)) * noise) * LATENT_SCALE


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("--model", "--image", "--mask", "--reference", "--output", "--cache"):
        parser.add_argument(name, required=True)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--tiny-decoder")
    parser.add_argument("--precision", default="fp32", choices=["fp32", "bf16"])
    options = parser.parse_args()
    serve(lambda: PictureWork(options))
