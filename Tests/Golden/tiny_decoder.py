"""diffusers' AutoencoderTiny: a small one's folder, what it makes of latents, and gradients of its decoder."""

import shutil

import torch
from diffusers import AutoencoderTiny

from layout import FIXTURES, Random, channels_first, channels_last, save
from modules import randomise

FOLDER = FIXTURES / "tiny_decoder"
KEYS = ("layers.0.weight", "layers.2.conv.2.bias", "layers.5.weight", "layers.10.weight")


def small():
    """Three levels: latents are four times smaller."""
    module = AutoencoderTiny(
        encoder_block_out_channels=(8, 8, 8), decoder_block_out_channels=(8, 8, 8),
        num_encoder_blocks=(1, 1, 1), num_decoder_blocks=(2, 1, 1),
    )  # fmt: skip
    randomise(module, "tiny decoder")
    return module


def generate():
    shutil.rmtree(FOLDER, ignore_errors=True)
    module = small().float()
    module.save_pretrained(FOLDER)
    module = module.double()
    random = Random("tiny decoder")
    latents = random.normal(2, 5, 4, 4, scale=2.0).float().double()
    weight = random.normal(2, 20, 16, 3)
    pictures = channels_last(module.decode(channels_first(latents)).sample)
    (pictures * weight).sum().backward()
    tensors = {"latents": latents, "pictures": pictures, "weight": weight}
    for key in KEYS:
        tensors[f"gradient/decoder.{key}"] = module.decoder.get_parameter(key).grad
    save("tiny_decoder_values", tensors)
