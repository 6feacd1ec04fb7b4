"""Makers of pictures, weights and lists, by the byte, so that any part of them can lie."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterable

# What a file turns out to be that somebody saved under the name of another.
WEB_PAGE = b"<!DOCTYPE html>\n<html><body>404: not found</body></html>\n"
LFS_POINTER = (b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"4d7a" * 16 +
               b"\nsize 5210012\n")

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}


def chunk(kind: bytes, data: bytes, crc: int | None = None) -> bytes:
    """A chunk of a PNG; its checksum is right unless one is given."""
    right = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I",
                                                                    right if crc is None else crc)


def png_header(width: int, height: int, depth: int = 8, colour: int = RGB, *rest: int) -> bytes:
    """IHDR; `rest` is compression, filter and interlacing."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, *(rest
                                                                                  or (0, 0, 0))))


def png(width: int, height: int, pixel: bytes = b"\x80\x60\x40", *, depth: int = 8,
        colour: int = RGB, before: bytes = b"", rows: bytes | None = None,
        ) -> bytes:
    """A PNG of one colour, or of the rows given; `before` are chunks before its data."""
    row = b"\0" + pixel * width
    data = zlib.compress(row * height if rows is None else rows, 9)
    header = png_header(width, height, depth, colour)
    return PNG_START + header + before + chunk(b"IDAT", data) + PNG_END


PNG_START = b"\x89PNG\r\n\x1a\n"
PNG_END = chunk(b"IEND", b"")


def mask(width: int = 64, height: int = 64, white: int = 255, black: int = 0) -> bytes:
    """A grey picture, white in its middle."""
    middle = bytes([black]) * (width // 4) + bytes([white]) * (width // 2)
    line = b"\0" + middle + bytes([black]) * (width - len(middle))
    empty = b"\0" + bytes([black]) * width
    rows = empty * (height // 4) + line * (height // 2)
    rows += empty * (height - height // 4 - height // 2)
    return png(width, height, colour=GREY, rows=rows)


def compressed_zeros(size: int) -> bytes:
    """A zlib stream of so many zeros, made without holding them."""
    packer = zlib.compressobj(9)
    piece = bytes(1 << 20)
    parts = [packer.compress(piece) for _ in range(size >> 20)]
    return b"".join(parts) + packer.flush()


def jpeg(width: int, height: int, *, before: bytes = b"", scan: bytes | None = None) -> bytes:
    """A black baseline JPEG: each block is a difference and an end, of one bit each, both zero."""
    blocks = -(-width // 8) * -(-height // 8)
    data = bytes(-(-blocks * 2 // 8)) if scan is None else scan
    code = bytes([1]) + bytes(15) + b"\0"  # one code of one bit, which means 0
    return b"".join([
        b"\xff\xd8", before,
        jpeg_segment(0xDB, b"\0" + b"\1" * 64),
        jpeg_segment(0xC0,
                     struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0"),
        jpeg_segment(0xC4, b"\x00" + code),
        jpeg_segment(0xC4, b"\x10" + code),
        jpeg_segment(0xDA, b"\1\1\0\0\x3f\0"), data, b"\xff\xd9",
    ])


def jpeg_segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def tiff(entries: Iterable[tuple[int, int, int, int]], *, following: int = 0) -> bytes:
    """A TIFF of one directory at byte 8; entries are tag, type, count, and value or offset."""
    listed = list(entries)
    body = b"".join(struct.pack("<HHII", *entry) for entry in listed)
    return b"II*\0" + struct.pack("<IH", 8, len(listed)) + body + struct.pack("<I", following)


def webp(kind: bytes, data: bytes, *, size: int | None = None) -> bytes:
    """A WebP of one chunk; `size` is what its RIFF header claims."""
    body = b"WEBP" + kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


def safetensors(header: object, data: bytes = b"", *, length: int | None = None,
                padding: bytes = b"") -> bytes:
    """A safetensors file; a header that is text is taken as it is, and its length may lie."""
    if isinstance(header, bytes):
        text = header
    else:
        text = (header if isinstance(header, str) else json.dumps(header)).encode()
    text += padding
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def tensor(shape: list[object], start: object, end: object,
           dtype: object = "F32") -> dict[str, object]:
    """An entry of a safetensors header."""
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


def archive(members: dict[str, bytes], *, compresses: bool = False) -> bytes:
    """A zip as torch.save makes it."""
    buffer = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if compresses else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in members.items():
            file.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return buffer.getvalue()


def checkpoint(pickle: bytes, **storages: bytes) -> bytes:
    """A file of PyTorch's around a pickle."""
    members = {"archive/data.pkl": pickle, "archive/version": b"3\n"}
    members |= {f"archive/data/{name[1:]}": content for name, content in storages.items()}
    return archive(members)


def call(module: str, name: str, argument: str) -> bytes:
    """A pickle that calls a function when Python opens it."""
    text = argument.encode()
    return (b"\x80\x02c" + f"{module}\n{name}\n".encode() + b"X" + struct.pack("<I", len(text)) +
            text + b"\x85R.")


def npy(header: str, data: bytes = b"", *, version: int = 1, length: int | None = None) -> bytes:
    """A file of NumPy's around a header that may lie."""
    text = header.encode() + b"\n"
    size = len(text) if length is None else length
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I",
                                                            size) + text + data


def npy_list(numbers: list[int]) -> bytes:
    """What numpy.save writes of a list of whole numbers."""
    header = f"{{'descr': '<i8', 'fortran_order': False, 'shape': ({len(numbers)},), }}"
    return npy(header, struct.pack(f"<{len(numbers)}q", *numbers))


def alternating(first: str, second: str, depth: int) -> str:
    """Brackets within one another."""
    return first * depth + second * depth


def tensors_of(file: bytes) -> dict[str, tuple[str, list[int], bytes]]:
    """The type, shape and bytes of each tensor of a whole safetensors file."""
    size = struct.unpack("<Q", file[:8])[0]
    header, data = json.loads(file[8:8 + size]), file[8 + size:]
    header.pop("__metadata__", None)
    return {
        name: (entry["dtype"], entry["shape"], data[slice(*entry["data_offsets"])])
        for name, entry in header.items()
    }


def safetensors_of(tensors: dict[str, tuple[str, list[int], bytes]]) -> bytes:
    """A whole safetensors file of tensors."""
    header, data = {}, b""
    for name, (dtype, shape, content) in tensors.items():
        header[name] = tensor(shape, len(data), len(data) + len(content), dtype)
        data += content
    return safetensors(header, data)
