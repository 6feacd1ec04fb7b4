"""Makes Tests/Golden/profiles: pictures that say what their colours mean, and what Pillow's ImageCms
(relative colorimetric, black-point compensation) makes of them in sRGB. For what Pillow ignores, a
PNG's gAMA, cHRM and cICP, the expected colours are computed in double precision.
Raw files hold interleaved 8-bit samples without a header.

pip install pillow==13.0.0 numpy==2.4.6
"""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

FOLDER = Path(__file__).parent / "profiles"
RANDOM = np.random.default_rng(19)
D50 = np.array([0.9642, 1.0, 0.8249])
D65 = (0.3127, 0.3290)
PRIMARIES = {
    "srgb": ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)),
    "display-p3": ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    "adobe-rgb": ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)),
    "prophoto": ((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001)),
}


def xyz(xy):
    return np.array([xy[0] / xy[1], 1.0, (1 - xy[0] - xy[1]) / xy[1]])


def matrix(primaries, white):
    """Linear RGB to XYZ, relative to the white."""
    columns = np.stack([xyz(p) for p in primaries], 1)
    return columns * np.linalg.solve(columns, xyz(white))


def adapted(to_xyz, white):
    bradford = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    scale = np.diag((bradford @ D50) / (bradford @ xyz(white)))
    return np.linalg.inv(bradford) @ scale @ bradford @ to_xyz


# --- ICC, version 2, written by hand ----------------------------------------------------------


def fixed(values):
    return b"".join(struct.pack(">i", round(v * 65536)) for v in values)


def profile(space, tags, kind=b"mntr", pcs=b"XYZ "):
    tags = {b"desc": b"desc\0\0\0\0" + struct.pack(">I", 2) + b"t\0" + bytes(78), b"wtpt": b"XYZ \0\0\0\0" + fixed(D50), **tags}
    offset, table, body = 132 + 12 * len(tags), b"", b""
    for name, content in tags.items():
        content += bytes(-len(content) % 4)
        table += name + struct.pack(">II", offset + len(body), len(content))
        body += content
    head = struct.pack(">I4sI4s4s4s", offset + len(body), b"test", 0x02400000, kind, space, pcs)
    head += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + fixed(D50)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def curve(gamma):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))


def sampled_srgb_curve():
    values = np.linspace(0, 1, 1024)
    light = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return b"curv\0\0\0\0" + struct.pack(">I", 1024) + np.round(light * 65535).astype(">u2").tobytes()


def rgb_profile(primaries, trc, white=D65):
    columns = adapted(matrix(primaries, white), white).T
    tags = {bytes([c]) + b"XYZ": b"XYZ \0\0\0\0" + fixed(column) for c, column in zip(b"rgb", columns)}
    return profile(b"RGB ", tags | {bytes([c]) + b"TRC": trc for c in b"rgb"})


def cmyk_profile():
    """A press in three steps an ink, with tables both ways."""
    steps = np.stack(np.meshgrid(*[np.linspace(0, 1, 3)] * 4, indexing="ij"), -1).reshape(-1, 4)
    ink = 1 - np.array([[0.9, 0.35, 0.1], [0.15, 0.85, 0.3], [0.02, 0.1, 0.9], [0.95, 0.95, 0.95]])
    light = np.prod(1 - steps[:, :, None] * (1 - ink), 1)
    to_xyz = adapted(matrix(PRIMARIES["srgb"], D65), D65)
    ratio = light @ to_xyz.T / D50
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    lab = np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], 1)
    grid = np.round(np.stack([lab[:, 0] * 2.55, lab[:, 1] + 128, lab[:, 2] + 128], 1)).clip(0, 255).astype(np.uint8)
    ramp = bytes(range(256))
    identity = fixed([1, 0, 0, 0, 1, 0, 0, 0, 1])
    out = b"mft1\0\0\0\0" + bytes([4, 3, 3, 0]) + identity + ramp * 4 + grid.tobytes() + ramp * 3
    back = np.stack(np.meshgrid(*[np.linspace(0, 1, 3)] * 3, indexing="ij"), -1).reshape(-1, 3)
    inks = np.concatenate([np.tile(1 - back[:, :1], 3) * 0.7, 1 - back[:, :1]], 1)
    into = b"mft1\0\0\0\0" + bytes([3, 4, 3, 0]) + identity + ramp * 3 + np.round(inks * 255).astype(np.uint8).tobytes() + ramp * 4
    return profile(b"CMYK", {b"A2B0": out, b"B2A0": into}, kind=b"prtr", pcs=b"Lab ")


