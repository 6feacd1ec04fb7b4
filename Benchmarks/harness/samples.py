"""Inputs of the works, made once from fixed seeds: tensors, pictures, a table of boxes."""

import json
from pathlib import Path

import cv2
import numpy
import pyarrow
import pyarrow.csv
from safetensors.numpy import save_file

from . import cache

COLUMNS = (
    "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,"
    "IsDepiction,IsInside"
).split(",")
BOXES_PER_PICTURE = 8


def tensors(name: str, shapes: dict[str, tuple[int, ...]], timestep: list[int] = ()) -> Path:
    """Standard normal numbers; timesteps as they are given."""
    sizes = "-".join("x".join(map(str, shape)) for shape in shapes.values())
    file = cache.path("inputs", f"{name}-{sizes}.safetensors")
    if not file.exists():
        random = numpy.random.default_rng(1)
        made = {
            key: random.standard_normal(shape, dtype=numpy.float32)
            for key, shape in shapes.items()
        }
        if timestep:
            made["timestep"] = numpy.array(timestep, dtype=numpy.float32)
        save_file(made, file)
    return file


def unet(model: Path, side: int) -> Path:
    context = cache.sizes(model, "unet")["cross_attention_dim"]
    shapes = {"sample": (2, 9, side, side), "encoder_hidden_states": (2, 1, context)}
    return tensors("unet", shapes, [481])


def training(model: Path, count: int, side: int) -> Path:
    context = cache.sizes(model, "unet")["cross_attention_dim"]
    shapes = {
        "sample": (count, 9, side, side),
        "encoder_hidden_states": (count, 1, context),
        "target": (count, 4, side, side),
    }
    return tensors("training", shapes, [(61 * i + 7) % 1000 for i in range(count)])


def pixels(model: Path) -> Path:
    """A reference as the image encoder takes it."""
    side = cache.sizes(model, "image_encoder")["image_size"]
    return tensors("clip", {"pixel_values": (1, 3, side, side)})


def image() -> Path:
    """A picture as the autoencoder takes it."""
    return tensors("vae", {"sample": (1, 3, 512, 512)})


def latents() -> Path:
    return tensors("vae", {"sample": (1, 4, 64, 64)})


def photograph(width: int, height: int, seed: int) -> numpy.ndarray:
    """Something as smooth and as rough as a photograph: noise of every scale, `[H, W, 3]`."""
    random = numpy.random.default_rng(seed)
    picture = numpy.zeros((height, width, 3), dtype=numpy.float32)
    for scale in (2, 4, 8, 16, 32, 64, 128, 256):
        noise = random.standard_normal(
            (height // scale + 2, width // scale + 2, 3), dtype=numpy.float32
        )
        picture += scale**0.6 * cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    return numpy.clip(128 + 40 * picture / picture.std(), 0, 255).astype(numpy.uint8)


def picture() -> dict[str, Path]:
    """A picture to edit, its mask and a reference."""
    files = {
        name: cache.path("picture", f"{name}.png") for name in ("image", "mask", "reference")
    }
    if not all(file.exists() for file in files.values()):
        mask = numpy.zeros((512, 512), dtype=numpy.uint8)
        mask[160:400, 128:352] = 255
        cv2.imwrite(str(files["image"]), photograph(512, 512, 1))
        cv2.imwrite(str(files["mask"]), mask)
        cv2.imwrite(str(files["reference"]), photograph(300, 400, 2))
    return files


def pictures(count: int = 16) -> Path:
    """A manifest of JPEG files of 1024 × 768 pixels; the first is square, to compare by."""
    manifest = cache.path("triplets", "pictures.jsonl")
    if manifest.exists():
        return manifest
    lines = []
    for i in range(count):
        width, height = (768, 768) if i == 0 else (1024, 768)
        name = f"{i:02}.jpg"
        quality = [cv2.IMWRITE_JPEG_QUALITY, 90]
        cv2.imwrite(str(manifest.parent / name), photograph(width, height, 10 + i), quality)
        box = [width // 3 + i, height // 4, 2 * width // 3, 3 * height // 4 - 2 * i]
        lines.append(json.dumps({"image": name, "boxes": [box]}))
    manifest.write_text("\n".join(lines) + "\n")
    return manifest


def boxes(rows: int) -> Path:
    """An OpenImages folder with a table of so many boxes, and without pictures."""
    folder = cache.path("boxes", str(rows), "annotations").parent
    file = cache.path("boxes", str(rows), "annotations", "oidv6-train-annotations-bbox.csv")
    if file.exists():
        return folder
    print(f"Making a table of {rows} boxes: {file}", flush=True)
    beside = file.with_suffix(".new")
    random = numpy.random.default_rng(1)
    classes = numpy.array([f"/m/0{i:04x}" for i in range(600)])
    schema = pyarrow.schema(
        [(c, pyarrow.float32() if c[0] in "XY" else pyarrow.string()) for c in COLUMNS]
    )
    with open(beside, "wb") as target:
        target.write((",".join(COLUMNS) + "\n").encode())
        for start in range(0, rows, 1 << 20):
            count = min(1 << 20, rows - start)
            options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="none")
            batch = box_rows(random, classes, start, count).cast(schema)
            pyarrow.csv.write_csv(batch, target, options)
    beside.rename(file)
    return folder


def box_rows(random, classes: numpy.ndarray, start: int, count: int) -> pyarrow.Table:
    numbers = (numpy.arange(start, start + count) // BOXES_PER_PICTURE).astype(numpy.uint64)
    hashed = numbers * numpy.uint64(0x9E3779B97F4A7C15)
    names = numpy.char.mod("%016x", hashed)
    first = random.uniform(0, 0.9, (2, count))
    extent = random.uniform(0.02, 0.98, (2, count)) ** 1.5
    last = numpy.minimum(first + extent, 1)
    flag = numpy.array(["0", "1"])
    columns = {
        "ImageID": names,
        "Source": numpy.full(count, "xclick"),
        "LabelName": classes[random.integers(0, len(classes), count)],
        "Confidence": numpy.full(count, "1"),
        "XMin": numpy.round(first[0], 6),
        "XMax": numpy.round(last[0], 6),
        "YMin": numpy.round(first[1], 6),
        "YMax": numpy.round(last[1], 6),
    }
    for name in COLUMNS[8:]:
        columns[name] = flag[(random.uniform(size=count) < 0.1).astype(int)]
    return pyarrow.table(columns)
