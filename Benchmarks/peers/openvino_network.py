"""OpenVINO: one call of a network.

    python -m peers.openvino_network NAME --model DIR --inputs FILE --cache DIR [--precision bf16]
"""

import argparse
import os
from pathlib import Path

import openvino
import torch

from . import modules
from .protocol import Work, serve


def exported(name: str, model: str, arguments: list[torch.Tensor], cache: Path) -> Path:
    """The network in OpenVINO's own format, for inputs of just these sizes; made once."""
    sizes = "x".join(str(size) for size in arguments[0].shape)
    identity = f"{Path(model).resolve().parent.name}-{Path(model).name}-{name}-{sizes}"
    file = cache / f"{identity}.xml"
    if not file.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with torch.no_grad():
            graph = openvino.convert_model(
                modules.load(name, model),
                example_input=tuple(arguments),
                input=[tuple(argument.shape) for argument in arguments],
            )
        beside = cache / f"new-{identity}.xml"
        openvino.save_model(graph, beside, compress_to_fp16=False)
        # The weights first: the graph's file says that all is there.
        os.replace(beside.with_suffix(".bin"), file.with_suffix(".bin"))
        os.replace(beside, file)
    return file


def compiled(file: Path, precision: str) -> openvino.CompiledModel:
    core = openvino.Core()
    settings = {
        "INFERENCE_PRECISION_HINT": {"fp32": "f32", "bf16": "bf16"}[precision],
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": len(os.sched_getaffinity(0)),
    }
    return core.compile_model(core.read_model(file), "CPU", settings)


class NetworkWork(Work):
    def __init__(self, options: argparse.Namespace) -> None:
        cases = modules.read_inputs(options.name, options.inputs)
        self.cases = list(cases)
        self.output = modules.SIGNATURES[options.name][1]
        arguments = next(iter(cases.values()))
        file = exported(options.name, options.model, arguments, Path(options.cache))
        self.network = compiled(file, options.precision)
        self.arguments = {name: [a.numpy() for a in case] for name, case in cases.items()}

    def run(self, case: str):
        output = self.network(self.arguments[case])[0]
        return lambda: {self.output: output}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=modules.SIGNATURES)
    parser.add_argument("--model", required=True)
    parser.add_argument("--inputs", required=True)
    parser.add_argument("--cache", required=True)
    parser.add_argument("--precision", default="fp32", choices=["fp32", "bf16"])
    options = parser.parse_args()
    serve(lambda: NetworkWork(options))
