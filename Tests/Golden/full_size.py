"""Compares our components with PyTorch's at full size, block by block, and measures reading and
sampling. Needs about 10 GB of memory, 9 GB of disk and a quarter of an hour on two cores.

    swift build -c release
    venv/bin/python full_size.py                  random weights, made with the reference classes
    venv/bin/python full_size.py --model DIR      a diffusers folder, such as the published one

Error is max|a - b| / max|b|. Ends with 1 if something is out of tolerance.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import torch
from diffusers import AutoencoderKL, PNDMScheduler, UNet2DConditionModel
from diffusers.pipelines.deprecated.paint_by_example import PaintByExampleImageEncoder
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file
from transformers import CLIPImageProcessorPil

from components import RUN, traced
from layout import Random
from listings import PUBLISHED
from modules import published_name
from programs import REPOSITORY, Programs

TOLERANCE = 1e-4
LONGEST_READING = 2.0  # seconds, from a warm page cache
LARGEST_PEAK = 7.0  # GB

CLASSES = {
    "unet": UNet2DConditionModel, "vae": AutoencoderKL, "image_encoder": PaintByExampleImageEncoder
}  # fmt: skip
INDEX = {
    "_class_name": "PaintByExamplePipeline",
    "feature_extractor": ["transformers", "CLIPFeatureExtractor"],
    "image_encoder": ["paint_by_example", "PaintByExampleImageEncoder"],
    "requires_safety_checker": False,
    "safety_checker": [None, None],
    "scheduler": ["diffusers", "PNDMScheduler"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}


def fill(module, seed):
    """Weights that keep activations near 1; none has its default, so that none can be forgotten."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in module.named_parameters():
        matrix = parameter.dim() > 1
        scale = parameter[0].numel() ** -0.5 if matrix else 0.1
        parameter.data.normal_(0, scale, generator=generator)
        if not matrix and name.endswith("weight"):
            parameter.data += 1
    return module


def make_model(folder):
    """A folder as the published one, with random weights."""
    for seed, (name, make) in enumerate(PUBLISHED.items()):
        print(f"making {name}", flush=True)
        module = fill(make(), seed)
        if name != "image_encoder":
            module.save_pretrained(folder / name)
            continue
        weights = {published_name(key): w.contiguous() for key, w in module.state_dict().items()}
        (folder / name).mkdir()
        save_file(weights, folder / name / "model.safetensors", {"format": "pt"})
        module.config.architectures = ["PaintByExampleImageEncoder"]
        module.config.save_pretrained(folder / name)
    PNDMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", skip_prk_steps=True,
        set_alpha_to_one=False, steps_offset=1,
    ).save_pretrained(folder / "scheduler")  # fmt: skip
    CLIPImageProcessorPil().save_pretrained(folder / "feature_extractor")
    (folder / "model_index.json").write_text(json.dumps(INDEX, indent=2) + "\n")


def cases(batch):
    """What is compared: a name, the component, its folder, the inputs."""
    normal = Random("full size").normal
    for count, (height, width), timestep in [
        (1, (64, 64), 1), (1, (48, 64), 500), (batch, (64, 64), 981)
    ]:  # fmt: skip
        yield f"UNet, t = {timestep}, {count} × {height}×{width}", "unet", "unet", {
            "sample": normal(count, 9, height, width).float(),
            "timestep": torch.tensor(timestep),
            "encoder_hidden_states": normal(count, 1, 768).float(),
        }
    yield "VAE, encode 512×512", "vae-encode", "vae", {"sample": normal(1, 3, 512, 512).float()}
    yield "VAE, decode 64×64", "vae-decode", "vae", {"sample": normal(1, 4, 64, 64).float()}
    pixels = normal(1, 3, 224, 224).float()
    yield "image encoder", "image-encoder", "image_encoder", {"pixel_values": pixels}


def error(a, b):
    if a.shape != b.shape:
        return float("inf")
    return ((a - b).abs().max() / b.abs().max()).item()


def compare(model, work, programs, batch):
    """Yields rows: what, which tensor is worst, its error."""
    modules = {}
    for title, component, folder, inputs in cases(batch):
        if folder not in modules:
            modules = {folder: CLASSES[folder].from_pretrained(model, subfolder=folder).eval()}
        save_file(inputs, work / "in.safetensors")
        programs(
            "pbe-convert", "run", "--model", model, "--component", component, "--inputs",
            work / "in.safetensors", "--outputs", work / "out.safetensors", "--trace",
        )  # fmt: skip
        outputs, blocks = traced(modules[folder], lambda: RUN[component](modules[folder], inputs))
        with safe_open(work / "out.safetensors", "pt") as found:
            names = set(found.keys())
            missing = (set(outputs) | set(blocks)) - names
            if missing:
                raise SystemExit(f"{title}: no {', '.join(sorted(missing))}")
            for kind, expected in (("outputs", outputs), (f"{len(blocks)} blocks", blocks)):
                errors = {name: error(found.get_tensor(name), y) for name, y in expected.items()}
                worst = max(errors, key=errors.get)
                yield f"{title}: {kind}", worst, errors[worst]


def measure(model, work, programs):
    """Yields rows: what, value, limit, unit."""
    noise = Random("full size pictures").uniform(512, 512, 3) * 255
    Image.fromarray(noise.byte().numpy()).save(work / "picture.png")
    missing = work / "missing.png"
    picture = ["--mask", missing, "--image", missing, "--reference", missing]
    output = ["--output", work / "out.png"]
    # The model is read and checked before the pictures; the first call warms the page cache.
    runs = [
        programs("pbe-sample", "--model", model, *picture, *output, check=False) for _ in range(2)
    ]
    yield "reading and checking a model", runs[1].seconds, LONGEST_READING, "s"
    sampled = programs(
        "pbe-sample", "--model", model, "--image", work / "picture.png", "--box", "128,128,384,384",
        "--reference", work / "picture.png", *output, "--steps", 1, "--scale", 5,
    )  # fmt: skip
    yield "512×512 with guidance, peak (VmHWM)", sampled.peak_gigabytes, LARGEST_PEAK, "GB"


def report(model, work, programs, batch):
    good = True
    print("| What | Worst | Error | Tolerance |\n|---|---|---|---|")
    for what, worst, value in compare(model, work, programs, batch):
        good &= value < TOLERANCE
        print(f"| {what} | `{worst}` | {value:.1e} | {TOLERANCE:.0e} |", flush=True)
    print("\n| What | Measured | Limit |\n|---|---|---|")
    for what, value, limit, unit in measure(model, work, programs):
        good &= value <= limit
        print(f"| {what} | {value:.2f} {unit} | {limit:g} {unit} |", flush=True)
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--model", type=Path, help="a diffusers folder; random weights without it")
    parser.add_argument("--make", type=Path, help="keep the random model in this new folder")
    parser.add_argument("--batch", type=int, default=2, help="of the last UNet case")
    parser.add_argument("--programs", type=Path, default=REPOSITORY / ".build/release")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    programs = Programs(options.programs, options.threads)
    with tempfile.TemporaryDirectory() as work:
        model = options.model or options.make or Path(work) / "model"
        if options.model is None:
            model.mkdir(parents=True)
            make_model(model)
        sys.exit(0 if report(model, Path(work), programs, options.batch) else 1)


if __name__ == "__main__":
    main()
