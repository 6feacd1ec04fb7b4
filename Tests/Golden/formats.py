"""Makes Tests/Golden/formats: WebP and TIFF pictures of every kind and JPEGs with faults, and what
Pillow makes of them. Raw files hold interleaved samples without a header.

pip install pillow==13.0.0 numpy==2.4.6; arithmetic coding needs jpegtran of libjpeg-turbo-progs.
"""

import io
import struct
import subprocess
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageFile, ImageOps

FOLDER = Path(__file__).parent / "formats"
RANDOM = np.random.default_rng(11)


def photo(width, height):
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    waves = [np.sin(7 * x + 3 * y + k) * np.cos(5 * y - 2 * k * x) for k in range(3)]
    values = np.stack(waves, -1) * 110 + 128 + RANDOM.normal(0, 12, (height, width, 3))
    return np.clip(values, 0, 255).astype(np.uint8)


def raw(name, array):
    (FOLDER / name).write_bytes(np.ascontiguousarray(array).tobytes())


def expect(name, data, reading=None):
    """Writes a picture with Pillow's colours, alpha and mask, or those of `reading` instead."""
    (FOLDER / name).write_bytes(data)
    picture = reading or ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    transparent = picture.mode in ("LA", "RGBA", "RGBa") or "transparency" in picture.info
    if picture.mode == "RGBa":
        picture = picture.convert("RGBA")
    raw(f"{name}.rgb", np.asarray(picture.convert("RGBA" if transparent else "RGB"))[..., :3])
    if transparent:
        raw(f"{name}.alpha", np.asarray(picture.convert("RGBA"))[..., 3])
    raw(f"{name}.mask", picture.convert("RGBA").split()[3] if transparent else picture.convert("L"))


def saved(picture, format, **options):
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


def with_alpha(width, height):
    alpha = RANDOM.integers(0, 256, (height, width), dtype=np.uint8)
    return Image.fromarray(np.dstack([photo(width, height), alpha]))


def oriented(number):
    exif = Image.Exif()
    exif[0x0112] = number
    return exif


def webp_kinds():
    picture = Image.fromarray(photo(21, 13))
    expect("webp-lossy.webp", saved(picture, "WEBP", quality=80))
    expect("webp-lossless.webp", saved(picture, "WEBP", lossless=True))
    expect("webp-alpha.webp", saved(with_alpha(21, 13), "WEBP", quality=80, exact=True))
    expect("webp-alpha-lossless.webp", saved(with_alpha(21, 13), "WEBP", lossless=True, exact=True))
    expect("webp-orientation6.webp", saved(picture, "WEBP", lossless=True, exif=oriented(6)))
    frames = [with_alpha(21, 13) for _ in range(3)]
    animation = saved(
        frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True, exact=True)
    expect("webp-animated.webp", animation)
    # The same with its first frame moved into a larger canvas, by 4 and 2 pixels.
    vp8x = animation.index(b"VP8X") + 8
    anmf = animation.index(b"ANMF") + 8
    grown = bytearray(animation)
    grown[vp8x + 4 : vp8x + 10] = struct.pack("<I", 29)[:3] + struct.pack("<I", 19)[:3]
    grown[anmf : anmf + 6] = struct.pack("<I", 2)[:3] + struct.pack("<I", 1)[:3]
    expect("webp-animated-offset.webp", bytes(grown))


# --- TIFF, written by hand: Pillow writes few of its kinds ------------------------------------


