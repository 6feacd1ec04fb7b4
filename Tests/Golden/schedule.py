"""Stable Diffusion's noise schedule, and samplers on a dummy model.

The recurrences are those of CompVis' ddim.py and plms.py as Paint by Example uses them, written
again in double precision; timesteps are k · (1000 div S) + 1, capped at 999.
"""

import torch

from layout import Random, save

STEPS = (1, 2, 5, 7, 10, 50)


def alphas_cumprod():
    """betas = linspace(√0.00085, √0.012, 1000)², double precision."""
    root = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64)
    return torch.cumprod(1 - root**2, 0)


def timesteps(steps):
    return [min(k * (1000 // steps) + 1, 999) for k in range(steps)]


def dummy(x, t):
    """Stands for the network: smooth, and different at every timestep."""
    return 0.4 * x + 0.3 * torch.sin(2 * x + 0.01 * t)


def noise_prediction(objective, alphas):
    def predict(x, t):
        output = dummy(x, t)
        if objective == "v":
            return alphas[t].sqrt() * output + (1 - alphas[t]).sqrt() * x
        return output

    return predict


def step(x, noise, alpha, previous):
    x0 = (x - (1 - alpha).sqrt() * noise) / alpha.sqrt()
    return previous.sqrt() * x0 + (1 - previous).sqrt() * noise


def levels(steps, alphas):
    """(timestep, ᾱ, ᾱ of the step after), noisiest first; the last goes to ᾱ₀, not to 1."""
    order = timesteps(steps)
    previous = [alphas[0]] + [alphas[t] for t in order[:-1]]
    return [(t, alphas[t], p) for t, p in zip(order, previous)][::-1]


def ddim(x, steps, predict, alphas):
    path = []
    for t, alpha, previous in levels(steps, alphas):
        x = step(x, predict(x, t), alpha, previous)
        path.append(x)
    return torch.stack(path)


def plms(x, steps, predict, alphas):
    path, history = [], []
    schedule = levels(steps, alphas)
    for i, (t, alpha, previous) in enumerate(schedule):
        e = predict(x, t)
        if not history:
            following = schedule[min(i + 1, len(schedule) - 1)][0]
            combined = (e + predict(step(x, e, alpha, previous), following)) / 2
        elif len(history) == 1:
            combined = (3 * e - history[-1]) / 2
        elif len(history) == 2:
            combined = (23 * e - 16 * history[-1] + 5 * history[-2]) / 12
        else:
            combined = (55 * e - 59 * history[-1] + 37 * history[-2] - 9 * history[-3]) / 24
        history = (history + [e])[-3:]
        x = step(x, combined, alpha, previous)
        path.append(x)
    return torch.stack(path)


def generate():
    alphas = alphas_cumprod()
    start = Random("samplers").normal(1, 3, 2, 4)
    tensors = {"alphas_cumprod": alphas, "start": start}
    for steps in STEPS:
        tensors[f"timesteps/{steps}"] = torch.tensor(timesteps(steps)).float()
        for objective in ("eps", "v"):
            predict = noise_prediction(objective, alphas)
            tensors[f"ddim/{objective}/{steps}"] = ddim(start, steps, predict, alphas)
            tensors[f"plms/{objective}/{steps}"] = plms(start, steps, predict, alphas)
    save("schedule", tensors)
