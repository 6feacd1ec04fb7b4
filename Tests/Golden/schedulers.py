"""diffusers' schedulers on a dummy model: the timesteps, and the latents before and after each step.

Each is what `from_config` makes of the published folder's `scheduler_config.json`, for PNDM. A
second grid, named after its `timestep_spacing`, is a folder that says so. What the samplers do
here is what a pipeline does: the model sees each step's result.
"""

import json
import tempfile
from pathlib import Path

import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    LCMScheduler,
    PNDMScheduler,
    UniPCMultistepScheduler,
)

from layout import Random, save
from schedule import dummy

PUBLISHED = {
    "_class_name": "PNDMScheduler",
    "_diffusers_version": "0.11.0.dev0",
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "clip_sample": False,
    "num_train_timesteps": 1000,
    "prediction_type": "epsilon",
    "set_alpha_to_one": False,
    "skip_prk_steps": True,
    "steps_offset": 1,
    "trained_betas": None,
}
OTHERS = {
    "leading": {"timestep_spacing": "leading"},
    "linspace": {"timestep_spacing": "linspace"},
    "trailing": {"timestep_spacing": "trailing", "set_alpha_to_one": True},
    "leading0": {"timestep_spacing": "leading", "steps_offset": 0},
}
SAMPLERS = {
    "plms": PNDMScheduler,
    "ddim": DDIMScheduler,
    "dpm++": DPMSolverMultistepScheduler,
    "unipc": UniPCMultistepScheduler,
    "lcm": LCMScheduler,
}
# Folders that leave keys out: each sampler then has its own class's defaults.
DEFAULTS = {
    "nothing": {},
    "betas": {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012},
    "clipped": {"clip_sample": True, "clip_sample_range": 0.5, "skip_prk_steps": True},
}
# A folder without β means the same noise for every sampler; LCM's class has other defaults.
NOISE = {"beta_schedule": "linear", "beta_start": 0.0001, "beta_end": 0.02}
STEPS = (1, 2, 3, 4, 5, 10, 20, 25, 30, 50)
FEW_STEPS = (1, 3, 8)
SEED = 7


def scheduler(sampler, **changes):
    """The published one as a folder, read as PNDM and turned into the sampler's."""
    return scheduler_of(sampler, {**PUBLISHED, **changes})


def scheduler_of(sampler, settings):
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "scheduler_config.json"
        config.write_text(json.dumps({"_class_name": "PNDMScheduler", **settings}))
        published = PNDMScheduler.from_pretrained(folder)
    return SAMPLERS[sampler].from_config(published.config)


def trajectory(scheduler, steps, start, eta=None):
    """The start and each step's result, [calls + 1, …]; diffusers computes in single precision."""
    scheduler.set_timesteps(steps)
    options = {}
    if eta:
        options = {"eta": eta}
    if eta or isinstance(scheduler, LCMScheduler):
        options["generator"] = torch.Generator().manual_seed(SEED)
    x = start.float()
    path = [x]
    for t in scheduler.timesteps:
        x = scheduler.step(dummy(x.double(), t.item()).float(), t, x, **options).prev_sample
        path.append(x)
    return torch.stack(path)


def generate():
    start = Random("schedulers").normal(1, 4, 3, 2)
    tensors = {"start": start}
    for name in SAMPLERS:
        for steps in range(1, 51):
            plan = scheduler(name)
            plan.set_timesteps(steps)
            tensors[f"timesteps/{name}/{steps}"] = plan.timesteps
        for kind in ("epsilon", "v_prediction"):
            for steps in STEPS:
                plan = scheduler(name, prediction_type=kind)
                tensors[f"{name}/{kind}/{steps}"] = trajectory(plan, steps, start)
                if name == "ddim":
                    path = trajectory(plan, steps, start, eta=1)
                    tensors[f"ddim-eta1/{kind}/{steps}"] = path
        for grid, changes in OTHERS.items():
            for steps in FEW_STEPS:
                plan = scheduler(name, **changes)
                tensors[f"{grid}/{name}/{steps}"] = trajectory(plan, steps, start)
                tensors[f"{grid}/timesteps/{name}/{steps}"] = plan.timesteps
    save("schedulers", tensors)
    generate_defaults(start)


def generate_defaults(start):
    """PNDM's Runge-Kutta steps need four steps or more."""
    tensors = {"start": start}
    for name in SAMPLERS:
        for settings, members in DEFAULTS.items():
            for steps in (4, 7, 20):
                plan = scheduler_of(name, NOISE | members if name == "lcm" else members)
                tensors[f"{settings}/{name}/{steps}"] = trajectory(plan, steps, start)
                tensors[f"{settings}/timesteps/{name}/{steps}"] = plan.timesteps
    save("scheduler_defaults", tensors)
