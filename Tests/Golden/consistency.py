"""The loss of consistency distillation and its gradients, of a small UNet with a teacher and averaged weights.

A teacher's guided step of DDIM leads from a start a little way to the clean latents (in diffusers'
DDIMScheduler of 50 steps, from each start alone); the student's jump from the start, scaled as
LCMScheduler scales it, should end where the averaged weights jump to from there.
"""

import torch
from diffusers import DDIMScheduler, LCMScheduler, UNet2DConditionModel

from layout import Random, channels_first, save
from modules import randomise, unet_config

COUNT, STEPS, WIDTH = 3, 50, 0.001
STARTS = (19, 499, 999)
SCALES = (1.0, 3.5, 6.0)


def network(name):
    module = UNet2DConditionModel(**unet_config((8, 8), (True, False), layers=1, context=12))
    randomise(module, name)
    return module


def data():
    random = Random("consistency data")
    image = (COUNT, 8, 8)
    return {
        "latents": random.normal(*image, 4),
        "noise": random.normal(*image, 4),
        "masked": random.normal(*image, 4),
        "mask": (random.uniform(*image, 1) > 0.4).double(),
        "condition": random.normal(COUNT, 1, 12),
        "null": random.normal(1, 1, 12),
    }


def schedulers(kind):
    noise = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", prediction_type=kind)
    ddim = DDIMScheduler(
        **noise, clip_sample=False, set_alpha_to_one=False, timestep_spacing="trailing")
    ddim.set_timesteps(STEPS)
    lcm = LCMScheduler(**noise)
    lcm.set_timesteps(STEPS)
    return ddim, lcm


def jump(module, lcm, noisy, surroundings, timesteps, condition):
    """To the clean latents at once; at timestep 0 nowhere, since there c_skip is 1."""
    output = module(torch.cat([noisy, surroundings], 1), timesteps, condition).sample
    ends = []
    for n, t in enumerate(timesteps):
        if t == 0:
            ends.append(noisy[n])
            continue
        lcm._step_index = STEPS - 1  # no noise after it
        ends.append(lcm.step(output[n], t, noisy[n]).denoised)
    return torch.stack(ends)


def loss(kind, student, teacher, average, given, distance):
    ddim, lcm = schedulers(kind)
    latents, noise, masked, mask = (
        channels_first(given[key]) for key in ("latents", "noise", "masked", "mask"))
    surroundings = torch.cat([masked, mask], 1)
    starts = torch.tensor(STARTS)
    noisy = lcm.add_noise(latents, noise, starts)
    with torch.no_grad():
        sample = torch.cat([noisy, surroundings], 1)
        guided = teacher(sample, starts, given["condition"]).sample
        unguided = teacher(sample, starts, given["null"].expand(COUNT, 1, 12)).sample
        scales = torch.tensor(SCALES).reshape(-1, 1, 1, 1)
        output = unguided + scales * (guided - unguided)
        closer = torch.stack([
            ddim.step(output[n], t, noisy[n]).prev_sample for n, t in enumerate(STARTS)])
        ends = (starts - 1000 // STEPS).clamp(min=0)
        target = jump(average, lcm, closer, surroundings, ends, given["condition"])
    found = jump(student, lcm, noisy, surroundings, starts, given["condition"])
    return distance(found - target)


def huber(difference):
    return ((difference**2 + WIDTH**2).sqrt() - WIDTH).mean()


def generate():
    given = data()
    tensors = {f"data/{key}": value for key, value in given.items()}
    networks = {name: network(f"consistency {name}") for name in ("student", "teacher", "average")}
    for name, module in networks.items():
        tensors |= {f"{name}/{key}": p.clone() for key, p in module.named_parameters()}
    student = networks["student"]
    for kind in ("epsilon", "v_prediction"):
        for name, distance in (("huber", huber), ("l2", lambda d: d.square().mean())):
            student.zero_grad()
            value = loss(kind, **networks, given=given, distance=distance)
            value.backward()
            tensors[f"{kind}/{name}/loss"] = value.detach().reshape(1)
            for key in ("conv_in.weight", "conv_out.weight", "mid_block.resnets.0.conv1.weight"):
                tensors[f"{kind}/{name}/{key}"] = student.get_parameter(key).grad
        # Against its own weights.
        value = loss(kind, student, networks["teacher"], student, given, huber)
        tensors[f"{kind}/own/loss"] = value.detach().reshape(1)
    save("consistency", tensors)
