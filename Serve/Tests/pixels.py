"""Just enough of PNG for tests: 8-bit pictures of 1 to 4 channels, not interlaced."""

import struct
import zlib

CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def write(width, height, channels, pixel):
    """The file of a picture; `pixel(x, y)` gives a tuple of as many bytes as there are channels."""
    kind = {count: kind for kind, count in CHANNELS.items()}[channels]
    rows = b"".join(b"\0" + b"".join(bytes(pixel(x, y)) for x in range(width)) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks)


def chunks(file):
    assert file.startswith(SIGNATURE), file[:40]
    place = len(SIGNATURE)
    while place < len(file):
        length, name = struct.unpack(">I4s", file[place:place + 8])
        yield name, file[place + 8:place + 8 + length]
        place += 12 + length


def read(file):
    """Width, height, and a list of rows, each a list of tuples."""
    data = b""
    for name, content in chunks(file):
        if name == b"IHDR":
            width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", content)
            assert depth == 8 and not interlaced, (depth, interlaced)
        elif name == b"IDAT":
            data += content
    count = CHANNELS[kind]
    raw, stride = zlib.decompress(data), width * count
    rows, above = [], bytearray(stride)
    for y in range(height):
        start = y * (stride + 1)
        line = unfiltered(raw[start], raw[start + 1:start + 1 + stride], above, count)
        rows.append([tuple(line[x:x + count]) for x in range(0, stride, count)])
        above = line
    return width, height, rows


def unfiltered(kind, line, above, count):
    line = bytearray(line)
    for i in range(len(line)):
        left, up = line[i - count] if i >= count else 0, above[i]
        corner = above[i - count] if i >= count else 0
        if kind == 4:
            guess = left + up - corner
            nearest = min((left, up, corner), key=lambda value: abs(guess - value))
        else:
            nearest = (0, left, up, (left + up) // 2)[kind]
        line[i] = (line[i] + nearest) & 255
    return line
