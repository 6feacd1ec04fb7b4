"""Blended Diffusion in latent space, step by step, on the small random models of inpainting.py.

Written anew from the facts in omriav/blended-latent-diffusion (the loop), omriav/blended-diffusion (copies
and distance) and diffusers' clip_guided_stable_diffusion.py (the gradient). All that is random is drawn
here and goes to fixtures/blended.safetensors with the latents after each step; fixtures/blended holds the
CLIP that guides.
"""

import json
import shutil

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPConfig, CLIPModel

import official
from layout import FIXTURES, channels_last
from modules import randomise
from pipeline import hole, photo, scheduler

FOLDER = FIXTURES / "blended"
MODELS = FIXTURES / "inpainting"
WIDTH, HEIGHT, COPIES, STEPS, SKIPPED = 48, 32, 8, 13, 0.25


def guide():
    vocabulary = len(json.loads((MODELS / "model" / "tokenizer" / "vocab.json").read_text()))
    sizes = dict(
        hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        hidden_act="quick_gelu",
    )  # fmt: skip
    ends = dict(bos_token_id=vocabulary - 2, eos_token_id=vocabulary - 1, pad_token_id=vocabulary - 1)
    clip = CLIPModel(CLIPConfig(
        vision_config=sizes | dict(patch_size=4, image_size=16),
        text_config=sizes | ends | dict(vocab_size=vocabulary), projection_dim=8,
    ))  # fmt: skip
    randomise(clip, "blended guide")
    clip.half().float()
    FOLDER.mkdir(parents=True)
    weights = {k: w.half().contiguous() for k, w in clip.named_parameters()}
    save_file(weights, FOLDER / "model.safetensors", metadata={"format": "pt"})
    clip.config.architectures = ["CLIPModel"]
    clip.config.to_json_file(FOLDER / "config.json")
    return clip.requires_grad_(False)


def drawn(steps):
    """Noise for blending and what becomes of the copies; some are left as they are."""
    random = np.random.default_rng(5)
    angles = random.uniform(-1, 1, (steps, COPIES)) * np.pi / 12
    shifts = random.uniform(-0.1, 0.1, (steps, COPIES, 2))
    inward = random.uniform(0, 0.7, (steps, COPIES, 4, 2))
    turned, tilted = random.random((2, steps, COPIES)) < 0.7
    turned[:, 0] = tilted[:, 0] = False
    angles, shifts = angles * turned, shifts * turned[..., None]
    inward = inward * tilted[..., None, None]
    latents = (1, 4, HEIGHT // 4, WIDTH // 4)
    found = {
        "start": random.normal(size=latents), "noise": random.normal(size=(steps, *latents)),
        "angles": angles, "shifts": shifts, "inward": inward,
    }  # fmt: skip
    return {name: torch.tensor(values, dtype=torch.float32) for name, values in found.items()}


def seen(pictures, forward, padding):
    """Pictures moved by 3 × 3 maps of places, of which the sampling needs the inverse."""
    count, _, height, width = pictures.shape
    x = (2 * torch.arange(width) + 1) / width - 1
    y = (2 * torch.arange(height) + 1) / height - 1
    places = torch.stack([x.expand(height, width), y[:, None].expand(height, width)], -1)
    places = torch.cat([places, torch.ones(height, width, 1)], -1).double()
    back = torch.tensor(np.linalg.inv(forward))
    from_there = torch.einsum("nij,hwj->nhwi", back, places)
    grid = (from_there[..., :2] / from_there[..., 2:]).float()
    return F.grid_sample(pictures, grid, padding_mode=padding, align_corners=False)


def turn(angle, shift):
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 2 * shift[0]], [s, c, 2 * shift[1]], [0, 0, 1]])


def tilt(inward):
    """The homography that takes the corners to where they move."""
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], float)
    moved = corners * (1 - np.array(inward))
    rows, right = [], []
    for (x, y), (u, v) in zip(corners, moved):
        rows += [[x, y, 1, 0, 0, 0, -x * u, -y * u], [0, 0, 0, x, y, 1, -x * v, -y * v]]
        right += [u, v]
    return np.append(np.linalg.solve(rows, right), 1).reshape(3, 3)


