"""The works in fp32, with whom each is compared and what is wanted of it."""

from . import cache, operations, samples
from .contest import Case, Work
from .contestants import networks, openvino, ours, peer, settings

PICTURE_BESIDE_OPENVINO = "picture, 50 PLMS steps, with OpenVINO"


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
    model, inputs = cache.model("full"), samples.image()
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


def picture_files() -> list[object]:
    """What a whole picture is made from, and where it goes."""
    given = ["--model", cache.model("full"), "--output", cache.path("picture", "output.png")]
    for name, file in samples.picture().items():
        given += [f"--{name}", file]
    return given


def picture() -> Work:
    given = picture_files()
    diffusers = settings(
        "diffusers", "diffusers_picture", *given, flags=["--channels-last", "--compile"],
        quick=set(),
    )
    return Work(
        title="a whole picture, 50 PLMS steps",
        ours=[ours("picture", *given)],
        peers=[*diffusers, openvino("openvino_picture", *given)],
        cases=[
            Case("picture, 50 PLMS steps, with diffusers", "whole", 1.65, peer="diffusers"),
            Case(PICTURE_BESIDE_OPENVINO, "whole", 1.4, peer="OpenVINO"),
        ],
        # Eight bits a channel: a value that rounds the other way is 1/255 off.
        tolerance=1.5 / 255,
        trial="short",
        rounds=1,
    )


def picture_in_few_steps() -> Work:
    """Four evaluations of the network instead of 102, and a tiny decoder."""
    decoder = cache.model("tiny-decoder") / "tiny_decoder"
    given = [*picture_files(), "--steps", 4, "--tiny-decoder", decoder]
    diffusers = settings(
        "diffusers", "diffusers_picture", *given, flags=["--channels-last", "--compile"],
        quick={"--channels-last"},
    )
    row = "picture, 4 LCM steps, tiny decoder, with"
    return Work(
        title="a whole picture in 4 steps",
        ours=[ours("picture", *given)],
        peers=[*diffusers, openvino("openvino_picture", *given)],
        cases=[
            Case(f"{row} diffusers", "whole", peer="diffusers"),
            Case(f"{row} OpenVINO", "whole", peer="OpenVINO"),
        ],
        tolerance=1.5 / 255,
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
