"""Adapters (LoRA) that other tools have written, and ours in diffusers: paints the same picture there and
here, with random adapters in every form in which they circulate.

    venv/bin/python adapters.py my-model [--run runs/tuned]

Needs peft beside requirements.txt. With --run, a run that trained adapters of that model is opened in
diffusers, too, by the lines of docs/checkpoints.md. Ends with 1 if a picture differs by more than one of
255 levels, or if adapters make no difference.
"""

import argparse
import re
import sys
import tempfile
from pathlib import Path

import diffusers
import numpy as np
import peft
import torch
import transformers
from safetensors.torch import load_file, save_file

from open_in_diffusers import documented_pipeline, paint_here, paint_there, pictures
from programs import REPOSITORY, Programs

# What LCM-LoRAs change, too: convolutions and the time embedding's projections.
TARGETS = [
    "to_q", "to_k", "to_v", "to_out.0", "proj_in", "proj_out", "ff.net.0.proj", "ff.net.2", "conv1",
    "conv2", "conv_shortcut", "downsamplers.0.conv", "upsamplers.0.conv", "time_emb_proj"
]  # fmt: skip
RANK, ALPHA, WEIGHT = 4, 6, 0.7


def randomized(model):
    """Adapters that change what they should: PEFT's begin at zero."""
    generator = torch.Generator().manual_seed(7)
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            deviation = 0.3 / RANK if "lora_B" in name else 1 / parameter[0].numel() ** 0.5
            parameter.data = torch.randn(parameter.shape, generator=generator) * deviation
    return model


def adapted(model, targets, alpha):
    """A network inside PEFT's wrapper, with random adapters."""
    found = [m for m in targets if any(n.endswith(m) for n, _ in model.named_modules())]
    settings = peft.LoraConfig(r=RANK, lora_alpha=alpha, target_modules=found)
    return randomized(peft.get_peft_model(model, settings))


def factors(wrapped):
    """A and B of each module, under the module's own name."""
    state = peft.get_peft_model_state_dict(wrapped)
    return {name.removeprefix("base_model.model."): value.contiguous() for name, value in state.items()}


def forms(wrapped, folder):
    """Writes the same adapters as every tool does; yields their paths."""
    own = factors(wrapped)
    scaled = {
        name: value * (ALPHA / RANK if "lora_B" in name else 1) for name, value in own.items()
    }
    diffusers_now = folder / "diffusers.safetensors"
    save_file({f"unet.{name}": value for name, value in scaled.items()}, diffusers_now)
    yield diffusers_now

    older = folder / "older-diffusers.safetensors"
    ends = {".lora_A.weight": ".lora.down.weight", ".lora_B.weight": ".lora.up.weight"}
    save_file({f"unet.{replaced(n, ends)}": value for n, value in scaled.items()}, older)
    yield older

    kohya = folder / "kohya.safetensors"
    tensors = {}
    for name, value in own.items():
        module, end = re.fullmatch(r"(.*)\.lora_(A|B)\.weight", name).groups()
        module = "lora_unet_" + module.replace(".", "_")
        tensors[f"{module}.lora_{'down' if end == 'A' else 'up'}.weight"] = value
        tensors[f"{module}.alpha"] = torch.tensor(float(ALPHA))
    save_file(tensors, kohya)
    yield kohya

    wrapped.save_pretrained(folder / "peft")
    yield folder / "peft"


def replaced(name, ends):
    for old, new in ends.items():
        name = name.replace(old, new)
    return name


def check(model, work, programs):
    """Whether every form paints what diffusers paints with the adapters merged."""
    pipeline = documented_pipeline(model)
    pipeline.set_progress_bar_config(disable=True)
    files = pictures(pipeline, work)
    plain = paint_there(pipeline, files)
    wrapped = adapted(pipeline.unet, TARGETS, ALPHA)
    paths = list(forms(wrapped, work))
    for layer in wrapped.modules():
        if isinstance(layer, peft.tuners.lora.LoraLayer):
            layer.scaling = {name: scale * WEIGHT for name, scale in layer.scaling.items()}
    pipeline.unet = wrapped.merge_and_unload()
    there = paint_there(pipeline, files)
    moved = np.abs(there - plain).max()
    print(f"adapters move the picture by up to {moved} of 255")
    good = moved > 8
    for path in paths:
        lora = ["--lora", f"{path}:{WEIGHT}"]
        ours = paint_here(model, files, programs, work / "out.png", *lora)
        good &= same(path.name, ours, there)
    return good


def check_run(model, run, work, programs):
    """Whether diffusers opens what we have trained, and paints what we do."""
    pipeline = documented_pipeline(model)
    pipeline.set_progress_bar_config(disable=True)
    files = pictures(pipeline, work)
    ours = paint_here(model, files, programs, work / "out.png", "--lora", run)
    text = (REPOSITORY / "docs/checkpoints.md").read_text()
    lines = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)[1]
    place = str(run / "checkpoints/latest/lora")  # the last ones, as `paint_here` wants them
    exec(lines.replace('"my-lora"', repr(place)), {"pipeline": pipeline})
    return same(run.name, ours, paint_there(pipeline, files))


def same(name, ours, there):
    difference = np.abs(ours - there)
    print(f"{name}: largest difference {difference.max()} of 255, {(difference == 0).mean():.2%} same")
    return difference.max() <= 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("model", type=Path, help="a folder with model_index.json")
    parser.add_argument("--run", type=Path, help="a run that trained adapters of the model")
    parser.add_argument("--programs", type=Path, default=REPOSITORY / ".build/release")
    options = parser.parse_args()
    programs = Programs(options.programs, threads=1)
    torch.set_num_threads(1)
    for library in (diffusers, transformers):
        library.utils.logging.set_verbosity_error()
        library.utils.logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as name:
        good = check(options.model, Path(name), programs)
        if options.run:
            good &= check_run(options.model, options.run, Path(name), programs)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
