"""The works by name, in the table's order."""

from collections.abc import Callable, Iterator

from . import low_precision, machine, works
from .contest import Work

# Nobody gains by these without AMX: their rows have no goals there, and are made on request.
NEED_AMX = {
    "unet-bf16-32", "unet-bf16x3", "vae-decode-bf16", "vae-encode-bf16", "image-encoder-bf16",
    "picture-bf16", "training-small-bf16", "training-full-bf16",
}


def all_works(quick: bool) -> Iterator[tuple[str, Callable[[], Work]]]:
    """Names and what makes the works."""
    side = 32 if quick else 64
    yield "unet", lambda: works.unet(side)
    yield "unet-bf16", lambda: low_precision.unet(side)
    if not quick:
        yield "unet-bf16-32", lambda: low_precision.unet(32)
    yield "unet-bf16x3", lambda: low_precision.unet_in_pieces(side)
    yield "unet-int8", lambda: low_precision.unet_int8(side)
    yield "vae-decode", works.vae_decode
    yield "vae-decode-bf16", low_precision.vae_decode
    yield "vae-encode", works.vae_encode
    yield "vae-encode-bf16", low_precision.vae_encode
    yield "image-encoder", works.image_encoder
    yield "image-encoder-bf16", low_precision.image_encoder
    yield "picture-few-steps", works.picture_in_few_steps
    if not quick:
        yield "picture", works.picture
        yield "picture-bf16", low_precision.picture
    yield "training-small", lambda: works.training_small(side // 2)
    yield "training-small-bf16", lambda: low_precision.training_small(side // 2)
    yield "training-full", lambda: works.training_full(side)
    yield "training-full-bf16", lambda: low_precision.training_full(side)
    yield "adamw", works.adamw
    yield "triplets", works.triplets
    yield "index", lambda: works.index(1_460_000 if quick else 14_600_000)


def left_out() -> set[str]:
    """What is only done if asked for."""
    return set() if machine.has("amx_bf16") else NEED_AMX
