"""Names and shapes of the original code's checkpoint (CompVis naming), one `name shape` a line.

The original code cannot be installed any more. Its names are built here module by module from its
architecture; that they are right is proved by diffusers, whose own conversion must turn them into
exactly the weights of its classes (strict loading). It has none for the image encoder.
"""

import torch
from diffusers.loaders.single_file_utils import (
    convert_ldm_unet_checkpoint,
    convert_ldm_vae_checkpoint,
)

from layout import LISTINGS
from listings import published
from modules import published_name

RESNET = {
    "norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0", "conv2": "out_layers.3", "conv_shortcut": "skip_connection",
}  # fmt: skip
ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}
MAPPER = {
    "norm1": "ln_1", "attn1.to_q": "attn.c_qkv", "attn1.to_k": None, "attn1.to_v": None,
    "attn1.to_out.0": "attn.c_proj", "norm3": "ln_2", "ff.net.0.proj": "mlp.c_fc",
    "ff.net.2": "mlp.c_proj",
}  # fmt: skip


def unet_module(path, layers=2):
    """diffusers' place of a block → `UNetModel`'s."""
    match path.split("."):
        case ["time_embedding", layer]:
            return {"linear_1": "time_embed.0", "linear_2": "time_embed.2"}[layer]
        case ["conv_in"]:
            return "input_blocks.0.0"
        case ["conv_norm_out"]:
            return "out.0"
        case ["conv_out"]:
            return "out.2"
        case ["mid_block", "resnets", index, *rest]:
            return f"middle_block.{2 * int(index)}.{RESNET['.'.join(rest)]}"
        case ["mid_block", "attentions", _, *rest]:
            return f"middle_block.1.{'.'.join(rest)}"
        case ["down_blocks", level, kind, index, *rest]:
            number = 1 + int(level) * (layers + 1) + int(index)
            if kind == "downsamplers":
                return f"input_blocks.{number + layers}.0.op"
            place = "0." + RESNET[".".join(rest)] if kind == "resnets" else "1." + ".".join(rest)
            return f"input_blocks.{number}.{place}"
        case ["up_blocks", level, kind, index, *rest]:
            number = int(level) * (layers + 1) + int(index)
            if kind == "upsamplers":
                return f"output_blocks.{number + layers}.{1 if level == '0' else 2}.conv"
            place = "0." + RESNET[".".join(rest)] if kind == "resnets" else "1." + ".".join(rest)
            return f"output_blocks.{number}.{place}"


def vae_module(path, levels=4):
    """diffusers' place of a block → `AutoencoderKL`'s of ldm."""
    match path.replace("conv_shortcut", "nin_shortcut").split("."):
        case [half, "mid_block", "resnets", index, *rest]:
            return f"{half}.mid.block_{int(index) + 1}.{'.'.join(rest)}"
        case [half, "mid_block", "attentions", _, *rest]:
            return f"{half}.mid.attn_1.{ATTENTION['.'.join(rest)]}"
        case [half, blocks, level, kind, index, *rest]:
            level = int(level) if half == "encoder" else levels - 1 - int(level)
            direction = blocks.removesuffix("_blocks")
            if kind == "resnets":
                return f"{half}.{direction}.{level}.block.{index}.{'.'.join(rest)}"
            return f"{half}.{direction}.{level}.{direction}sample.conv"
        case [half, "conv_norm_out"]:
            return f"{half}.norm_out"
        case _:
            return path


def encoder_module(path):
    """Our place of a block → `FrozenCLIPImageEmbedder`'s, and what `LatentDiffusion` itself owns."""
    match path.split("."):
        case ["model", *rest]:
            return f"cond_stage_model.transformer.{'.'.join(rest)}"
        case ["mapper", "blocks", index, *rest]:
            module = MAPPER[".".join(rest)]
            return module and f"cond_stage_model.mapper.resblocks.{index}.{module}"
        case ["final_layer_norm"]:
            return "cond_stage_model.final_ln"
        case _:
            return path


def renamed(weights, module, prefix=""):
    result = {}
    for key, weight in weights.items():
        path, _, leaf = key.rpartition(".")
        if (name := module(path)) is not None:
            result[f"{prefix}{name}.{leaf}"] = weight
    return result


def prove(model, original, convert):
    config = {key: None for key in ("class_embed_type", "addition_embed_type", "num_class_embeds")}
    converted = convert(dict(original), config | dict(model.config))
    model.load_state_dict(converted, strict=True, assign=True)


def generate():
    models = dict(published())
    unet = renamed(models["unet"].state_dict(), unet_module, "model.diffusion_model.")
    vae = renamed(models["vae"].state_dict(), vae_module, "first_stage_model.")
    for key in vae:
        if ".attn_1." in key and ".norm." not in key and key.endswith("weight"):
            vae[key] = vae[key][:, :, None, None]
    prove(models["unet"], unet, convert_ldm_unet_checkpoint)
    prove(models["vae"], vae, convert_ldm_vae_checkpoint)
    weights = {published_name(k): w for k, w in models["image_encoder"].named_parameters()}
    null = weights.pop("uncond_vector")
    encoder = renamed(weights, encoder_module) | {"learnable_vector": null}
    for key in encoder:
        if ".c_qkv." in key:
            encoder[key] = torch.cat([encoder[key]] * 3)
    everything = sorted((unet | vae | encoder).items())
    lines = [f"{key} {'x'.join(map(str, weight.shape))}" for key, weight in everything]
    (LISTINGS / "original.txt").write_text("\n".join(lines) + "\n")
    print(f"original.txt: {len(lines)} weights")