# --- Files ------------------------------------------------------------------------------------


def chunk(kind, content):
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def png(samples, *chunks, deep=False):
    height, width, channels = samples.shape
    colour = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    rows = b"".join(b"\0" + row.astype(">u2" if deep else "u1").tobytes() for row in samples)
    head = struct.pack(">IIBBBBB", width, height, 16 if deep else 8, colour, 0, 0, 0)
    content = [chunk(b"IHDR", head), *chunks, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(content)


def embedded(icc):
    return chunk(b"iCCP", b"test\0\0" + zlib.compress(icc))


def colours(channels=3):
    """Greys, pure colours, random ones."""
    ramp = np.repeat(np.linspace(0, 255, 32)[:, None], channels, 1)
    corners = np.stack(np.meshgrid(*[[0, 255]] * channels), -1).reshape(-1, channels)[:32]
    rest = RANDOM.integers(0, 256, (192 - 32 - len(corners), channels))
    return np.concatenate([ramp, corners, rest]).astype(np.uint8).reshape(12, 16, channels)


def raw(name, array):
    (FOLDER / name).write_bytes(np.ascontiguousarray(array).tobytes())


def converted(picture, icc):
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
    return np.asarray(ImageCms.profileToProfile(
        picture, ImageCms.ImageCmsProfile(io.BytesIO(icc)), ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC, outputMode="RGB", flags=flags))


def save(name, data, expected):
    (FOLDER / name).write_bytes(data)
    raw(f"{name}.rgb", expected)


def encoded(light):
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055) * 255


def described(values, exponent, primaries=PRIMARIES["srgb"]):
    """sRGB of values in [0, 1] by the definitions, under D65."""
    light = values ** exponent if exponent else np.where(
        values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    change = np.linalg.solve(matrix(PRIMARIES["srgb"], D65), matrix(primaries, D65))
    return np.round(encoded(light @ change.T)).astype(np.uint8)


def chrm(primaries, white=D65):
    return chunk(b"cHRM", b"".join(struct.pack(">I", round(v * 100000)) for xy in (white, *primaries) for v in xy))


def gama(value):
    return chunk(b"gAMA", struct.pack(">I", round(value * 100000)))


def spaces():
    samples = colours()
    picture = Image.fromarray(samples)
    profiles = {
        "display-p3": rgb_profile(PRIMARIES["display-p3"], sampled_srgb_curve()),
        "adobe-rgb": rgb_profile(PRIMARIES["adobe-rgb"], curve(563 / 256)),
        "prophoto": rgb_profile(PRIMARIES["prophoto"], curve(1.8), white=(0.3457, 0.3585)),
    }
    for name, icc in profiles.items():
        save(f"{name}.png", png(samples, embedded(icc)), converted(picture, icc))
    icc = profiles["display-p3"]
    opacity = RANDOM.integers(0, 256, (12, 16, 1), dtype=np.uint8)
    save("display-p3-alpha.png", png(np.dstack([samples, opacity]), embedded(icc)), converted(picture, icc))
    deep = samples.astype(np.uint16) * 257
    save("display-p3-16.png", png(deep, embedded(icc), deep=True), converted(picture, icc))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=95, subsampling=0, icc_profile=icc)
    save("display-p3.jpg", buffer.getvalue(), converted(Image.open(buffer), icc))
    picture.save(buffer := io.BytesIO(), "JPEG", quality=95, subsampling=0)
    parts = [icc[i : i + 900] for i in range(0, len(icc), 900)]
    segments = [
        struct.pack(">HH", 0xFFE2, len(part) + 16) + b"ICC_PROFILE\0" + bytes([i + 1, len(parts)]) + part
        for i, part in enumerate(parts)]
    head, tail = buffer.getvalue()[:2], buffer.getvalue()[2:]
    # In any order.
    data = head + b"".join(reversed(segments)) + tail
    save("display-p3-segments.jpg", data, converted(Image.open(io.BytesIO(data)), icc))
    save("display-p3-lost-segment.jpg", head + b"".join(segments[1:]) + tail, np.asarray(Image.open(buffer)))
    for name, made in (
        ("srgb-lcms", undated(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())),
        ("srgb-sampled", rgb_profile(PRIMARIES["srgb"], sampled_srgb_curve())),
    ):
        save(f"{name}.png", png(samples, embedded(made)), samples)
    save("broken.png", png(samples, embedded(icc[:200])), samples)
    save("not-compressed.png", png(samples, chunk(b"iCCP", b"test\0\0" + icc[:60])), samples)
    save("grey-profile-for-rgb.png", png(samples, embedded(profile(b"GRAY", {b"kTRC": curve(1.8)}))), samples)


