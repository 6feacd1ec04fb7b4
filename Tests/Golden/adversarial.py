"""The autoencoder's sharpening losses: what an image encoder sees, and what a patch discriminator judges.

The discriminator is NLayerDiscriminator of taming-transformers, the weight between the losses its
LPIPSWithDiscriminator's. Reconstructions are of given latents, so that only the decoder is at work.
"""

import torch
from torch import nn
from torch.nn import functional as F

from encoders import DEVIATION, MEAN
from layout import Random, channels_first, save
from modules import published_name, randomise, small_image_encoder, small_vae

PERCEPTUAL, WEIGHT = 0.5, 0.8
DECODER = ("decoder.conv_in.weight", "decoder.conv_out.weight", "decoder.conv_out.bias")


def discriminator(layers=2, channels=6):
    widths = [channels * min(2**n, 8) for n in range(layers + 1)]
    main = [nn.Conv2d(3, channels, 4, 2, 1), nn.LeakyReLU(0.2)]
    for n in range(1, layers + 1):
        stride = 2 if n < layers else 1
        main += [
            nn.Conv2d(widths[n - 1], widths[n], 4, stride, 1, bias=False),
            nn.BatchNorm2d(widths[n]), nn.LeakyReLU(0.2),
        ]  # fmt: skip
    module = nn.Module()
    module.main = nn.Sequential(*main, nn.Conv2d(widths[-1], 1, 4, 1, 1))
    module.forward = module.main.forward
    return randomise(module, "discriminator").train()


def perceptual(encoder, pictures, target):
    """Of squares as large as the encoder's pictures."""
    mean, deviation = (torch.tensor(x).reshape(3, 1, 1) for x in (MEAN, DEVIATION))

    def states(x):
        squares = torch.cat([x[..., i : i + 12, j : j + 12] for i in (0, 12) for j in (0, 12)])
        hidden = encoder.model(((squares + 1) / 2 - mean) / deviation, output_hidden_states=True)
        return [F.layer_norm(h, h.shape[-1:]) for h in hidden.hidden_states[1:]]

    pairs = list(zip(states(pictures), states(target)))
    return sum(F.mse_loss(a, b) for a, b in pairs) / len(pairs)


def generate():
    random = Random("adversarial inputs")
    vae, judge, encoder = small_vae(), discriminator(), small_image_encoder()
    pictures, latents = random.normal(2, 24, 24, 3), random.normal(2, 12, 12, 4)
    real = channels_first(pictures)
    made = vae.decode(channels_first(latents)).sample

    seen = perceptual(encoder, made, real)
    error = (made - real).abs().mean() + PERCEPTUAL * seen
    doubt = -judge(made).mean()
    last = vae.decoder.conv_out.weight
    lengths = [torch.autograd.grad(x, last, retain_graph=True)[0].norm() for x in (error, doubt)]
    adaptive = (lengths[0] / (lengths[1] + 1e-4)).clamp(0, 1e4).detach()
    generator = error + WEIGHT * adaptive * doubt
    decoder = [vae.get_parameter(key) for key in DECODER]
    decoder_gradients = torch.autograd.grad(generator, decoder)

    hinge = 0.5 * (F.relu(1 - judge(real)).mean() + F.relu(1 + judge(made.detach())).mean())
    judge_gradients = torch.autograd.grad(hinge, list(judge.parameters()))

    tensors = {"pictures": pictures, "latents": latents, "judged": judge(real).permute(0, 2, 3, 1)}
    for name, value in (
        ("perceptual", seen), ("generator", generator), ("discriminator", hinge),
        ("adaptive", adaptive),
    ):  # fmt: skip
        tensors[f"loss/{name}"] = value.reshape(1)
    tensors |= {f"vae/{key}": p for key, p in vae.named_parameters()}
    tensors |= {f"encoder/{published_name(key)}": p for key, p in encoder.named_parameters()}
    tensors |= {f"discriminator/{key}": p for key, p in judge.named_parameters()}
    tensors |= {f"grads/{key}": g for key, g in zip(DECODER, decoder_gradients)}
    tensors |= {
        f"grads/{key}": g for (key, _), g in zip(judge.named_parameters(), judge_gradients)}
    save("adversarial", tensors)
