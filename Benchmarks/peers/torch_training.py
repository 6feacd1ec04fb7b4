"""PyTorch: one step of training the denoising network, latents and condition given.

    python -m peers.torch_training --model DIR --inputs FILE [--recompute] [--channels-last]
        [--compile] [--precision bf16-mixed]
"""

import argparse

import torch
from safetensors.torch import load_file

from . import modules
from .protocol import Work, serve

# Gradients that are compared: the last layer's and the first's, and one between.
COMPARED = ("conv_in.weight", "mid_block.resnets.0.conv1.weight", "conv_out.weight")


class TrainingWork(Work):
    def __init__(self, options: argparse.Namespace) -> None:
        # Weights, their gradients and AdamW stay in fp32; autocast rounds what is multiplied.
        self.mixed = options.precision == "bf16-mixed"
        unet = modules.UNet(options.model).net
        unet.train()
        if options.recompute:
            unet.enable_gradient_checkpointing()
        tensors = load_file(options.inputs)
        self.sample, self.target = tensors["sample"], tensors["target"]
        self.timestep = tensors["timestep"].long()
        self.context = tensors["encoder_hidden_states"]
        if options.channels_last:
            unet = unet.to(memory_format=torch.channels_last)
            self.sample = self.sample.contiguous(memory_format=torch.channels_last)
            self.target = self.target.contiguous(memory_format=torch.channels_last)
        self.optimizer = torch.optim.AdamW(unet.parameters(), lr=1e-5, fused=True)
        self.parameters = dict(unet.named_parameters())
        self.unet = torch.compile(unet) if options.compile else unet

    def run(self, case: str):
        self.optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.mixed):
            output = self.unet(self.sample, self.timestep, self.context, return_dict=False)[0]
            loss = torch.nn.functional.mse_loss(output, self.target)
        loss.backward()
        self.optimizer.step()
        return lambda: self.outputs(loss)

    def outputs(self, loss: torch.Tensor) -> dict:
        outputs = {"loss": loss.detach().reshape(1).numpy()}
        for name in COMPARED:
            outputs[name] = self.parameters[name].grad.contiguous().numpy()
        return outputs


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--inputs", required=True)
    parser.add_argument("--precision", default="fp32", choices=["fp32", "bf16-mixed"])
    parser.add_argument("--recompute", action="store_true")
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    serve(lambda: TrainingWork(options))
