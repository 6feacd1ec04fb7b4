"""The networks as modules of plain tensors: what PyTorch runs and OpenVINO is given.

diffusers is imported where it is needed: OpenVINO needs it once, to export a network.
"""

import torch

# What each takes, in order, and what it gives.
SIGNATURES = {
    "unet": (["sample", "timestep", "encoder_hidden_states"], "sample"),
    "vae-decode": (["sample"], "sample"),
    "vae-encode": (["sample"], "moments"),
    "image-encoder": (["pixel_values"], "features"),
    "condition": (["pixel_values"], "condition"),
    "tiny-decode": (["sample"], "sample"),
}


class OneToken:
    """Attention to a single token: softmax over one key is 1, whatever the query."""

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, *_, **__):
        return attn.to_out[0](attn.to_v(encoder_hidden_states))


def use_one_token(unet) -> None:
    """Peers may use the same algebra as we do."""
    processors = dict(unet.attn_processors)
    for name in processors:
        if ".attn2." in name:
            processors[name] = OneToken()
    unet.set_attn_processor(processors)


def autoencoder(folder: str):
    from diffusers import AutoencoderKL

    return AutoencoderKL.from_pretrained(f"{folder}/vae")


def image_encoder(folder: str):
    from diffusers.pipelines.deprecated.paint_by_example import PaintByExampleImageEncoder

    return PaintByExampleImageEncoder.from_pretrained(f"{folder}/image_encoder")


class UNet(torch.nn.Module):
    def __init__(self, folder: str, one_token: bool = True) -> None:
        super().__init__()
        from diffusers import UNet2DConditionModel

        self.net = UNet2DConditionModel.from_pretrained(f"{folder}/unet")
        if one_token:
            use_one_token(self.net)

    def forward(self, sample, timestep, encoder_hidden_states):
        return self.net(sample, timestep, encoder_hidden_states, return_dict=False)[0]


class Decoder(torch.nn.Module):
    def __init__(self, folder: str) -> None:
        super().__init__()
        vae = autoencoder(folder)
        self.before, self.net = vae.post_quant_conv, vae.decoder

    def forward(self, sample):
        return self.net(self.before(sample))


class Encoder(torch.nn.Module):
    def __init__(self, folder: str) -> None:
        super().__init__()
        vae = autoencoder(folder)
        self.net, self.after = vae.encoder, vae.quant_conv

    def forward(self, sample):
        return self.after(self.net(sample))


class TinyDecoder(torch.nn.Module):
    def __init__(self, folder: str) -> None:
        super().__init__()
        from diffusers import AutoencoderTiny

        # The folder has no encoder, which nothing here calls.
        self.net = AutoencoderTiny.from_pretrained(folder).decoder

    def forward(self, sample):
        return self.net(sample)


class ImageEncoder(torch.nn.Module):
    """The vision tower's normalised class token."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self.net = image_encoder(folder).model

    def forward(self, pixel_values):
        return self.net(pixel_values).pooler_output


class Condition(torch.nn.Module):
    """The null condition and the reference's, one above the other: `[2, 1, D]`."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self.net = image_encoder(folder)

    def forward(self, pixel_values):
        condition, null = self.net(pixel_values, return_uncond_vector=True)
        return torch.cat([null, condition])


def load(name: str, folder: str) -> torch.nn.Module:
    made = {
        "unet": UNet,
        "vae-decode": Decoder,
        "vae-encode": Encoder,
        "image-encoder": ImageEncoder,
        "condition": Condition,
        "tiny-decode": TinyDecoder,
    }[name](folder)
    return made.eval().requires_grad_(False)


def read_inputs(name: str, file: str) -> dict[str, list[torch.Tensor]]:
    """The arguments of each case, in the module's order.

    The UNet's `pair` gives both halves the latents of the first.
    """
    from safetensors.torch import load_file

    tensors = load_file(file)
    arguments = [tensors[key] for key in SIGNATURES[name][0]]
    if name != "unet":
        return {"default": arguments}
    arguments[1] = arguments[1][0].long()
    sample = arguments[0]
    return {"pair": [sample[:1].repeat(2, 1, 1, 1), *arguments[1:]], "plain": arguments}
