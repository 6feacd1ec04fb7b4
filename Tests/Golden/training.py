"""Ten optimiser steps of a small UNet: losses, gradient norms, final and averaged weights.

AdamW as torch.optim has it; warm-up as the official LambdaLinearScheduler (the multiplier of step
n, counted from 0, is f_start + (f_max − f_start) · n / warm_up_steps); two micro-batches a step;
clipping by global norm; average with the official LitEma's min(decay, (1 + n) / (10 + n)), n
counted from 1.
"""

import torch
from diffusers import UNet2DConditionModel
from torch.nn import functional as F

from layout import Random, channels_first, save
from modules import randomise, unet_config
from schedule import alphas_cumprod

STEPS, ACCUMULATION, BATCH = 10, 2, 2
SETTINGS = dict(
    learning_rate=2e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, weight_decay=0.01,
    warm_up_steps=4, f_start=0.1, f_max=1.0, clip=1.0, ema_decay=0.99,
)  # fmt: skip


def batches():
    """Everything the steps see, [step · accumulation, batch, …]."""
    random = Random("training data")
    count, image = STEPS * ACCUMULATION, (BATCH, 8, 8)
    return {
        "latents": random.normal(count, *image, 4),
        "noise": random.normal(count, *image, 4),
        "masked": random.normal(count, *image, 4),
        "mask": (random.uniform(count, *image, 1) > 0.4).double(),
        "context": random.normal(count, BATCH, 1, 12),
        "timesteps": random.integers(1000, count, BATCH),
    }


def loss(module, data, i, objective, alphas):
    x0, noise, masked, mask = (
        channels_first(data[key][i]) for key in ("latents", "noise", "masked", "mask")
    )
    t = data["timesteps"][i]
    signal, spread = (a[t].sqrt().reshape(-1, 1, 1, 1) for a in (alphas, 1 - alphas))
    noisy = signal * x0 + spread * noise
    target = noise if objective == "eps" else signal * noise - spread * x0
    sample = torch.cat([noisy, masked, mask], 1)
    return F.mse_loss(module(sample, t, data["context"][i]).sample, target)


def multiplier(n):
    f_start, f_max, warm_up = SETTINGS["f_start"], SETTINGS["f_max"], SETTINGS["warm_up_steps"]
    return f_max if n >= warm_up else f_start + (f_max - f_start) * n / warm_up


def run(objective, data, tensors):
    module = UNet2DConditionModel(**unet_config((8, 8), (True, False), layers=1, context=12))
    randomise(module, "training")
    parameters = dict(module.named_parameters())
    tensors |= {f"initial/{key}": p.clone() for key, p in parameters.items()}
    optimiser = torch.optim.AdamW(
        module.parameters(), lr=SETTINGS["learning_rate"], eps=SETTINGS["epsilon"],
        betas=(SETTINGS["beta1"], SETTINGS["beta2"]), weight_decay=SETTINGS["weight_decay"],
    )  # fmt: skip
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, multiplier)
    average = {key: p.detach().clone() for key, p in parameters.items()}
    alphas, losses, norms, rates = alphas_cumprod(), [], [], []
    for n in range(STEPS):
        optimiser.zero_grad()
        for i in range(n * ACCUMULATION, (n + 1) * ACCUMULATION):
            value = loss(module, data, i, objective, alphas)
            (value / ACCUMULATION).backward()
            losses.append(value.item())
        norms.append(torch.nn.utils.clip_grad_norm_(module.parameters(), SETTINGS["clip"]).item())
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step()
        decay = min(SETTINGS["ema_decay"], (2 + n) / (11 + n))
        for key, p in parameters.items():
            average[key].lerp_(p.detach(), 1 - decay)
    losses = torch.tensor(losses).double().reshape(STEPS, ACCUMULATION)
    tensors |= {
        f"{objective}/micro_losses": losses,
        f"{objective}/losses": losses.mean(1),
        f"{objective}/gradient_norms": torch.tensor(norms).double(),
        f"{objective}/learning_rates": torch.tensor(rates).double(),
    }
    tensors |= {f"{objective}/final/{key}": p for key, p in parameters.items()}
    tensors |= {f"{objective}/ema/{key}": p for key, p in average.items()}


def generate():
    data = batches()
    tensors = {f"data/{key}": x for key, x in data.items()}
    for objective in ("eps", "v"):
        run(objective, data, tensors)
    tensors |= {f"settings/{key}": torch.tensor([value]) for key, value in SETTINGS.items()}
    save("training", tensors)
