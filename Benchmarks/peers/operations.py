"""Floating-point operations of each network, counted from shapes by PyTorch, without weights.

    python -m peers.operations MODEL SMALL

MODEL and SMALL are model folders; prints GFLOP by name as JSON. The plain algorithms are counted:
neither Winograd's savings nor what a guidance pair shares, but attention to one token as what it is.
"""

import json
import sys
from collections.abc import Callable

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.pipelines.deprecated.paint_by_example import PaintByExampleImageEncoder
from torch.utils.flop_counter import FlopCounterMode

from .modules import use_one_token


def unet(folder: str) -> UNet2DConditionModel:
    made = UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(f"{folder}/unet"))
    use_one_token(made)
    return made


def call(made: UNet2DConditionModel, count: int, side: int) -> torch.Tensor:
    context = torch.zeros(count, 1, made.config.cross_attention_dim)
    sample = torch.zeros(count, made.config.in_channels, side, side)
    return made(sample, torch.zeros(count), context, return_dict=False)[0]


def counted(body: Callable[[], object]) -> float:
    with FlopCounterMode(display=False) as counter:
        body()
    return counter.get_total_flops() / 1e9


def main(full: str, small: str) -> dict[str, float]:
    with torch.device("meta"):
        network, little = unet(full), unet(small)
        vae = AutoencoderKL.from_config(AutoencoderKL.load_config(f"{full}/vae"))
        encoder = PaintByExampleImageEncoder(
            PaintByExampleImageEncoder.config_class.from_pretrained(f"{full}/image_encoder")
        ).model
        size = encoder.config.image_size
        result = {
            "vae-decode": counted(lambda: vae.decode(torch.zeros(1, 4, 64, 64))),
            "vae-encode": counted(lambda: vae.encode(torch.zeros(1, 3, 512, 512))),
            "image-encoder": counted(lambda: encoder(torch.zeros(1, 3, size, size))),
        }
        with torch.no_grad():
            for side in (32, 64, 96):
                result[f"unet-{side}"] = counted(lambda: call(network, 2, side))
        for name, made, count, side in (
            ("training-small-16", little, 16, 16),
            ("training-small-32", little, 16, 32),
            ("training-full-64", network, 1, 64),
            ("training-full-32", network, 1, 32),
        ):
            result[name] = counted(lambda: call(made, count, side).sum().backward())
        return result


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
