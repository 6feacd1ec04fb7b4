"""Small models alone, as `pbe-convert run` evaluates them: PyTorch's names and layouts, and every
block's output on the way.

The models are those of modules.py, whose fixtures hold their weights.
"""

import re

import torch

from layout import Random, save
from modules import deep_unet, published_name, small_image_encoder, small_unet, small_vae

# What --trace writes: blocks, not the layers that they are made of.
BLOCK = re.compile(
    r"""
    (.+\.)? (down_blocks|up_blocks|resnets|attentions|transformer_blocks|layers|blocks)\.\d+
    | .+\.(downsamplers|upsamplers)\.\d+ | .+\.(attn1|attn2|ff) | (.+\.)?mid_block
    | time_embedding | encoder | decoder | mapper
    | ((encoder|decoder)\.)?conv_(in|out) | (post_)?quant_conv
    | .+\.(embeddings|pre_layrnorm|post_layernorm) | final_layer_norm | proj_out
    """,
    re.VERBOSE,
)


def first_tensor(output):
    """A module's output without its wrapping: tuples and classes of outputs."""
    return output if torch.is_tensor(output) else first_tensor(output[0])


def traced(module, call):
    """What `call` returns, and meanwhile the outputs of the blocks by their published paths."""
    outputs = {}

    def keep(name):
        def hook(_module, _inputs, output):
            outputs[published_name(name + ".")[:-1]] = first_tensor(output)

        return hook

    blocks = [(name, part) for name, part in module.named_modules() if BLOCK.fullmatch(name)]
    handles = [part.register_forward_hook(keep(name)) for name, part in blocks]
    with torch.no_grad():
        results = call()
    for handle in handles:
        handle.remove()
    return results, outputs


def run_unet(module, inputs):
    output = module(inputs["sample"], inputs["timestep"], inputs["encoder_hidden_states"])
    return {"sample": output.sample}


def run_vae_encode(module, inputs):
    posterior = module.encode(inputs["sample"]).latent_dist
    return {"mean": posterior.mean, "logvar": posterior.logvar}


def run_vae_decode(module, inputs):
    return {"sample": module.decode(inputs["sample"]).sample}


def run_image_encoder(module, inputs):
    condition, null = module(inputs["pixel_values"], return_uncond_vector=True)
    return {"condition": condition, "uncond_vector": null}


RUN = {
    "unet": run_unet,
    "vae-encode": run_vae_encode,
    "vae-decode": run_vae_decode,
    "image-encoder": run_image_encoder,
}


def case(name, component, module, inputs):
    """NAME/inputs/, NAME/outputs/ and NAME/blocks/."""
    outputs, blocks = traced(module, lambda: RUN[component](module, inputs))
    groups = {"inputs": inputs, "outputs": outputs, "blocks": blocks}
    return {
        f"{name}/{group}/{key}": value
        for group, tensors in groups.items()
        for key, value in tensors.items()
    }


def unet_inputs(name, batch, size, timestep, tokens):
    random = Random(f"{name} component")
    return {
        "sample": random.normal(batch, 9, *size),
        "timestep": torch.tensor(timestep),
        "encoder_hidden_states": random.normal(batch, tokens, 12),
    }


def generate():
    normal = Random("components").normal
    unet = small_unet()
    cases = [
        ("square", "unet", unet, unet_inputs("square", 1, (8, 8), 1, tokens=1)),
        ("wide", "unet", unet, unet_inputs("wide", 2, (6, 8), [500, 981], tokens=1)),
        ("tokens", "unet", deep_unet(), unet_inputs("tokens", 1, (16, 8), 500, tokens=5)),
        ("encode", "vae-encode", small_vae(), {"sample": normal(2, 3, 10, 8)}),
        ("decode", "vae-decode", small_vae(), {"sample": normal(2, 4, 5, 4)}),
        (
            "reference", "image-encoder", small_image_encoder(),
            {"pixel_values": normal(2, 3, 12, 12)},
        ),
    ]  # fmt: skip
    tensors = {}
    for arguments in cases:
        tensors |= case(*arguments)
    save("components", tensors)