def distance(clip, picture, target, draws, step):
    """The mean over copies of 2·arcsin(|u − v|/2)²."""
    side = clip.config.vision_config.image_size
    copies = F.adaptive_avg_pool2d(picture, side).repeat(COPIES, 1, 1, 1)
    turns = [turn(a, s) for a, s in zip(draws["angles"][step].numpy(), draws["shifts"][step].numpy())]
    tilts = [tilt(inward) for inward in draws["inward"][step].double().numpy()]
    copies = seen(seen(copies, np.stack(turns), "border"), np.stack(tilts), "zeros")
    mean, deviation = (torch.tensor(v).view(3, 1, 1) for v in (official.CLIP_MEAN, official.CLIP_STD))
    states = clip.vision_model(pixel_values=((copies + 1) / 2 - mean) / deviation)
    features = clip.visual_projection(states.pooler_output)
    u, v = F.normalize(features, dim=-1), F.normalize(target, dim=-1)
    return (2 * ((u - v).norm(dim=-1) / 2).arcsin() ** 2).mean()


def paint(parts, draws, source, mask, target, tokens, scale, weight, through_unet=False, half=False):
    unet, vae, clip = parts
    factor = vae.config.scaling_factor
    config = scheduler()
    config.set_timesteps(STEPS)
    alphas, stride = config.alphas_cumprod, 1000 // STEPS
    timesteps = [k * stride + 1 for k in reversed(range(STEPS))][int(STEPS * SKIPPED):]
    hole_pixels = 1 - official.keep_mask(mask)
    m = F.interpolate(hole_pixels, size=(HEIGHT // 4, WIDTH // 4))
    with torch.no_grad():
        clean = vae.encode(official.signed(source)).latent_dist.mean * factor
    z, found = draws["start"], []

    def output(z, t, tokens):
        return unet(z, torch.tensor([t]), encoder_hidden_states=tokens).sample

    for step, t in enumerate(timesteps):
        a = alphas[t]
        previous = alphas[t - stride] if t >= stride else alphas[0]
        with torch.no_grad():
            null, text = (output(z, t, tokens[name]) for name in ("null", "text"))
            guided = null + scale * (text - null)
        leaf = z.detach().requires_grad_()
        said = output(leaf, t, tokens["text"]) if through_unet else guided
        data = (leaf - (1 - a).sqrt() * said) / a.sqrt()
        share = (1 - a).sqrt()
        mixed = data * share + leaf * (1 - share)
        pixels = hole_pixels
        if half:
            mixed, pixels = F.avg_pool2d(mixed, 2), F.avg_pool2d(pixels, 2)
        picture = vae.decode(mixed / factor).sample.clamp(-1, 1) * pixels
        loss = weight * distance(clip, picture, target, draws, step)
        gradient, = torch.autograd.grad(loss, leaf)
        noise = guided + (1 - a).sqrt() * gradient
        x0 = (z - (1 - a).sqrt() * noise) / a.sqrt()
        z = previous.sqrt() * x0 + (1 - previous).sqrt() * noise
        known = a.sqrt() * clean + (1 - a).sqrt() * draws["noise"][step]
        z = (z * m + known * (1 - m)).detach()
        found.append(channels_last(z))
        print(f"  {t}: distance {loss.item() / weight:.3f}, gradient {gradient.norm().item():.3f}")
    return torch.cat(found)


def generate():
    shutil.rmtree(FOLDER, ignore_errors=True)
    clip = guide()
    parts = (
        UNet2DConditionModel.from_pretrained(MODELS / "model" / "unet").requires_grad_(False),
        AutoencoderKL.from_pretrained(MODELS / "model" / "vae").requires_grad_(False), clip,
    )  # fmt: skip
    tokens = load_file(MODELS / "prompts.safetensors")
    draws = drawn(STEPS - int(STEPS * SKIPPED))
    target = torch.tensor(np.random.default_rng(6).normal(size=(1, 8)), dtype=torch.float32)
    inputs = (draws, photo(WIDTH, HEIGHT, 1), hole(WIDTH, HEIGHT), target, tokens)
    tensors = draws | {"target": target}
    tensors["start"] = channels_last(draws["start"])
    tensors["noise"] = draws["noise"].permute(0, 1, 3, 4, 2)
    for name, scale, changes in (
        ("decoder", 3.0, {}), ("unet", 1.0, dict(through_unet=True)), ("half", 0.0, dict(half=True)),
    ):  # fmt: skip
        print(name)
        tensors[name] = paint(parts, *inputs, scale, 100.0, **changes)
    save_file({k: v.float().contiguous() for k, v in tensors.items()}, FIXTURES / "blended.safetensors")
