"""Small models: weights, inputs, outputs, and the gradients of every weight and input."""

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.pipelines.deprecated.paint_by_example import PaintByExampleImageEncoder
from transformers import CLIPVisionConfig, CLIPVisionModel

from layout import Random, channels_first, channels_last, save

HEADS, GROUPS = 2, 4


def randomise(module, name):
    """Weights of a size that keeps activations near 1; every one different from its default."""
    random = Random(name)
    module.double().eval()
    for key, parameter in module.named_parameters():
        fan_in = max(1, parameter[0].numel()) if parameter.dim() > 1 else 1
        value = random.normal(*parameter.shape, scale=0.1)
        if parameter.dim() > 1:
            value = random.normal(*parameter.shape, scale=fan_in**-0.5)
        elif key.endswith("weight"):
            value += 1
        parameter.data = value.float().double()
    return module


def published_name(key):
    """transformers 5 dropped the level `vision_model` that every published checkpoint has."""
    for tower in ("embeddings.", "pre_layrnorm.", "encoder.layers.", "post_layernorm."):
        if key.startswith("model." + tower):
            return key.replace("model.", "model.vision_model.", 1)
        if key.startswith(tower):
            return "vision_model." + key
    return key


def record(module, inputs, outputs, name, rename=lambda key: key):
    """All of it under weights/, inputs/, outputs/, dy/, grads/ (weights and inputs by name)."""
    dy = {key: Random(f"{name} {key} dy").normal(*y.shape) for key, y in outputs.items()}
    loss = sum((outputs[key] * dy[key]).sum() for key in outputs)
    weights = dict(module.named_parameters())
    leaves = {rename(key): w for key, w in weights.items()}
    leaves |= {f"input:{key}": x for key, x in inputs.items() if x.requires_grad}
    gradients = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
    tensors = {f"weights/{rename(key)}": w for key, w in weights.items()}
    tensors |= {f"inputs/{key}": x for key, x in inputs.items()}
    tensors |= {f"outputs/{key}": y for key, y in outputs.items()}
    tensors |= {f"dy/{key}": y for key, y in dy.items()}
    for (key, leaf), gradient in zip(leaves.items(), gradients):
        gradient = torch.zeros_like(leaf) if gradient is None else gradient
        tensors[f"grads/{key}"] = gradient
    return tensors


def unet_config(channels, attention, layers, context):
    """Stable Diffusion's UNet with 9 input channels, made small; attention by level."""
    down = ["CrossAttnDownBlock2D" if on else "DownBlock2D" for on in attention]
    up = ["CrossAttnUpBlock2D" if on else "UpBlock2D" for on in reversed(attention)]
    return dict(
        in_channels=9, out_channels=4, block_out_channels=channels, layers_per_block=layers,
        down_block_types=down, up_block_types=up, norm_num_groups=GROUPS,
        attention_head_dim=HEADS, cross_attention_dim=context,
    )  # fmt: skip


def small_unet():
    config = unet_config((8, 16), (True, False), layers=1, context=12)
    return randomise(UNet2DConditionModel(**config), "unet_small")


def deep_unet():
    config = unet_config((8, 8, 8, 8), (True, True, True, False), layers=1, context=12)
    return randomise(UNet2DConditionModel(**config), "unet_tokens")


def unet(name, module, tokens, size):
    random = Random(name + " inputs")
    inputs = {
        "sample": random.normal(2, *size, 9).requires_grad_(),
        "timesteps": torch.tensor([981, 7]),
        "context": random.normal(2, tokens, 12).requires_grad_(),
    }
    output = module(channels_first(inputs["sample"]), inputs["timesteps"], inputs["context"]).sample
    save(name, record(module, inputs, {"output": channels_last(output)}, name))


def small_vae():
    module = AutoencoderKL(
        block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=GROUPS, latent_channels=4,
        down_block_types=["DownEncoderBlock2D"] * 2, up_block_types=["UpDecoderBlock2D"] * 2,
    )  # fmt: skip
    return randomise(module, "vae")


def vae():
    module = small_vae()
    random = Random("vae inputs")
    inputs = {
        "image": random.normal(2, 10, 8, 3).requires_grad_(),
        "latents": random.normal(2, 5, 4, 4).requires_grad_(),
        "noise": random.normal(2, 5, 4, 4),
    }
    posterior = module.encode(channels_first(inputs["image"])).latent_dist
    outputs = {
        "mean": channels_last(posterior.mean),
        "log_variance": channels_last(posterior.logvar),
        "sample": channels_last(posterior.mean) + channels_last(posterior.std) * inputs["noise"],
        "kl": posterior.kl().mean(),
        "decoded": channels_last(module.decode(channels_first(inputs["latents"])).sample),
    }
    save("vae_small", record(module, inputs, outputs, "vae"))


def tower_config(**changes):
    return CLIPVisionConfig(
        hidden_size=16, num_hidden_layers=5, num_attention_heads=2, intermediate_size=24,
        image_size=12, patch_size=4, projection_dim=12, **changes
    )  # fmt: skip


def clip(activation):
    name = f"clip_{activation}"
    module = randomise(CLIPVisionModel(tower_config(hidden_act=activation)), name)
    inputs = {"image": Random(name + " inputs").normal(2, 12, 12, 3).requires_grad_()}
    result = module(channels_first(inputs["image"]))
    outputs = {"tokens": result.last_hidden_state, "pooled": result.pooler_output}
    save(name, record(module, inputs, outputs, name, published_name))


def small_image_encoder():
    return randomise(PaintByExampleImageEncoder(tower_config()), "image encoder")


def image_encoder():
    """The method's single token, and the naive baseline's: the same path for every token."""
    module = small_image_encoder()
    inputs = {"image": Random("image encoder inputs").normal(2, 12, 12, 3).requires_grad_()}
    pixels = channels_first(inputs["image"])
    hidden = module.model.post_layernorm(module.model(pixels).last_hidden_state)
    outputs = {
        "class_token": module(pixels),
        "all_tokens": module.proj_out(module.final_layer_norm(module.mapper(hidden))),
        "null": module.uncond_vector.expand(2, 1, -1),
    }
    save("image_encoder_small", record(module, inputs, outputs, "encoder", published_name))


def generate():
    unet("unet_small", small_unet(), tokens=1, size=(8, 6))
    unet("unet_tokens", deep_unet(), tokens=5, size=(16, 8))
    vae()
    clip("quick_gelu")
    clip("gelu")
    image_encoder()
