"""Small random text-to-image models of 4 and 9 channels, and what inpaints with them.

`diffusers` is its StableDiffusionInpaintPipeline; `compvis` is CompVis/stable-diffusion's PLMS and DDIM
with `mask` and `x0`, written anew from the facts in ldm/models/diffusion/{plms,ddim}.py at 0763d36: noisy
latents of the source before each step with new noise, mask 1 = keep, and noise that is drawn and
multiplied by zero. Everything goes to fixtures/inpainting: the model of 4 channels as a folder, the UNet
of 9, pictures, prompts.safetensors with the texts' tokens, and cases.json.
"""

import json
import shutil

import numpy as np
import torch
from diffusers import AutoencoderKL, StableDiffusionInpaintPipeline, UNet2DConditionModel
from PIL import Image
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

import official
from layout import FIXTURES, channels_last
from modules import randomise
from pipeline import SCHEDULERS, hole, photo, scheduler

FOLDER = FIXTURES / "inpainting"
TEXT = "a blue torus"
WIDTH, HEIGHT = 48, 32


def byte_symbols():
    """GPT-2's printable stand-ins for bytes."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in plain]
    return [chr(b) for b in plain] + [chr(256 + i) for i in range(len(others))]


def write_tokenizer(folder):
    """CLIP's byte pairs, with few merges."""
    merges = ["b l", "u e</w>", "bl ue</w>", "t o", "r u", "ru s</w>"]
    symbols = byte_symbols()
    words = symbols + [s + "</w>" for s in symbols] + [m.replace(" ", "") for m in merges]
    words += ["<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True)
    vocabulary = {word: place for place, word in enumerate(words)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False) + "\n")
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")
    settings = {
        "bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>",
        "unk_token": "<|endoftext|>", "model_max_length": 77, "do_lower_case": True,
        "tokenizer_class": "CLIPTokenizer",
    }  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")
    return len(words)


def unet(channels):
    return UNet2DConditionModel(
        in_channels=channels, out_channels=4, block_out_channels=(8, 16), layers_per_block=1,
        down_block_types=["CrossAttnDownBlock2D", "DownBlock2D"], norm_num_groups=4,
        up_block_types=["UpBlock2D", "CrossAttnUpBlock2D"], attention_head_dim=2,
        cross_attention_dim=16, sample_size=8,
    )  # fmt: skip


def prepared(module, name):
    randomise(module, f"inpainting {name}")
    return module


def parts():
    size = write_tokenizer(FOLDER / "model" / "tokenizer")
    text = CLIPTextModel(CLIPTextConfig(
        vocab_size=size, hidden_size=16, intermediate_size=32, num_hidden_layers=2,
        num_attention_heads=2, max_position_embeddings=77, projection_dim=16,
        bos_token_id=size - 2, eos_token_id=size - 1, pad_token_id=size - 1,
    ))  # fmt: skip
    vae = AutoencoderKL(
        block_out_channels=(8, 8, 16), layers_per_block=1, latent_channels=4, norm_num_groups=4,
        down_block_types=["DownEncoderBlock2D"] * 3, up_block_types=["UpDecoderBlock2D"] * 3,
        sample_size=32,
    )  # fmt: skip
    prepared(vae, "vae")
    vae.decoder.conv_out.weight.data *= 0.4
    found = {
        "vae": vae, "text_encoder": prepared(text, "text"),
        "unet": prepared(unet(4), "unet4"), "unet9": prepared(unet(9), "unet9"),
    }  # fmt: skip
    return {name: part.half().float() for name, part in found.items()}


def save(part, folder, file):
    folder.mkdir(parents=True, exist_ok=True)
    # transformers 5 dropped the level `text_model` that every published checkpoint has.
    level = "text_model." if folder.name == "text_encoder" else ""
    weights = {
        level + key.removeprefix(level): weight.half().contiguous()
        for key, weight in part.named_parameters()
    }
    save_file(weights, folder / file, metadata={"format": "pt"})
    if hasattr(part, "save_config"):
        part.save_config(folder)
    else:
        part.config.architectures = ["CLIPTextModel"]
        part.config.to_json_file(folder / "config.json")


