"""Networks as OpenVINO runs them: exported once, compiled for a precision, which they confirm."""

import os
import re
from collections import Counter
from pathlib import Path

import openvino
import torch

from . import modules

# The layers that take the time, and what the table calls their precisions.
HEAVY = ("Convolution", "FullyConnected", "MatMul")
PRECISIONS = {"f32": "fp32", "bf16": "bf16", "u8": "int8", "i8": "int8"}


def exported(name: str, model: str, arguments: list[torch.Tensor], cache: Path) -> Path:
    """The network in OpenVINO's own format, for inputs of just these sizes; made once."""
    sizes = "x".join(str(size) for size in arguments[0].shape)
    identity = f"{Path(model).resolve().parent.name}-{Path(model).name}-{name}-{sizes}"
    file = cache / f"{identity}.xml"
    if not file.exists():
        with torch.no_grad():
            graph = openvino.convert_model(
                modules.load(name, model),
                example_input=tuple(arguments),
                input=[tuple(argument.shape) for argument in arguments],
            )
        save(graph, file)
    return file


def save(graph: openvino.Model, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f"new-{file.name}")
    openvino.save_model(graph, beside, compress_to_fp16=False)
    # The weights first: the graph's file says that all is there.
    os.replace(beside.with_suffix(".bin"), file.with_suffix(".bin"))
    os.replace(beside, file)


def compiled(file: Path, precision: str) -> openvino.CompiledModel:
    """The precision is pinned. What int8 leaves is in bf16 where the CPU has it, as by default."""
    core = openvino.Core()
    has_bf16 = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    hints = {"fp32": "f32", "bf16": "bf16", "int8": "bf16" if has_bf16 else "f32"}
    settings = {
        "INFERENCE_PRECISION_HINT": hints[precision],
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": len(os.sched_getaffinity(0)),
    }
    return core.compile_model(core.read_model(file), "CPU", settings)


def details(network: openvino.CompiledModel) -> str:
    """What a compiled network says of itself: in which precisions it multiplies, most layers'
    first, which one the rest has, and with which instructions."""
    precisions: Counter[str] = Counter()
    instructions: Counter[str] = Counter()
    for node in network.get_runtime_model().get_ops():
        about = {key: str(value.value) for key, value in node.get_rt_info().items()}
        if about["layerType"] in HEAVY:
            precisions[about["runtimePrecision"]] += 1
            instructions.update(re.findall(r"sse\d+|avx\d*(?:_amx)?", about["primitiveType"]))
    rest = network.get_property("INFERENCE_PRECISION_HINT").to_string()
    names = [name for name, _ in precisions.most_common()] + [rest]
    known = dict.fromkeys(PRECISIONS.get(name, name) for name in names)
    return ", ".join([" and ".join(known), *(name for name, _ in instructions.most_common())])
