"""Pictures for the tests, made and read with Python's own library alone."""

import struct
import zlib


def grey(width, height, box):
    """A PNG that is white in a box."""
    x0, y0, x1, y1 = box
    dark = b"\0" + bytes(width)
    light = b"\0" + bytes(x0) + (x1 - x0) * b"\xff" + bytes(width - x1)
    return png(width, height, 0, b"".join(light if y0 <= y < y1 else dark for y in range(height)))


def png(width, height, kind, rows):
    """A PNG of rows that begin with their filter; kinds are 0 for grey, 2 for colours."""
    return container(width, height, kind, zlib.compress(rows, 1))


def container(width, height, kind, content):
    """The chunks of a PNG, whatever they hold."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", content) + chunk(b"IEND", b"")


def pixels(data):
    """Width, height and values of an 8-bit RGB PNG."""
    place, packed = 8, b""
    while place < len(data):
        length, name = struct.unpack(">I4s", data[place:place + 8])
        content = data[place + 8:place + 8 + length]
        if name == b"IHDR":
            width, height = struct.unpack(">II", content[:8])
        if name == b"IDAT":
            packed += content
        place += length + 12
    rows, stride, values = zlib.decompress(packed), 3 * width, []
    above = [0] * stride
    for y in range(height):
        kind, row = rows[y * (stride + 1)], list(rows[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride):
            left = row[i - 3] if i >= 3 else 0
            corner = above[i - 3] if i >= 3 else 0
            row[i] = (row[i] + [0, left, above[i], (left + above[i]) // 2, paeth(left, above[i], corner)][kind]) & 255
        values += row
        above = row
    return width, height, values


def paeth(a, b, c):
    p = a + b - c
    return min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]


def reduced(picture, scale):
    """The means of squares."""
    width, height, values = picture
    return [
        mean(values[((y * scale + j) * width + x * scale + i) * 3 + c] for j in range(scale) for i in range(scale))
        for y in range(height // scale) for x in range(width // scale) for c in range(3)]


def mean(values):
    values = list(values)
    return sum(values) / len(values)


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
