"""Makes Tests/Golden/images: pictures of every kind, and what Pillow, OpenCV and scikit-image
make of them. Raw files hold interleaved samples without a header.

pip install pillow==13.0.0 opencv-python-headless==5.0.0 scikit-image==0.26.0 numpy==2.4.6
"""

import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps
from skimage.color import rgb2lab

FOLDER = Path(__file__).parent / "images"
RANDOM = np.random.default_rng(7)


def photo(width, height):
    """Smooth colours with some noise and an edge, so that every filter has something to do."""
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    waves = [np.sin(7 * x + 3 * y + k) * np.cos(5 * y - 2 * k * x) for k in range(3)]
    values = np.stack(waves, -1) * 110 + 128 + RANDOM.normal(0, 12, (height, width, 3))
    values[height // 3 : height // 2, width // 4 : width // 2] = (250, 20, 90)
    return np.clip(values, 0, 255).astype(np.uint8)


def raw(name, array):
    (FOLDER / name).write_bytes(np.ascontiguousarray(array).tobytes())


# --- PNG, written by hand: Pillow writes few of its kinds -------------------------------------

ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(kind, content):
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def packed(samples, depth):
    """Rows of samples (height, width, channels) as PNG rows of filter 0."""
    rows = b""
    for row in samples:
        flat = row.reshape(-1)
        if depth == 16:
            data = flat.astype(">u2").tobytes()
        elif depth == 8:
            data = flat.astype(np.uint8).tobytes()
        else:
            bits = "".join(format(int(v), f"0{depth}b") for v in flat)
            bits += "0" * (-len(bits) % 8)
            data = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
        rows += b"\0" + data
    return rows


def png(samples, depth, colour, *chunks, interlaced=False):
    height, width, _ = samples.shape
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    if interlaced:
        parts = [samples[y::dy, x::dx] for x, y, dx, dy in ADAM7]
        rows = b"".join(packed(part, depth) for part in parts if part.size)
    else:
        rows = packed(samples, depth)
    content = [chunk(b"IHDR", header), *chunks, chunk(b"IDAT", zlib.compress(rows))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(content) + chunk(b"IEND", b"")


def eight_bit(picture):
    """Pillow's view in 8 bits; 16-bit grey, which Pillow clips, by its high byte."""
    if picture.mode.startswith("I"):
        return Image.fromarray((np.asarray(picture).astype(np.uint32) >> 8).astype(np.uint8))
    return picture


def expect(name, data):
    """Writes a picture with what Pillow reads from it: colours, alpha, and the mask of our rule."""
    (FOLDER / name).write_bytes(data)
    picture = Image.open(io.BytesIO(data))
    picture = eight_bit(ImageOps.exif_transpose(picture))
    transparent = picture.mode in ("LA", "RGBA") or "transparency" in picture.info
    raw(f"{name}.rgb", np.asarray(picture.convert("RGBA" if transparent else "RGB"))[..., :3])
    alpha = np.asarray(picture.convert("RGBA"))[..., 3]
    if transparent:
        raw(f"{name}.alpha", alpha)
    raw(f"{name}.mask", mask(alpha) if (alpha < 255).any() else np.asarray(picture.convert("L")))


def mask(alpha):
    """What is opaque, or what was erased where three quarters of the edge are opaque."""
    edge = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
    return 255 - alpha if (edge >= 128).mean() >= 0.75 else alpha


def png_kinds():
    colours = {0: ("grey", 1), 2: ("rgb", 3), 3: ("palette", 1), 4: ("grey-alpha", 2), 6: ("rgba", 4)}
    depths = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
    palette = RANDOM.integers(0, 256, (256, 3), dtype=np.uint8)
    for colour, (name, channels) in colours.items():
        for depth in depths[colour]:
            samples = RANDOM.integers(0, 1 << depth, (9, 11, channels))
            before = [chunk(b"PLTE", palette[: 1 << depth].tobytes())] if colour == 3 else []
            for interlaced in (False, True):
                suffix = "-interlaced" if interlaced else ""
                expect(
                    f"png-{name}{depth}{suffix}.png",
                    png(samples, depth, colour, *before, interlaced=interlaced))
    samples = RANDOM.integers(0, 16, (9, 11, 1))
    key = struct.pack(">H", samples[4, 4, 0])
    expect("png-grey4-key.png", png(samples, 4, 0, chunk(b"tRNS", key)))
    # Pillow compares the key of fewer than 8 bits with the scaled value, so finds nothing.
    opacity = np.where(samples == samples[4, 4, 0], 0, 255).astype(np.uint8)
    raw("png-grey4-key.png.alpha", opacity)
    raw("png-grey4-key.png.mask", mask(opacity[..., 0]))
    samples = RANDOM.integers(0, 4, (9, 11, 3)) * 80
    key = struct.pack(">HHH", *samples[4, 4])
    expect("png-rgb8-key.png", png(samples, 8, 2, chunk(b"tRNS", key)))
    samples = RANDOM.integers(0, 16, (9, 11, 1))
    plte = chunk(b"PLTE", palette[:16].tobytes())
    trns = chunk(b"tRNS", bytes([0, 128, 255, 40]))
    expect("png-palette4-transparent.png", png(samples, 4, 3, plte, trns))
    opaque = np.dstack([photo(11, 9), np.full((9, 11), 255)])
    expect("png-rgba8-opaque.png", png(opaque, 8, 6))
    exif = Image.Exif()
    exif[0x0112] = 6
    content = chunk(b"eXIf", exif.tobytes()[6:])
    expect("png-orientation6.png", png(photo(11, 9), 8, 2, content))


# --- JPEG -------------------------------------------------------------------------------------


def jpeg(picture, **options):
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", **options)
    return buffer.getvalue()


def jpeg_kinds():
    picture = Image.fromarray(photo(37, 29))
    expect("jpeg-420.jpg", jpeg(picture, quality=90, subsampling=2))
    expect("jpeg-444.jpg", jpeg(picture, quality=90, subsampling=0))
    expect("jpeg-progressive.jpg", jpeg(picture, quality=85, progressive=True))
    expect("jpeg-restart.jpg", jpeg(picture, quality=85, restart_marker_rows=1))
    expect("jpeg-rgb.jpg", jpeg(picture, quality=90, keep_rgb=True))
    expect("jpeg-grey.jpg", jpeg(picture.convert("L"), quality=90))
    cmyk = jpeg(picture.convert("CMYK"), quality=95, subsampling=0)
    expect("jpeg-cmyk.jpg", cmyk)
    adobe = cmyk.index(b"Adobe")
    # The last byte of Adobe's segment says how the inks are stored: 0 as they are, 2 as YCCK.
    expect("jpeg-ycck.jpg", cmyk[: adobe + 11] + b"\2" + cmyk[adobe + 12 :])
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        small = Image.fromarray(photo(13, 8))
        expect(f"jpeg-orientation{orientation}.jpg", jpeg(small, quality=80, exif=exif))


# --- Resizing and colour ----------------------------------------------------------------------


def resized():
    source = photo(31, 23)
    raw("resize-31x23.rgb", source)
    raw("resize-31x23.lab", rgb2lab(source).astype(np.float32))
    picture = Image.fromarray(source)
    floats = (source[..., 0] / 255).astype(np.float32)
    for width, height in ((13, 9), (48, 40), (31, 10), (9, 23), (64, 5)):
        size = (width, height)
        name = f"resize-{width}x{height}"
        for filter, constant in (("nearest", Image.NEAREST), ("bilinear", Image.BILINEAR), ("bicubic", Image.BICUBIC)):
            raw(f"{name}-{filter}.rgb", picture.resize(size, constant))
            raw(f"{name}-{filter}.f32", Image.fromarray(floats).resize(size, constant))
        raw(f"{name}-openCVBilinear.rgb", cv2.resize(source, size, interpolation=cv2.INTER_LINEAR))
        raw(f"{name}-openCVBilinear.f32", cv2.resize(floats, size, interpolation=cv2.INTER_LINEAR))


FOLDER.mkdir(exist_ok=True)
for old in FOLDER.iterdir():
    old.unlink()
png_kinds()
jpeg_kinds()
resized()
