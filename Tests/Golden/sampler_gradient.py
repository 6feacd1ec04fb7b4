"""Gradients through whole samplings: of a weighted sum of the final latents, by the condition and by the
starting noise.

The UNet is `unet_small`'s, guided between two conditions, sampled by diffusers' schedulers for ten
steps; PyTorch keeps the whole path.
"""

from unittest.mock import patch

import torch
from diffusers.schedulers import scheduling_lcm

from layout import Random, channels_first, channels_last, save
from modules import small_unet
from schedulers import SAMPLERS, SEED, scheduler

STEPS = 10
SCALE = 3.0


def lcm_noise(generator):
    """What LCM adds between steps, drawn in single precision and channels last, as the test does."""
    def draw(shape, **options):
        drawn = torch.randn(shape[0], *shape[2:], shape[1], generator=generator, dtype=torch.float32)
        return channels_first(drawn.double())

    return patch.object(scheduling_lcm, "randn_tensor", draw)


def sample(plan, unet, start, surroundings, null, condition):
    plan.set_timesteps(STEPS)
    latents = channels_first(start)
    both = torch.cat([null, condition])
    for t in plan.timesteps:
        joined = torch.cat([latents, channels_first(surroundings)], dim=1)
        output = unet(torch.cat([joined, joined]), t, encoder_hidden_states=both).sample
        unguided, guided = output.chunk(2)
        latents = plan.step(unguided + SCALE * (guided - unguided), t, latents).prev_sample
    return channels_last(latents)


def generate():
    random = Random("sampler gradient")
    unet = small_unet().double().requires_grad_(False)
    start = random.normal(1, 8, 6, 4)
    tensors = {
        "start": start,
        "surroundings": random.normal(1, 8, 6, 5),
        "null": random.normal(1, 1, 12),
        "condition": random.normal(1, 1, 12),
        "weight": random.normal(1, 8, 6, 4),
    }
    # As the fixture has them: rounded to single precision.
    tensors = {name: value.float().double() for name, value in tensors.items()}
    for name in SAMPLERS:
        start = tensors["start"].clone().requires_grad_()
        condition = tensors["condition"].clone().requires_grad_()
        with lcm_noise(torch.Generator().manual_seed(SEED)):
            latents = sample(
                scheduler(name), unet, start, tensors["surroundings"], tensors["null"], condition)
        (latents * tensors["weight"]).sum().backward()
        tensors[f"{name}/latents"] = latents
        tensors[f"{name}/condition"] = condition.grad
        tensors[f"{name}/start"] = start.grad
    save("sampler_gradient", tensors)
