"""PyTorch: one call of a network.

    python -m peers.torch_network NAME --model DIR --inputs FILE [--channels-last] [--compile]
        [--precision bf16]
"""

import argparse

import torch

from . import modules
from .protocol import Work, serve


class NetworkWork(Work):
    def __init__(self, options: argparse.Namespace) -> None:
        self.arguments = modules.read_inputs(options.name, options.inputs)
        self.cases = list(self.arguments)
        self.output = modules.SIGNATURES[options.name][1]
        module = modules.load(options.name, options.model)
        if options.precision == "bf16":
            module = module.to(torch.bfloat16)
        if options.channels_last:
            module = module.to(memory_format=torch.channels_last)
        for arguments in self.arguments.values():
            for i, tensor in enumerate(arguments):
                arguments[i] = self.fitting(tensor, options)
        self.module = torch.compile(module) if options.compile else module

    @staticmethod
    def fitting(tensor: torch.Tensor, options: argparse.Namespace) -> torch.Tensor:
        if options.precision == "bf16" and tensor.is_floating_point():
            tensor = tensor.to(torch.bfloat16)
        if options.channels_last and tensor.ndim == 4:
            tensor = tensor.contiguous(memory_format=torch.channels_last)
        return tensor

    def run(self, case: str):
        with torch.inference_mode():
            output = self.module(*self.arguments[case])
        return lambda: {self.output: output.float().contiguous().numpy()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=modules.SIGNATURES)
    parser.add_argument("--model", required=True)
    parser.add_argument("--inputs", required=True)
    parser.add_argument("--precision", default="fp32", choices=["fp32", "bf16"])
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    serve(lambda: NetworkWork(options))
