"""The works in bf16, in pieces of bf16, and beside int8.

Errors are those beside PyTorch in fp32, which is not timed here. They are only reported, except
where pieces promise fp32's accuracy. Times count while AMX is at full speed.
"""

from pathlib import Path

from . import cache, machine, operations, samples
from .contest import Case, Work
from .contestants import networks, openvino, ours, peer, reference, settings
from .worker import Contestant
from .works import picture_files

IN_FP32 = "ours in fp32"


# Beyond this, a step is off by more than brain floats can make it.
NOT_ROUNDING = 0.1


def on_amx(goal: float) -> float | None:
    """What is wanted where the CPU has AMX."""
    return goal if machine.has("amx_bf16") else None


def in_bf16(goal: float) -> float | None:
    """What is wanted where the CPU multiplies brain floats in any way."""
    return goal if machine.has("avx512_bf16") else on_amx(goal)


def network(
    name: str, inputs: Path, case: Case, precision: str = "bf16",
    rivals: list[Contestant] | None = None, tolerance: float | None = None, resident: bool = False,
) -> Work:
    """One call of a network; the rivals are the peers in bf16 unless others are given."""
    model = cache.model("full")
    given = ("--model", model, "--inputs", inputs, "--precision", precision)
    return Work(
        title=case.row,
        ours=[ours(name, *given)],
        peers=[
            reference(networks(name, model, inputs)[0]),
            *(rivals or networks(name, model, inputs, "bf16")),
        ],
        cases=[case],
        tolerance=tolerance,
        resident=resident,
        reference_only=True,
        uses_amx=True,
    )


def unet(side: int) -> Work:
    without_amx = 1.15 if machine.has("avx512_bf16") else None
    gflop = operations.counted()[f"unet-{side}"]
    case = Case(f"UNet pair, {side}², bf16", "pair", on_amx(1.25) or without_amx, gflop)
    return network("unet", samples.unet(cache.model("full"), side), case)


def unet_in_pieces(side: int) -> Work:
    """Numbers in three pieces of bf16 each, beside our own fp32."""
    model = cache.model("full")
    inputs = samples.unet(model, side)
    gflop = operations.counted()[f"unet-{side}"]
    case = Case(f"UNet pair, {side}², bf16x3", "pair", on_amx(1.5), gflop)
    own = ours("unet", "--model", model, "--inputs", inputs, name=IN_FP32, family=IN_FP32)
    return network("unet", inputs, case, "bf16x3", [own], tolerance=1e-4)


def unet_int8(side: int) -> Work:
    """Ours in bf16 beside OpenVINO in int8: to be read with both errors."""
    model = cache.model("full")
    inputs = samples.unet(model, side)
    gflop = operations.counted()[f"unet-{side}"]
    case = Case(f"UNet pair, {side}², bf16, beside OpenVINO's int8", "pair", gflop=gflop)
    given = ("--model", model, "--inputs", inputs, "--precision", "int8")
    return network("unet", inputs, case, rivals=[openvino("openvino_network", "unet", *given)])


def vae_decode() -> Work:
    gflop = operations.counted()["vae-decode"]
    case = Case("VAE decode, 512², bf16", goal=on_amx(1.1), gflop=gflop)
    return network("vae-decode", samples.latents(), case)


def vae_encode() -> Work:
    gflop = operations.counted()["vae-encode"]
    case = Case("VAE encode, 512², bf16", goal=on_amx(1.1), gflop=gflop)
    return network("vae-encode", samples.image(), case)


def image_encoder() -> Work:
    gflop = operations.counted()["image-encoder"]
    case = Case("CLIP ViT-L/14, bf16", goal=on_amx(1.3), gflop=gflop)
    return network("image-encoder", samples.pixels(cache.model("full")), case, resident=True)


def picture() -> Work:
    given = picture_files()
    precision = ("--precision", "bf16")
    return Work(
        title="a whole picture, 50 PLMS steps, bf16",
        ours=[ours("picture", *given, *precision)],
        peers=[
            reference(peer("diffusers", "diffusers_picture", *given)),
            openvino("openvino_picture", *given, *precision),
        ],
        cases=[Case("picture, 50 PLMS steps, bf16, with OpenVINO", "whole", on_amx(1.25))],
        tolerance=None,
        trial="short",
        rounds=1,
        reference_only=True,
        uses_amx=True,
    )


def training_small(side: int) -> Work:
    model = cache.model("small")
    gflop = operations.counted()[f"training-small-{side}"]
    step = training(
        f"training step, 12.9 M-parameter UNet, batch 16, {side}²", model,
        samples.training(model, 16, side), in_bf16(1.8), gflop,
        flags=["--channels-last", "--compile", "--recompute"], quick={"--channels-last"},
    )
    step.resident = True
    return step


def training_full(side: int) -> Work:
    model = cache.model("full")
    flags = ["--channels-last", "--recompute"]
    gflop = operations.counted()[f"training-full-{side}"]
    step = training(
        f"training step, full size, one {8 * side}² sample", model,
        samples.training(model, 1, side), in_bf16(1.5), gflop,
        flags=flags, quick=set(flags),
    )
    step.memory = 19 << 30
    return step


def training(
    row: str, model: Path, inputs: Path, goal: float | None, gflop: float, flags: list[str],
    quick: set[str],
) -> Work:
    """A step with fp32 weights and bf16 products, beside PyTorch's autocast and our own fp32."""
    given = ("--model", model, "--inputs", inputs)
    mixed = (*given, "--precision", "bf16-mixed")
    own = [
        ours("training", *given, name=IN_FP32, family=IN_FP32),
        ours("training", *given, "--recompute", name=f"{IN_FP32} (recompute)", family=IN_FP32),
    ]
    return Work(
        title=f"{row}, bf16-mixed",
        ours=[ours("training", *mixed), ours("training", *mixed, "--recompute")],
        peers=[
            reference(peer("PyTorch", "torch_training", *given)),
            *settings("PyTorch", "torch_training", *mixed, flags=flags, quick=quick),
            *own,
        ],
        cases=[
            Case(f"{row}, bf16-mixed", goal=goal, gflop=gflop, peer="PyTorch"),
            Case(f"{row}, bf16-mixed, beside fp32", goal=on_amx(1.7), peer=IN_FP32),
        ],
        tolerance=NOT_ROUNDING,
        reference_only=True,
        uses_amx=True,
    )
