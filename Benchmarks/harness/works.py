"""Every work of the table, with whom it is compared and what is wanted of it."""

from collections.abc import Callable, Iterator

from . import cache, machine, operations, samples
from .contest import Case, Work
from .contestants import networks, ours, peer, settings


def all_works(quick: bool) -> Iterator[tuple[str, Callable[[], Work]]]:
    """Names and what makes the works, in the table's order."""
    side = 32 if quick else 64
    yield "unet", lambda: unet(side)
    yield "unet-bf16", lambda: unet_bf16(side)
    yield "vae-decode", vae_decode
    yield "vae-encode", vae_encode
    yield "image-encoder", image_encoder
    if not quick:
        yield "picture", picture
    yield "training-small", lambda: training_small(side // 2)
    yield "training-full", lambda: training_full(side)
    yield "adamw", adamw
    yield "triplets", triplets
    yield "index", lambda: index(1_460_000 if quick else 14_600_000)


def unet(side: int) -> Work:
    model = cache.model("full")
    inputs = samples.unet(model, side)
    gflop = operations.counted()[f"unet-{side}"]
    return Work(
        title=f"UNet, {side}² latents, fp32",
        ours=[ours("unet", "--model", model, "--inputs", inputs)],
        peers=networks("unet", model, inputs),
        cases=[
            Case(f"UNet pair, {side}², fp32", "pair", goal=1.4, gflop=gflop),
            Case(f"UNet plain, {side}², fp32", "plain", gflop=gflop),
        ],
    )


def unet_bf16(side: int) -> Work:
    """The first peer is PyTorch in fp32, whom all are compared with and which is not timed here."""
    model = cache.model("full")
    inputs = samples.unet(model, side)
    reference = networks("unet", model, inputs)[0]
    reference.name, reference.family, reference.quick = "fp32", "reference", True
    has_goal = machine.has("avx512_bf16") and not machine.has("amx_bf16")
    return Work(
        title=f"UNet, {side}² latents, bf16",
        ours=[ours("unet", "--model", model, "--inputs", inputs, "--precision", "bf16")],
        peers=[reference, *networks("unet", model, inputs, "bf16")],
        cases=[
            Case(
                f"UNet pair, {side}², bf16", "pair", goal=1.15 if has_goal else None,
                gflop=operations.counted()[f"unet-{side}"],
            )
        ],
        tolerance=None,
        reference_only=True,
    )


def vae_decode() -> Work:
    model, inputs = cache.model("full"), samples.latents()
    gflop = operations.counted()["vae-decode"]
    return Work(
        title="VAE decode, 512²",
        ours=[ours("vae-decode", "--model", model, "--inputs", inputs)],
        peers=networks("vae-decode", model, inputs),
        cases=[Case("VAE decode, 512², fp32", goal=2.5, gflop=gflop)],
    )


def vae_encode() -> Work:
    model, inputs = cache.model("full"), samples.tensors("vae", {"sample": (1, 3, 512, 512)})
    gflop = operations.counted()["vae-encode"]
    return Work(
        title="VAE encode, 512²",
        ours=[ours("vae-encode", "--model", model, "--inputs", inputs)],
        peers=networks("vae-encode", model, inputs),
        cases=[Case("VAE encode, 512², fp32", goal=2, gflop=gflop)],
    )


def image_encoder() -> Work:
    model = cache.model("full")
    inputs = samples.pixels(model)
    gflop = operations.counted()["image-encoder"]
    return Work(
        title="CLIP ViT-L/14",
        ours=[ours("image-encoder", "--model", model, "--inputs", inputs)],
        peers=networks("image-encoder", model, inputs),
        cases=[Case("CLIP ViT-L/14, fp32", goal=0.95, gflop=gflop)],
        resident=True,
    )


def picture() -> Work:
    output = cache.path("picture", "output.png")
    given = ["--model", cache.model("full"), "--output", output]
    for name, file in samples.picture().items():
        given += [f"--{name}", file]
    openvino = peer(
        "OpenVINO", "openvino_picture", *given, "--cache", cache.CACHE / "openvino"
    )
    return Work(
        title="a whole picture, 50 PLMS steps",
        ours=[ours("picture", *given)],
        peers=settings(
            "diffusers", "diffusers_picture", *given, flags=["--channels-last", "--compile"],
            quick=set(),
        )
        + [openvino],
        cases=[
            Case("picture, 50 PLMS steps, with diffusers", "whole", 1.65, peer="diffusers"),
            Case("picture, 50 PLMS steps, with OpenVINO", "whole", 1.4, peer="OpenVINO"),
        ],
        # Eight bits a channel: a value that rounds the other way is 1/255 off.
        tolerance=1.5 / 255,
        trial="short",
        rounds=1,
    )


def training_small(side: int) -> Work:
    model = cache.model("small")
    inputs = samples.training(model, 16, side)
    given = ("--model", model, "--inputs", inputs)
    return Work(
        title="training step, 12.9 M parameters, batch 16",
        ours=[ours("training", *given), ours("training", *given, "--recompute")],
        peers=settings(
            "PyTorch", "torch_training", *given,
            flags=["--channels-last", "--compile", "--recompute"], quick={"--channels-last"},
        ),
        cases=[
            Case(
                f"training step, 12.9 M-parameter UNet, batch 16, {side}²", goal=1.8,
                gflop=operations.counted()[f"training-small-{side}"],
            )
        ],
        resident=True,
    )


def training_full(side: int) -> Work:
    model = cache.model("full")
    inputs = samples.training(model, 1, side)
    given = ("--model", model, "--inputs", inputs)
    flags = ["--channels-last", "--recompute"]
    return Work(
        title=f"training step, full size, one sample of {8 * side}²",
        ours=[ours("training", *given, "--recompute"), ours("training", *given)],
        peers=settings("PyTorch", "torch_training", *given, flags=flags, quick=set(flags)),
        cases=[
            Case(
                f"training step, full size, one {8 * side}² sample", goal=2,
                gflop=operations.counted()[f"training-full-{side}"],
            )
        ],
        memory=19 << 30,
    )


def adamw() -> Work:
    inputs = samples.tensors("adamw", {"weight": (2000, 2000), "gradient": (2000, 2000)})
    given = ("--inputs", inputs, "--copies", 25)
    return Work(
        title="AdamW, 100 M parameters",
        ours=[ours("adamw", *given)],
        peers=[peer("PyTorch fused", "torch_adamw", *given)],
        cases=[Case("AdamW, 100 M parameters", goal=0.95)],
        resident=True,
    )


def triplets() -> Work:
    manifest = samples.pictures()
    return Work(
        title="triplets from 1024×768 JPEG, one core",
        ours=[ours("triplets", "--dataset", manifest, threads=1)],
        peers=[peer("Python", "python_triplets", "--dataset", manifest, threads=1)],
        cases=[Case("16 triplets from 1024×768 JPEG, one core", goal=3)],
        tolerance=1e-2,  # of the picture; JPEG decoders and 8-bit steps differ
        resident=True,
    )


def index(rows: int) -> Work:
    folder = samples.boxes(rows)
    return Work(
        title=f"index of {rows / 1e6:g} M boxes",
        ours=[
            ours("index", "--dataset", folder, "--output", cache.path("boxes", "ours.jsonl"))
        ],
        peers=[
            peer(
                "pandas", "pandas_index", "--dataset", folder, "--output",
                cache.path("boxes", "pandas.jsonl"),
            )
        ],
        cases=[Case(f"index of a {rows / 1e6:g} M-row OpenImages CSV", goal=1)],
        tolerance=0.0 if rows < 1 << 24 else 1e-4,
    )