def save_model(models):
    for name in ("vae", "unet"):
        save(models[name], FOLDER / "model" / name, "diffusion_pytorch_model.safetensors")
    save(models["text_encoder"], FOLDER / "model" / "text_encoder", "model.safetensors")
    save(models["unet9"], FOLDER / "unet9", "diffusion_pytorch_model.safetensors")
    scheduler().save_pretrained(FOLDER / "model" / "scheduler")
    index = {
        "_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.42.1",
        "scheduler": ["diffusers", "PNDMScheduler"], "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"], "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
    }  # fmt: skip
    (FOLDER / "model" / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")


def diffusers(models, case, source, mask):
    # What old folders say, the pipeline overrules.
    settings = {"skip_prk_steps": False, "steps_offset": 0} if case["outdated"] else {}
    pipeline = StableDiffusionInpaintPipeline(
        vae=models["vae"], text_encoder=models["text_encoder"],
        tokenizer=CLIPTokenizer.from_pretrained(FOLDER / "model" / "tokenizer"),
        unet=models["unet" if case["channels"] == 4 else "unet9"],
        scheduler=SCHEDULERS[case["sampler"]].from_config(scheduler().config, **settings),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    return pipeline(
        prompt=TEXT, image=source, mask_image=mask, width=WIDTH, height=HEIGHT,
        num_inference_steps=case["steps"], guidance_scale=case["scale"], eta=case["eta"],
        strength=1.0, generator=torch.Generator().manual_seed(case["seed"]),
    ).images[0]  # fmt: skip


@torch.no_grad()
def compvis(models, case, source, mask):
    generator = torch.Generator().manual_seed(case["seed"])
    vae, tokens = models["vae"], texts(models)
    keep = official.keep_mask(mask)
    keep = torch.nn.functional.interpolate(keep, size=(HEIGHT // 4, WIDTH // 4))
    factor = vae.config.scaling_factor
    clean = vae.encode(official.signed(source)).latent_dist.sample(generator) * factor
    x = torch.randn(clean.shape, generator=generator)
    schedule = official.Schedule(scheduler(), case["steps"])
    history = []

    def drawn():
        return torch.randn(clean.shape, generator=generator)

    def predict(x, timestep):
        tokens_in = torch.cat([tokens["null"], tokens["text"]])
        t = torch.full((2,), int(timestep))
        null, text = models["unet"](torch.cat([x, x]), t, encoder_hidden_states=tokens_in).sample.chunk(2)
        return null + case["scale"] * (text - null)

    for index in reversed(range(len(schedule.timesteps))):
        a = torch.tensor(schedule.alphas[index])
        noisy = a.sqrt() * clean + (1 - a).sqrt() * drawn()
        x = noisy * keep + (1 - keep) * x
        e = predict(x, schedule.timesteps[index])
        if case["sampler"] == "ddim":
            sigma = schedule.sigma(index, case["eta"])
            x = schedule.before(x, e, index, sigma) + sigma * drawn()
            continue
        effective = e
        if not history:
            ahead = schedule.before(x, e, index)
            drawn()
            effective = (e + predict(ahead, schedule.timesteps[max(index - 1, 0)])) / 2
        elif len(history) == 1:
            effective = (3 * e - history[-1]) / 2
        elif len(history) == 2:
            effective = (23 * e - 16 * history[-1] + 5 * history[-2]) / 12
        else:
            effective = (55 * e - 59 * history[-1] + 37 * history[-2] - 9 * history[-3]) / 24
        x = schedule.before(x, effective, index)
        drawn()
        history = (history + [e])[-3:]
    picture = torch.clamp((vae.decode(x / factor).sample + 1) / 2, 0, 1)[0].permute(1, 2, 0)
    return Image.fromarray((255.0 * picture.numpy()).astype(np.uint8))


def texts(models):
    tokenizer = CLIPTokenizer.from_pretrained(FOLDER / "model" / "tokenizer")
    found = {}
    for name, text in (("text", TEXT), ("null", "")):
        ids = tokenizer(text, padding="max_length", max_length=77, return_tensors="pt").input_ids
        with torch.no_grad():
            found[name] = models["text_encoder"](ids)[0]
    return found


def cases():
    usual = dict(seed=3, steps=5, scale=3.0, eta=0.0, sampler="plms", by="diffusers",
                 outdated=False)
    both = [
        dict(name="plms"), dict(name="ddim", sampler="ddim"), dict(name="dpm++", sampler="dpm++"),
        dict(name="ddim-eta", sampler="ddim", eta=0.5, seed=8), dict(name="unipc", sampler="unipc"),
        dict(name="unguided", scale=1.0),
    ]  # fmt: skip
    found = [
        usual | case | dict(channels=channels, name=f"{case['name']}-{channels}")
        for channels in (4, 9) for case in both
    ]  # fmt: skip
    four = usual | dict(channels=4)
    found.append(four | dict(name="outdated-4", outdated=True))
    own = [("plms", 0.0), ("ddim", 0.0), ("ddim", 0.7)]
    for sampler, eta in own:
        name = f"compvis-{sampler}" + ("-eta" if eta else "")
        found.append(four | dict(name=name, by="compvis", sampler=sampler, eta=eta))
    return found


def generate():
    shutil.rmtree(FOLDER, ignore_errors=True)
    models = parts()
    save_model(models)
    source, mask = photo(WIDTH, HEIGHT, 1), hole(WIDTH, HEIGHT)
    source.save(FOLDER / "source.png")
    mask.save(FOLDER / "mask.png")
    save_file({k: v.contiguous() for k, v in texts(models).items()}, FOLDER / "prompts.safetensors")
    for case in cases():
        picture = {"diffusers": diffusers, "compvis": compvis}[case["by"]](models, case, source, mask)
        clipped = np.isin(np.array(picture), (0, 255)).mean()
        assert clipped < 0.05, f"{case['name']}: {clipped:.0%} of the bytes are clipped"
        picture.save(FOLDER / f"{case['name']}.png")
        print(f"{case['name']}: deviation {np.array(picture).std():.0f}")
    (FOLDER / "cases.json").write_text(json.dumps(cases(), indent=1) + "\n")
    total = sum(file.stat().st_size for file in FOLDER.rglob("*") if file.is_file())
    print(f"inpainting: {total / 1024:.0f} KB")
