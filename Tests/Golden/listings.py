"""Names and shapes of the published architecture's weights, one `name shape` a line."""

import torch
from diffusers import AutoencoderKL, AutoencoderTiny, UNet2DConditionModel
from diffusers.pipelines.deprecated.paint_by_example import PaintByExampleImageEncoder
from transformers import CLIPVisionConfig

from layout import LISTINGS
from modules import published_name


def published_unet():
    return UNet2DConditionModel(
        sample_size=64, in_channels=9, attention_head_dim=8, cross_attention_dim=768
    )


def published_vae():
    return AutoencoderKL(
        block_out_channels=(128, 256, 512, 512), layers_per_block=2, sample_size=512,
        down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4,
    )  # fmt: skip


def published_image_encoder():
    return PaintByExampleImageEncoder(
        CLIPVisionConfig(
            hidden_size=1024, num_hidden_layers=24, num_attention_heads=16,
            intermediate_size=4096, image_size=224, patch_size=14, projection_dim=768,
        )  # fmt: skip
    )


def published_tiny_decoder():
    """TAESD's sizes, which are AutoencoderTiny's defaults."""
    module = torch.nn.Module()
    module.decoder = AutoencoderTiny().decoder
    return module


PUBLISHED = {
    "unet": published_unet, "vae": published_vae, "image_encoder": published_image_encoder,
    "tiny_decoder": published_tiny_decoder,
}  # fmt: skip


def generate():
    LISTINGS.mkdir(exist_ok=True)
    for name, make in PUBLISHED.items():
        with torch.device("meta"):
            module = make()
        weights = sorted((published_name(k), tuple(w.shape)) for k, w in module.named_parameters())
        lines = [f"{key} {'x'.join(map(str, shape))}" for key, shape in weights]
        (LISTINGS / f"{name}.txt").write_text("\n".join(lines) + "\n")
        total = sum(weight.numel() for weight in module.parameters())
        print(f"{name}.txt: {len(lines)} weights, {total:,} numbers")
