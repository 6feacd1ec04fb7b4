"""The official sampling script, written anew from its facts, with diffusers' networks as parts.

Facts: scripts/inference.py, ldm/models/diffusion/{plms,ddim}.py and
ldm/modules/diffusionmodules/util.py of Fantasy-Studio/Paint-by-Example at 52a7e37. Single
precision throughout. One generator on the CPU, seeded right before the first draw, stands for the
official two (masked picture's noise on the CPU after all weights were initialised, x_T on CUDA).
"""

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)


def signed(picture):
    """[1, 3, H, W] in [-1, 1]: to [0, 1] first, then (x - 0.5) / 0.5."""
    x = torch.from_numpy(np.array(picture.convert("RGB"))).permute(2, 0, 1).float() / 255
    return ((x - 0.5) / 0.5)[None]


def keep_mask(picture):
    """[1, 1, H, W]: 1 where the picture is kept; white (over a half) becomes the hole."""
    keep = 1 - torch.from_numpy(np.array(picture.convert("L"))).float() / 255
    return (keep >= 0.5).float()[None, None]


def reference_pixels(picture, size):
    """Stretched to a square; Pillow's default filter has been bicubic since version 7."""
    stretched = picture.convert("RGB").resize((size, size))
    x = torch.from_numpy(np.array(stretched)).permute(2, 0, 1).float() / 255
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in (CLIP_MEAN, CLIP_STD))
    return ((x - mean) / std)[None]


def latent_mask(keep, size):
    """torchvision 0.12's Resize of a tensor: bilinear without antialiasing."""
    return F.interpolate(keep, size=size, mode="bilinear", align_corners=False, antialias=False)


class Schedule:
    """ᾱ at the sampler's timesteps and at the ones before them, rising."""

    def __init__(self, scheduler, steps):
        config, count = scheduler.config, scheduler.config.num_train_timesteps
        root = np.linspace(config.beta_start**0.5, config.beta_end**0.5, count, dtype=np.float64)
        alphas = np.cumprod(1 - root**2).astype(np.float32)
        # Not `steps` of them where `steps` does not divide `count`.
        self.timesteps = np.arange(0, count, count // steps) + 1
        self.alphas = alphas[self.timesteps]
        self.previous = np.concatenate([alphas[:1], alphas[self.timesteps[:-1]]])

    def sigma(self, index, eta):
        a, p = float(self.alphas[index]), float(self.previous[index])
        return eta * ((1 - p) / (1 - a) * (1 - a / p)) ** 0.5

    def before(self, x, noise, index, sigma=0.0):
        """DDIM's step (arXiv:2010.02502, eq. 12), without the noise that is added again."""
        a, p = torch.tensor(self.alphas[index]), torch.tensor(self.previous[index])
        start = (x - (1 - a).sqrt() * noise) / a.sqrt()
        return p.sqrt() * start + (1 - p - sigma**2).sqrt() * noise


def plms(x, schedule, predict):
    history = []  # newest last, guided
    last = len(schedule.timesteps) - 1
    for index in range(last, -1, -1):
        e = predict(x, schedule.timesteps[index])
        if len(history) == 0:
            ahead = schedule.before(x, e, index)
            e_next = predict(ahead, schedule.timesteps[max(index - 1, 0)])
            effective = (e + e_next) / 2
        elif len(history) == 1:
            effective = (3 * e - history[-1]) / 2
        elif len(history) == 2:
            effective = (23 * e - 16 * history[-1] + 5 * history[-2]) / 12
        else:
            effective = (55 * e - 59 * history[-1] + 37 * history[-2] - 9 * history[-3]) / 24
        x = schedule.before(x, effective, index)
        history = (history + [e])[-3:]
    return x


def ddim(x, schedule, predict, eta, generator):
    for index in range(len(schedule.timesteps) - 1, -1, -1):
        e = predict(x, schedule.timesteps[index])
        sigma = schedule.sigma(index, eta)
        noise = torch.randn(x.shape, generator=generator)
        x = schedule.before(x, e, index, sigma) + sigma * noise
    return x


@torch.no_grad()
def paint(parts, source, mask, reference, seed, steps, scale, sampler="plms", eta=0.0):
    """The network's picture of the whole source, a Pillow image of the same size."""
    generator = torch.Generator().manual_seed(seed)
    size = parts.image_encoder.config.image_size
    condition, null = parts.image_encoder(
        reference_pixels(reference, size), return_uncond_vector=True
    )
    keep = keep_mask(mask)
    # Draws: first the noise of the masked picture's latents, then x_T.
    moments = parts.vae.encode(signed(source) * keep).latent_dist
    latents = moments.mean + moments.std * torch.randn(moments.mean.shape, generator=generator)
    latents = parts.vae.config.scaling_factor * latents
    rest = torch.cat([latents, latent_mask(keep, latents.shape[-2:])], 1)

    def predict(x, timestep):
        x, t = torch.cat([x, rest], 1), torch.tensor([int(timestep)])
        if scale == 1:
            return parts.unet(x, t, condition).sample
        both = parts.unet(torch.cat([x] * 2), torch.cat([t] * 2), torch.cat([null, condition]))
        u, c = both.sample.chunk(2)
        return u + scale * (c - u)

    schedule = Schedule(parts.scheduler, steps)
    x = torch.randn(latents.shape, generator=generator)
    if sampler == "plms":
        x = plms(x, schedule, predict)
    else:
        x = ddim(x, schedule, predict, eta, generator)
    picture = parts.vae.decode(x / parts.vae.config.scaling_factor).sample
    picture = torch.clamp((picture + 1) / 2, 0, 1)[0].permute(1, 2, 0).numpy()
    return Image.fromarray((255.0 * picture).astype(np.uint8))
