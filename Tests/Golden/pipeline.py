"""A small random model as a folder, and what the two reference implementations paint with it.

`diffusers` is its own PaintByExamplePipeline, put together from its parts (the deprecated class
cannot load a folder in one go); `official` is official.py. Everything goes to fixtures/pipeline:
the model (half precision, so that both sides read the same numbers), pictures, results as PNG,
cases.json, and preprocessing.safetensors with what happens to references and masks.
"""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    LCMScheduler,
    PNDMScheduler,
    UNet2DConditionModel,
    UniPCMultistepScheduler,
)
from diffusers.pipelines.deprecated.paint_by_example import (
    PaintByExampleImageEncoder,
    PaintByExamplePipeline,
)
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import CLIPVisionConfig
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

import official
from layout import FIXTURES
from modules import published_name, randomise
from schedulers import NOISE

FOLDER = FIXTURES / "pipeline"
SMALL = dict(
    unet=(16, 32), unet_layers=1, unet_attention=(True, False), heads=2, groups=4, context=24,
    vae=(8, 8, 16), vae_layers=1, hidden=24, tower=5, tower_heads=2, patch=8, image=32, sample=64,
)  # fmt: skip
MEDIUM = SMALL | dict(
    unet=(64, 128, 128), unet_layers=2, unet_attention=(True, True, False), groups=16, context=128,
    vae=(32, 64, 64, 64), vae_layers=2, hidden=128, tower=9, image=224, patch=32, sample=256,
)  # fmt: skip
FULL = dict(
    unet=(320, 640, 1280, 1280), unet_layers=2, unet_attention=(True, True, True, False), heads=8,
    groups=32, context=768, vae=(128, 256, 512, 512), vae_layers=2, hidden=1024, tower=24,
    tower_heads=16, patch=14, image=224, sample=512,
)  # fmt: skip


def scheduler():
    """As in the published folder, with the settings that only other schedulers read."""
    return PNDMScheduler.from_config(dict(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", skip_prk_steps=True,
        set_alpha_to_one=False, steps_offset=1, timestep_spacing="leading", clip_sample=False,
    ))  # fmt: skip


def random_parts(size):
    """A model of random weights that are numbers of half precision."""
    down = ["CrossAttnDownBlock2D" if on else "DownBlock2D" for on in size["unet_attention"]]
    up = ["CrossAttnUpBlock2D" if on else "UpBlock2D" for on in reversed(size["unet_attention"])]
    levels = len(size["vae"])
    unet = UNet2DConditionModel(
        in_channels=9, out_channels=4, block_out_channels=size["unet"], down_block_types=down,
        up_block_types=up, layers_per_block=size["unet_layers"], norm_num_groups=size["groups"],
        attention_head_dim=size["heads"], cross_attention_dim=size["context"],
        sample_size=size["sample"] >> (levels - 1),
    )  # fmt: skip
    vae = AutoencoderKL(
        block_out_channels=size["vae"], layers_per_block=size["vae_layers"], latent_channels=4,
        down_block_types=["DownEncoderBlock2D"] * levels, sample_size=size["sample"],
        up_block_types=["UpDecoderBlock2D"] * levels, norm_num_groups=size["groups"],
    )  # fmt: skip
    tower = CLIPVisionConfig(
        hidden_size=size["hidden"], num_hidden_layers=size["tower"], patch_size=size["patch"],
        num_attention_heads=size["tower_heads"], intermediate_size=2 * size["hidden"],
        image_size=size["image"], projection_dim=size["context"],
    )  # fmt: skip
    parts = SimpleNamespace(
        unet=unet, vae=vae, image_encoder=PaintByExampleImageEncoder(tower),
        scheduler=scheduler(), feature_extractor=processor(size["image"]),
    )  # fmt: skip
    for name in ("unet", "vae", "image_encoder"):
        randomise(getattr(parts, name), f"pipeline {name}")
    # The decoder's last layer: pictures of middling contrast, or all would be black and white.
    vae.decoder.conv_out.weight.data *= 0.6
    for name in ("unet", "vae", "image_encoder"):
        getattr(parts, name).half().float()
    return parts


def processor(image, **changes):
    values = dict(size={"shortest_edge": image}, crop_size={"height": image, "width": image})
    return CLIPImageProcessorPil(**(values | changes))


