"""Checks texts against transformers and diffusers where fixtures would be too large.

    python text_parity.py .build/release/pbe-convert TOKENIZER

TOKENIZER is a folder with the vocabulary of CLIP, which tokens_in_bulk.py says how to get; a small one of
fixtures/text will do for all but its size. The text towers of ViT-L/14 and ViT-B/32 with random weights:
states and pooled ends of the real size. A folder of Stable Diffusion that diffusers wrote: read, copied,
and the copy opened in diffusers again.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from diffusers import AutoencoderKL, PNDMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

PROMPTS = ["", "a photo of a cat", "A pure white smiling poochon with droopy ears", "word " * 90]
TOWERS = {"ViT-L/14": (768, 12, 3072, 49407), "ViT-B/32": (512, 8, 2048, 2)}


def error(found, expected):
    return ((found.double() - expected).abs().max() / expected.abs().max()).item()


def check(what, value, limit=1e-4):
    print(f"{what}: {value:.2e} (at most {limit:g})", flush=True)
    return value <= limit


def run(program, model, tokens, work):
    save_file({"input_ids": tokens}, work / "in.safetensors")
    subprocess.run(
        [program, "run", "--model", model, "--component", "text-encoder", "--inputs",
         work / "in.safetensors", "--outputs", work / "out.safetensors"], check=True)
    return load_file(work / "out.safetensors")


def tower(width, heads, inner, end, vocabulary):
    torch.manual_seed(1)
    model = CLIPTextModel(CLIPTextConfig(
        vocab_size=vocabulary, hidden_size=width, num_attention_heads=heads, intermediate_size=inner,
        eos_token_id=end, projection_dim=width)).eval()
    for parameter in model.parameters():
        parameter.data += 0.02 * torch.randn_like(parameter)
    return model


def towers(program, tokenizer, work):
    tokens = tokenizer(PROMPTS, padding="max_length", truncation=True, return_tensors="pt").input_ids
    good = []
    for name, (width, heads, inner, end) in TOWERS.items():
        end = end if end == 2 else tokenizer.eos_token_id
        model = tower(width, heads, inner, end, len(tokenizer))
        folder = work / name.replace("/", "-")
        model.save_pretrained(folder / "text_encoder")
        found = run(program, folder, tokens, work)
        with torch.no_grad():
            expected = model.double()(tokens)
        good.append(check(f"{name}: states", error(
            found["last_hidden_state"], expected.last_hidden_state)))
        good.append(check(f"{name}: pooled", error(found["pooler_output"], expected.pooler_output)))
    return good


def folders(program, tokenizer, work):
    unet = UNet2DConditionModel(
        block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=4, attention_head_dim=2,
        cross_attention_dim=16, sample_size=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"))
    vae = AutoencoderKL(
        block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=4, latent_channels=4,
        down_block_types=["DownEncoderBlock2D"] * 2, up_block_types=["UpDecoderBlock2D"] * 2,
        sample_size=16)
    pipeline = StableDiffusionPipeline(
        unet=unet, vae=vae, text_encoder=tower(16, 2, 24, 2, len(tokenizer)), tokenizer=tokenizer,
        scheduler=PNDMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", skip_prk_steps=True,
            steps_offset=1),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    pipeline.save_pretrained(work / "sd")
    subprocess.run([program, "--from", work / "sd", "--verify", "--to", work / "copy"], check=True)
    copy = StableDiffusionPipeline.from_pretrained(work / "copy", safety_checker=None)
    tokens = [
        p.tokenizer(PROMPTS, padding="max_length", truncation=True, return_tensors="pt").input_ids
        for p in (pipeline, copy)]
    same = torch.equal(*tokens)
    print("tokens of the copy are the same:", same)
    with torch.no_grad():
        states = [p.text_encoder(tokens[0]).last_hidden_state.double() for p in (pipeline, copy)]
    found = run(program, work / "copy", tokens[0], work)["last_hidden_state"]
    return [same, check("states of the copy in diffusers", error(*states), 1e-6),
            check("states of the copy here", error(found, states[0]))]


if __name__ == "__main__":
    made = CLIPTokenizer.from_pretrained(sys.argv[2])
    with tempfile.TemporaryDirectory() as name:
        results = towers(sys.argv[1], made, Path(name)) + folders(sys.argv[1], made, Path(name))
    sys.exit(0 if all(results) else 1)
