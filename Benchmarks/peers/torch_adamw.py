"""PyTorch: one step of fused AdamW on several tensors of the inputs' size.

    python -m peers.torch_adamw --inputs FILE --copies N
"""

import argparse

import torch
from safetensors.torch import load_file

from .protocol import Work, serve


class AdamWWork(Work):
    def __init__(self, options: argparse.Namespace) -> None:
        tensors = load_file(options.inputs)
        self.weights = []
        for _ in range(options.copies):
            weight = torch.nn.Parameter(tensors["weight"].clone())
            weight.grad = tensors["gradient"].clone()
            self.weights.append(weight)
        self.optimizer = torch.optim.AdamW(self.weights, lr=1e-3, fused=True)

    def run(self, case: str):
        self.optimizer.step()
        return lambda: {"weight": self.weights[0].detach().numpy()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--inputs", required=True)
    parser.add_argument("--copies", type=int, default=1)
    options = parser.parse_args()
    serve(lambda: AdamWWork(options))
