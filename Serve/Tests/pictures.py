"""Pictures that are large, or no pictures: `pixels.py` has those of a few pixels."""

import struct
import zlib


def grey(width, height, box):
    """A PNG that is white in a box."""
    x0, y0, x1, y1 = box
    dark = b"\0" + bytes(width)
    light = b"\0" + bytes(x0) + (x1 - x0) * b"\xff" + bytes(width - x1)
    rows = b"".join(light if y0 <= y < y1 else dark for y in range(height))
    return container(width, height, 0, zlib.compress(rows, 1))


def container(width, height, kind, content):
    """The chunks of a PNG, whatever they hold; kinds are 0 for grey, 2 for colours."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", content) + chunk(b"IEND", b"")


# A grey JPEG of flat blocks: of each only the mean is coded, as the difference from the block before.
# Code lengths and values of the mean's table: ITU-T T.81, table K.3.
MEAN_LENGTHS = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
MEAN_CODES = {0: "00", 1: "010", 2: "011", 3: "100", 4: "101", 5: "110", 6: "1110", 7: "11110", 8: "111110"}


def photograph(width, height, orientation):
    """A JPEG as a camera writes it: stored lying, with the EXIF orientation that sets it upright."""
    def segment(marker, data):
        return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data
    exif = b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    columns, rows = (width + 7) // 8, (height + 7) // 8
    bits, before = [], 0
    for y in range(rows):
        for x in range(columns):
            value = (x * 90 // columns + y * 90 // rows + (x ^ y) % 16) - 90
            step, before = value - before, value
            size = abs(step).bit_length()
            bits.append(MEAN_CODES[size])
            if size:
                bits.append(format(step if step > 0 else step + (1 << size) - 1, f"0{size}b"))
            bits.append("0")  # no details follow: the only code of their table
    text = "".join(bits)
    text += -len(text) % 8 * "1"
    data = int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\0")
    return (
        b"\xff\xd8" + segment(0xE1, exif) + segment(0xDB, b"\0" + 64 * b"\x08")
        + segment(0xC0, struct.pack(">BHHBBBB", 8, height, width, 1, 1, 0x11, 0))
        + segment(0xC4, b"\0" + bytes(MEAN_LENGTHS) + bytes(range(12)))
        + segment(0xC4, b"\x10" + bytes([1] + 15 * [0]) + b"\0")
        + segment(0xDA, b"\x01\x01\0\0\x3f\0") + data + b"\xff\xd9")