def undated(icc):
    return icc[:24] + bytes([7, 234, 0, 1, 0, 1]) + bytes(6) + icc[36:]


def greys():
    grey = colours(1)
    icc = profile(b"GRAY", {b"kTRC": curve(1.8)})
    expected = converted(Image.fromarray(grey[..., 0]), icc)
    save("grey-1.8.png", png(grey, embedded(icc)), expected)
    buffer = io.BytesIO()
    Image.fromarray(grey[..., 0]).save(buffer, "JPEG", quality=95, icc_profile=icc)
    save("grey-1.8.jpg", buffer.getvalue(), converted(Image.open(buffer), icc))
    wide = rgb_profile(PRIMARIES["adobe-rgb"], curve(563 / 256))
    save("grey-under-rgb.png", png(grey, embedded(wide)), converted(Image.fromarray(grey[..., 0]).convert("RGB"), wide))


def inks():
    samples = colours(4)
    picture = Image.frombytes("CMYK", (16, 12), samples.tobytes())
    icc = cmyk_profile()
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=95, subsampling=0, icc_profile=icc)
    save("cmyk.jpg", buffer.getvalue(), converted(Image.open(buffer), icc))
    buffer = io.BytesIO()
    wrong = rgb_profile(PRIMARIES["adobe-rgb"], curve(563 / 256))
    picture.save(buffer, "JPEG", quality=95, subsampling=0, icc_profile=wrong)
    save("cmyk-under-rgb.jpg", buffer.getvalue(), np.asarray(Image.open(buffer).convert("RGB")))


def chunks():
    samples = colours()
    values = samples / 255
    save("gama-1.png", png(samples, gama(1)), described(values, 1))
    deep = RANDOM.integers(0, 65536, (12, 16, 3))
    save("gama-1-16.png", png(deep, gama(1), deep=True), described(deep / 65535, 1))
    save("gama-2.2.png", png(samples, gama(1 / 2.2)), samples)
    save("gama-2.2-srgb-primaries.png", png(samples, gama(1 / 2.2), chrm(PRIMARIES["srgb"])), samples)
    save("srgb-chunk.png", png(samples, gama(1), chunk(b"sRGB", b"\0")), samples)
    p3 = PRIMARIES["display-p3"]
    save("chrm-p3.png", png(samples, chrm(p3)), described(values, None, p3))
    save("cicp-p3.png", png(samples, chunk(b"cICP", bytes([12, 13, 0, 1]))), described(values, None, p3))
    save("cicp-srgb.png", png(samples, gama(1), chunk(b"cICP", bytes([1, 13, 0, 1]))), samples)
    save("cicp-hdr.png", png(samples, chunk(b"cICP", bytes([9, 16, 0, 1]))), samples)
    save("gama-0.png", png(samples, gama(0)), samples)
    save("chrm-0.png", png(samples, chrm([(0, 0)] * 3, (0, 0))), samples)
    grey = colours(1)
    save("grey-gama-1.png", png(grey, gama(1)), described(np.repeat(grey / 255, 3, 2), 1))


FOLDER.mkdir(exist_ok=True)
for old in FOLDER.iterdir():
    old.unlink()
spaces()
greys()
inks()
chunks()
