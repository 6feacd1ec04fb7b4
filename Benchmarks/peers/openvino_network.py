"""OpenVINO: one call of a network.

    python -m peers.openvino_network NAME --model DIR --inputs FILE --cache DIR
        [--precision bf16|int8]
"""

import argparse
from pathlib import Path

from . import modules
from .openvino_models import compiled, details, exported
from .protocol import Work, serve


class NetworkWork(Work):
    def __init__(self, options: argparse.Namespace) -> None:
        cases = modules.read_inputs(options.name, options.inputs)
        self.cases = list(cases)
        self.output = modules.SIGNATURES[options.name][1]
        arguments = next(iter(cases.values()))
        file = exported(options.name, options.model, arguments, Path(options.cache))
        if options.precision == "int8":
            from .openvino_int8 import quantized  # NNCF takes seconds to import

            file = quantized(file, arguments)
        self.network = compiled(file, options.precision)
        self.details = details(self.network)
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
    parser.add_argument("--precision", default="fp32", choices=["fp32", "bf16", "int8"])
    options = parser.parse_args()
    serve(lambda: NetworkWork(options))