def load_parts(folder):
    """The parts of a model folder; the image encoder's names as published."""
    folder = Path(folder)
    config = CLIPVisionConfig.from_pretrained(folder / "image_encoder")
    encoder = PaintByExampleImageEncoder(config)
    names = {published_name(key): key for key in encoder.state_dict()}
    weights = load_file(folder / "image_encoder" / "model.safetensors")
    encoder.load_state_dict({names[key]: w.float() for key, w in weights.items() if key in names})
    return SimpleNamespace(
        unet=UNet2DConditionModel.from_pretrained(folder / "unet"),
        vae=AutoencoderKL.from_pretrained(folder / "vae"),
        image_encoder=encoder.eval(),
        scheduler=PNDMScheduler.from_pretrained(folder / "scheduler"),
        feature_extractor=CLIPImageProcessorPil.from_pretrained(folder / "feature_extractor"),
    )


def save_parts(parts, folder):
    """A model folder in half precision, without what only another library's versions need."""
    files = {
        "unet": "diffusion_pytorch_model.safetensors",
        "vae": "diffusion_pytorch_model.safetensors",
        "image_encoder": "model.safetensors",
    }
    for name, file in files.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        part = getattr(parts, name)
        rename = published_name if name == "image_encoder" else str
        weights = {rename(key): w.half().contiguous() for key, w in part.named_parameters()}
        save_file(weights, folder / name / file, metadata={"format": "pt"})
        if name == "image_encoder":
            part.config.to_json_file(folder / name / "config.json")
        else:
            part.save_config(folder / name)
    parts.scheduler.save_pretrained(folder / "scheduler")
    parts.feature_extractor.save_pretrained(folder / "feature_extractor")
    index = {"_class_name": "PaintByExamplePipeline", "_diffusers_version": "0.42.1"}
    (folder / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")


SCHEDULERS = {
    "plms": PNDMScheduler, "ddim": DDIMScheduler, "dpm++": DPMSolverMultistepScheduler,
    "unipc": UniPCMultistepScheduler, "lcm": LCMScheduler,
}  # fmt: skip


def diffusers(parts, source, mask, reference, seed, steps, scale, sampler="plms", eta=0.0):
    """The network's picture of the whole source by PaintByExamplePipeline."""
    pipeline = PaintByExamplePipeline(
        vae=parts.vae, image_encoder=parts.image_encoder, unet=parts.unet,
        scheduler=SCHEDULERS[sampler].from_config(parts.scheduler.config), safety_checker=None,
        feature_extractor=parts.feature_extractor, requires_safety_checker=False,
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    return pipeline(
        example_image=reference, image=source, mask_image=mask, num_inference_steps=steps,
        guidance_scale=scale, eta=eta, generator=torch.Generator().manual_seed(seed),
    ).images[0]  # fmt: skip


SHAPES = ((16, 16), (41, 77), (90, 33), (10, 13), (33, 32))
PAINT = {"diffusers": diffusers, "official": official.paint}


def photo(width, height, seed):
    """Smooth colours with some noise, so that every filter has something to do."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    waves = [np.sin(7 * x + 3 * y + k + seed) * np.cos(5 * y - 2 * k * x) for k in range(3)]
    values = np.stack(waves, -1) * 110 + 128 + random.normal(0, 12, (height, width, 3))
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def hole(width, height):
    """White in a rectangle off the latents' grid, with a grey edge on both sides of a half."""
    mask = np.zeros((height, width), np.uint8)
    x0, y0, x1, y1 = width // 4 + 1, height // 4 + 3, width * 3 // 4 + 2, height * 3 // 4 - 1
    mask[y0 - 2 : y1 + 2, x0 - 2 : x1 + 2] = 127
    mask[y0 - 1 : y1 + 1, x0 - 1 : x1 + 1] = 128
    mask[y0:y1, x0:x1] = 255
    return Image.fromarray(mask)


def pictures():
    return {
        "source": photo(64, 64, 1), "mask": hole(64, 64), "reference": photo(32, 32, 2),
        "wide": photo(96, 48, 3), "wide-mask": hole(96, 48), "tall": photo(41, 77, 4),
    }  # fmt: skip


def cases():
    """Each for both implementations, where both have the sampler."""
    square = dict(source="source", mask="mask", reference="reference", seed=42, scale=5)
    plain = [dict(name=f"{s}-steps", steps=s) for s in (50, 20, 4, 1)]
    others = [
        dict(name="30-steps", steps=30),
        dict(name="scale-1", steps=20, scale=1),
        dict(name="scale-half", steps=20, scale=0.5),
        dict(name="wide-tall", steps=20, source="wide", mask="wide-mask", reference="tall", seed=7),
        dict(name="ddim", steps=20, sampler="ddim", eta=0.0),
        dict(name="ddim-eta", steps=20, sampler="ddim", eta=1.0, seed=9),
        dict(name="dpm++", steps=10, sampler="dpm++", compat=["diffusers"]),
        dict(name="unipc", steps=10, sampler="unipc", compat=["diffusers"]),
    ]
    square["compat"] = list(PAINT)
    return [square | dict(sampler="plms", eta=0.0) | case for case in plain + others]


def preprocessing():
    """References of several shapes as pixel values, and masks at the latents' size."""
    settings = {
        "clip": {},
        "bilinear": dict(resample=2, size={"shortest_edge": 20}),
        "stretch": dict(size={"height": 16, "width": 16}, do_center_crop=False),
        "padded": dict(size={"shortest_edge": 10}, image_mean=[0.5] * 3, image_std=[0.25] * 3),
    }
    tensors = {}
    for name, changes in settings.items():
        extractor = processor(16, **changes)
        target = FOLDER / "preprocessing" / name
        extractor.save_pretrained(target)
        for width, height in SHAPES:
            pixels = extractor(images=photo(width, height, 5), return_tensors="pt").pixel_values
            tensors[f"{name}/{width}x{height}"] = pixels.permute(0, 2, 3, 1).contiguous()
    for width, height in SHAPES:
        photo(width, height, 5).save(FOLDER / "preprocessing" / f"{width}x{height}.png")
    keep = official.keep_mask(hole(96, 48))
    for factor in (2, 4, 8):
        size = (48 // factor, 96 // factor)
        nearest = torch.nn.functional.interpolate(keep, size=size)
        bilinear = official.latent_mask(keep, size)
        tensors[f"mask/nearest/{factor}"] = nearest.permute(0, 2, 3, 1).contiguous()
        tensors[f"mask/bilinear/{factor}"] = bilinear.permute(0, 2, 3, 1).contiguous()
    save_file(tensors, FOLDER / "preprocessing.safetensors")


def generate_defaults(parts, inputs):
    """The square case by each sampler as its class is by default, which a folder that says nothing means."""
    folder = FIXTURES / "pipeline_defaults"
    folder.mkdir(exist_ok=True)
    for name, scheduler in SCHEDULERS.items():
        parts.scheduler = scheduler(**NOISE if name == "lcm" else {})
        files = {key: inputs[key] for key in ("source", "mask", "reference")}
        picture = diffusers(parts, **files, seed=42, steps=8, scale=5, sampler=name)
        picture.save(folder / f"{name}.png")
        clipped = np.isin(np.array(picture), (0, 255)).mean()
        print(f"default {name}: deviation {np.array(picture).std():.0f}, {clipped:.0%} clipped")


def generate():
    shutil.rmtree(FOLDER, ignore_errors=True)
    parts = random_parts(SMALL)
    save_parts(parts, FOLDER / "model")
    inputs = pictures()
    for name, picture in inputs.items():
        picture.save(FOLDER / f"{name}.png")
    for case in cases():
        files = {key: inputs[case[key]] for key in ("source", "mask", "reference")}
        settings = {key: case[key] for key in ("seed", "steps", "scale", "sampler", "eta")}
        for name in case["compat"]:
            picture = PAINT[name](parts, **files, **settings)
            clipped = np.isin(np.array(picture), (0, 255)).mean()
            assert clipped < 0.05, f"{case['name']}: {clipped:.0%} of the bytes are clipped"
            picture.save(FOLDER / f"{name}-{case['name']}.png")
            print(f"{name} {case['name']}: deviation {np.array(picture).std():.0f}")
    (FOLDER / "cases.json").write_text(json.dumps(cases(), indent=1) + "\n")
    preprocessing()
    generate_defaults(load_parts(FOLDER / "model"), inputs)
    total = sum(file.stat().st_size for file in FOLDER.rglob("*") if file.is_file())
    print(f"pipeline: {total / 1024:.0f} KB")
