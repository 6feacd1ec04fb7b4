"""Pictures for the tests of the page, good and bad, by the standard library alone."""

import struct
import zlib


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, pixel, texts=()):
    """An RGB PNG; `pixel(x, y)` gives three bytes."""
    rows = b"".join(
        b"\0" + bytes(v for x in range(width) for v in pixel(x, y)) for y in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    named = [chunk(b"tEXt", key.encode() + b"\0" + value.encode()) for key, value in texts]
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + b"".join(named)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def chunks(data):
    place = 8
    while place + 12 <= len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        yield kind, data[place + 8 : place + 8 + length]
        place += 12 + length


def size(data):
    return struct.unpack(">II", data[16:24])


def texts(data):
    """The tEXt chunks of a PNG."""
    parts = [content.split(b"\0", 1) for kind, content in chunks(data) if kind == b"tEXt"]
    return {key.decode(): value.decode("latin1") for key, value in parts}


def grey(data):
    """Width, height and bytes of an 8-bit grey PNG whose rows are not filtered, as the page writes masks."""
    width, height = size(data)
    assert data[24:29] == bytes([8, 0, 0, 0, 0]), f"no 8-bit grey PNG: {data[24:29]}"
    raw = zlib.decompress(b"".join(content for kind, content in chunks(data) if kind == b"IDAT"))
    rows = [raw[y * (width + 1) : (y + 1) * (width + 1)] for y in range(height)]
    assert all(row[0] == 0 for row in rows), "a row is filtered"
    return width, height, b"".join(row[1:] for row in rows)


def turned(jpeg, orientation):
    """A JPEG with an EXIF block that says how it is to be turned."""
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    exif = (
        b"Exif\0\0MM\0*"
        + struct.pack(">I", 8)
        + struct.pack(">H", 1)
        + entry
        + struct.pack(">I", 0)
    )
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


def hostile(good):
    """Files that are no pictures, whatever they are called: name and bytes. `good` is a PNG that is one."""
    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )
    script = (
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>document.title="owned"</script></svg>'
    )
    return [
        ("empty.png", b""),
        ("half.png", good[: len(good) // 2]),
        ("page.png", b"<!doctype html><script>document.title='owned'</script>"),
        ("drawing.svg", script),
        ("huge.png", bomb),
        ("<img src=x onerror=\"document.title='owned'\">.png", b"\x89PNG\r\n\x1a\n" + bytes(200)),
    ]
