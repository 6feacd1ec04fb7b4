"""OpenVINO's int8 UNet, made as its Paint-by-Example notebook makes it.

The notebook (openvino_notebooks, notebooks/paint-by-example) quantizes the UNet alone, by NNCF's
post-training quantization with the mixed preset and for transformers, nothing left out. It
calibrates with the 250 calls of five pictures; weights that are random need no pictures, and no
speed depends on how many calls there are.
"""

from pathlib import Path

import nncf
import numpy
import openvino
import torch

from .openvino_models import save

TIMESTEPS = range(50, 1000, 100)


def quantized(file: Path, arguments: list[torch.Tensor]) -> Path:
    """The UNet of `file` in int8, for inputs like `arguments`; made once."""
    made = file.with_name(f"{file.stem}-int8.xml")
    if not made.exists():
        calls = calibration(*(tuple(argument.shape) for argument in arguments))
        graph = nncf.quantize(
            openvino.Core().read_model(file),
            nncf.Dataset(calls),
            preset=nncf.QuantizationPreset.MIXED,
            model_type=nncf.ModelType.TRANSFORMER,
            subset_size=len(calls),
        )
        save(graph, made)
    return made


def calibration(latents: tuple, timestep: tuple, context: tuple) -> list[list[numpy.ndarray]]:
    """Inputs like the timed ones, all over the schedule: normal, both halves' latents equal."""
    random = numpy.random.default_rng(2)
    calls = []
    for step in TIMESTEPS:
        sample = random.standard_normal((1, *latents[1:]), dtype=numpy.float32)
        calls.append(
            [
                sample.repeat(latents[0], axis=0),
                numpy.full(timestep, step),
                random.standard_normal(context, dtype=numpy.float32),
            ]
        )
    return calls