def tiff(samples, tags, *, bits=8, order="<", rows=None, tile=None, planar=False, pack=lambda data: data):
    """Samples (height, width, channels) as strips of some rows, or as tiles."""
    height, width, channels = samples.shape
    kind = np.dtype(f"{order}u{bits // 8}")
    planes = [samples[..., i : i + 1] for i in range(channels)] if planar else [samples]
    parts = []
    for plane in planes:
        if tile:
            size = (-(-height // tile) * tile, -(-width // tile) * tile)
            full = np.zeros((*size, plane.shape[2]), plane.dtype)
            full[:height, :width] = plane
            parts += [
                full[y : y + tile, x : x + tile]
                for y in range(0, size[0], tile) for x in range(0, size[1], tile)]
        else:
            parts += [plane[y : y + (rows or height)] for y in range(0, height, rows or height)]
    parts = [pack(part.astype(kind).tobytes()) for part in parts]
    entries = {
        256: (3, [width]), 257: (3, [height]), 258: (3, [bits] * channels), 259: (3, [1]),
        262: (3, [2 if channels >= 3 else 1]), 277: (3, [channels]), 284: (3, [2 if planar else 1]),
        **tags}
    lengths = (4, [len(part) for part in parts])
    if tile:
        entries |= {322: (3, [tile]), 323: (3, [tile]), 324: (4, [0] * len(parts)), 325: lengths}
    else:
        entries |= {273: (4, [0] * len(parts)), 278: (3, [rows or height]), 279: lengths}
    directory = 8 + sum(len(part) + len(part) % 2 for part in parts)
    offsets, body = [], b""
    for part in parts:
        offsets.append(8 + len(body))
        body += part + b"\0" * (len(part) % 2)
    entries[324 if tile else 273] = (4, offsets)
    extra_at = directory + 2 + 12 * len(entries) + 4
    table, extra = struct.pack(order + "H", len(entries)), b""
    for tag, (kind, values) in sorted(entries.items()):
        content = struct.pack(f"{order}{len(values)}{'H' if kind == 3 else 'I'}", *values)
        if len(content) > 4:
            value = struct.pack(order + "I", extra_at + len(extra))
            extra += content + b"\0" * (len(content) % 2)
        else:
            value = content.ljust(4, b"\0")
        table += struct.pack(order + "HHI", tag, kind, len(values)) + value
    magic = b"II*\0" if order == "<" else b"MM\0*"
    return magic + struct.pack(order + "I", directory) + body + table + b"\0" * 4 + extra


def tiff_kinds():
    pixels = photo(21, 13)
    picture = Image.fromarray(pixels)
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
        expect(f"tiff-{compression.split('_')[-1]}.tif", saved(picture, "TIFF", compression=compression))
    expect("tiff-jpeg.tif", saved(picture, "TIFF", compression="jpeg", quality=90))
    expect("tiff-grey.tif", saved(picture.convert("L"), "TIFF"))
    expect("tiff-bilevel.tif", saved(picture.convert("1"), "TIFF", compression="group4"))
    expect("tiff-palette.tif", saved(picture.quantize(32), "TIFF", compression="tiff_lzw"))
    expect("tiff-cmyk.tif", saved(picture.convert("CMYK"), "TIFF"))
    # Pillow would write the tag and leave the pixels as they are.
    expect("tiff-orientation6.tif", tiff(pixels.astype(int), {274: (3, [6])}))
    expect("tiff-strips.tif", tiff(pixels, {}, rows=4))
    expect("tiff-big-endian.tif", tiff(pixels, {}, order=">", rows=5))
    expect("tiff-tiles.tif", tiff(pixels, {259: (3, [8])}, tile=16, pack=zlib.compress))
    expect("tiff-planar.tif", tiff(pixels, {}, rows=4, planar=True))
    expect("tiff-white-is-zero.tif", tiff(255 - pixels[..., :1], {262: (3, [0])}))
    deep = RANDOM.integers(0, 1 << 16, (13, 21, 3))
    expect("tiff-rgb16.tif", tiff(deep, {}, bits=16), Image.fromarray((deep >> 8).astype(np.uint8)))
    grey = deep[..., :1]
    expect("tiff-grey16.tif", tiff(grey, {}, bits=16), Image.fromarray((grey[..., 0] >> 8).astype(np.uint8)))
    rgba = np.asarray(with_alpha(21, 13))
    expect("tiff-rgba.tif", tiff(rgba, {338: (3, [2])}))
    expect("tiff-rgba-tiles.tif", tiff(rgba, {338: (3, [2])}, tile=16))
    multiplied = np.asarray(Image.fromarray(rgba).convert("RGBa"))
    expect("tiff-rgba-multiplied.tif", tiff(multiplied, {338: (3, [1])}))
    expect("tiff-fourth-sample.tif", tiff(rgba, {338: (3, [0])}), Image.fromarray(rgba[..., :3]))
    grey_alpha = rgba[..., 2:]
    expect("tiff-grey-alpha.tif", tiff(grey_alpha, {338: (3, [2])}), Image.fromarray(grey_alpha, "LA"))
    expect("tiff-pages.tif", saved(picture, "TIFF", save_all=True, append_images=[picture, picture]))
    expect("tiff-bigtiff.tif", saved(picture, "TIFF", big_tiff=True))


# --- Colour profiles --------------------------------------------------------------------------


def profiles():
    """One picture under one profile, sRGB with red and blue exchanged, in three formats."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    icc = bytearray(srgb.tobytes())
    table = icc[128 : 132 + 12 * struct.unpack_from(">I", icc, 128)[0]]
    red, blue = (128 + table.index(tag) for tag in (b"rXYZ", b"bXYZ"))
    icc[red : red + 4], icc[blue : blue + 4] = b"bXYZ", b"rXYZ"
    exchanged = ImageCms.ImageCmsProfile(io.BytesIO(bytes(icc)))
    picture = Image.fromarray(photo(21, 13))
    seen = ImageCms.profileToProfile(
        picture, exchanged, srgb, ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION)
    kinds = [("png", "PNG", {}), ("webp", "WEBP", {"lossless": True}), ("tif", "TIFF", {})]
    for ending, format, options in kinds:
        name = f"profile.{ending}"
        expect(name, saved(picture, format, icc_profile=bytes(icc), **options), seen)
        (FOLDER / f"{name}.mask").unlink()  # a mask's samples are numbers


# --- JPEG with faults -------------------------------------------------------------------------


def faults():
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    picture = Image.fromarray(photo(37, 45))
    whole = saved(picture, "JPEG", quality=85, restart_marker_rows=1)
    scan = whole.index(b"\xff\xda")
    restart = whole.index(b"\xff\xd1", scan)
    expect("jpeg-lost-restart.jpg", whole[:restart] + whole[restart + 2 :])
    (FOLDER / "jpeg-lost-restart.jpg.mask").unlink()  # no mask: it lost rows
    expect("jpeg-swapped-restart.jpg", whole[:restart] + b"\xff\xd5" + whole[restart + 2 :])
    damaged = bytearray(whole)
    damaged[restart + 9] ^= 0x55
    damaged[restart + 12] ^= 0x3C
    expect("jpeg-bad-code.jpg", bytes(damaged))
    adobe = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\x09"
    expect("jpeg-wrong-adobe.jpg", whole[:2] + adobe + whole[whole.index(b"\xff\xdb") :])
    coded = subprocess.run(
        ["jpegtran", "-arithmetic"], input=saved(picture, "JPEG", quality=85), capture_output=True,
        check=True).stdout
    expect("jpeg-arithmetic.jpg", coded)
    thumbnail = Image.Exif()
    thumbnail[0x0112] = 3
    expect("jpeg-jfif-and-exif.jpg", saved(picture, "JPEG", quality=85, dpi=(72, 72), exif=thumbnail))


FOLDER.mkdir(exist_ok=True)
for old in FOLDER.iterdir():
    old.unlink()
webp_kinds()
tiff_kinds()
faults()
profiles()
