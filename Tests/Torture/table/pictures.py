"""Pictures whose headers lie, that are cut, too large, or no pictures at all."""

from __future__ import annotations

import struct
import zlib

from . import builders as make
from .builders import GREY, GREY_ALPHA, PALETTE, PNG_END, PNG_START, RGB, RGBA, chunk
from .case import BAD_DATA, FINE, USAGE, Case
from .contents import copy, folder, lazily, link, pipe, sparse
from .places import SCENE
from .programs import OUTPUT, PASTED, paste

WHOLE = make.png(64, 64)
DAMAGED = "damaged or truncated"


def image(name: str, what: str, code: int, *messages: str, content: object, **rest: object) -> Case:
    """A source picture that the case writes."""
    leaves = (OUTPUT,) if code == FINE else ()
    return paste(f"pictures.{name}", what, code, *messages, image="own.png",
                 files={"own.png": content}, leaves=leaves, **rest)


def masked(name: str, what: str, code: int, *messages: str, content: object,
           **rest: object) -> Case:
    """A mask that the case writes."""
    leaves = (OUTPUT,) if code == FINE else ()
    return paste(f"pictures.mask-{name}", what, code, *messages, mask="own.png",
                 files={"own.png": content}, leaves=leaves, **rest)


def referred(name: str, what: str, code: int, *messages: str, content: object,
             **rest: object) -> Case:
    """A reference that the case writes."""
    leaves = (OUTPUT,) if code == FINE else ()
    return paste(f"pictures.reference-{name}", what, code, *messages, reference="own.png",
                 files={"own.png": content}, leaves=leaves, **rest)


def text_bomb(kind: bytes, size: int) -> bytes:
    """A compressed text or profile of so many zeros in a small picture."""
    head = {b"zTXt": b"Comment\0\0", b"iTXt": b"Comment\0\1\0en\0\0", b"iCCP": b"profile\0\0"}
    return make.png(64, 64, before=chunk(kind, head[kind] + make.compressed_zeros(size)))


def profile(data: bytes) -> bytes:
    """A picture with a colour profile."""
    return make.png(64, 64, before=chunk(b"iCCP", b"profile\0\0" + zlib.compress(data)))


def lying_profile(tags: int) -> bytes:
    """The header of an sRGB profile and a number of tags that it hasn't."""
    header = struct.pack(">I4sI4s4s4s", 200, b"lcms", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    return header.ljust(36, b"\0") + b"acsp" + bytes(88) + struct.pack(">I", tags) + bytes(68)


def exif(*entries: tuple[int, int, int, int], following: int = 0) -> bytes:
    """A picture that says how it is to be turned."""
    return make.png(64, 64, before=chunk(b"eXIf", make.tiff(entries, following=following)))


def half_and_quarter(size: int) -> bytes:
    """Rows of grey and alpha: the left half is white, the upper quarter is opaque."""
    return b"".join(b"\0" + bytes([255, opacity]) * (size // 2) + bytes([0, opacity]) * (size // 2)
                    for opacity in [255] * (size // 4) + [0] * (size - size // 4))


def one_hole(size: int) -> bytes:
    """Rows of grey and alpha: the left half is white, and its first pixel transparent."""
    row = b"\xff\xff" * (size // 2) + b"\0\xff" * (size // 2)
    return b"\0\xff\0" + row[2:] + (b"\0" + row) * (size - 1)


def many_chunks(count: int) -> bytes:
    """A picture behind so many empty chunks of an unknown kind."""
    return make.png(64, 64, before=chunk(b"prVt", b"") * count)


NOT_PICTURES = [
    image("empty", "an empty file", BAD_DATA, "own.png: empty file", content=b""),
    image("web-page", "a web page under the name of a picture", BAD_DATA,
          "own.png: looks like an HTML", "download it again", content=make.WEB_PAGE),
    image("lfs-pointer", "a Git LFS pointer", BAD_DATA, "own.png", "git lfs pull",
          content=make.LFS_POINTER),
    image("text", "a text", BAD_DATA, "own.png: looks like", content=b"not a picture\n"),
    image("gif", "a GIF", BAD_DATA, "own.png: looks like", "GIF", content=b"GIF89a" + bytes(40)),
    image("bmp", "a BMP", BAD_DATA, "own.png: looks like", "BMP", content=b"BM" + bytes(60)),
    image("heic", "a HEIC", BAD_DATA, "own.png: looks like", "HEI",
          content=b"\0\0\0\x18ftypheic" + bytes(60)),
    image("zeros", "4 GB of zeros, which take no space on the disk", BAD_DATA, "own.png",
          "too many for a picture", content=sparse(b"", 4 << 30)),
    image("folder", "a folder", BAD_DATA, "own.png: is a folder", content=folder),
    image("pipe", "a pipe that nobody writes into", BAD_DATA, "own.png", content=pipe),
    image("link-to-itself", "a link to itself", BAD_DATA, "own.png", "symbolic links",
          content=link("own.png")),
    image("link-to-nothing", "a link that leads nowhere", BAD_DATA, "own.png: no such file",
          content=link("nothing.png")),
    paste("pictures.missing", "a picture that is not there", BAD_DATA, "gone.png: no such file",
          image="gone.png"),
    paste("pictures.null-device", "/dev/null", BAD_DATA, "/dev/null", "expected a file",
          image="/dev/null"),
    paste("pictures.endless-device", "/dev/zero, which never ends", BAD_DATA, "/dev/zero",
          "expected a file", image="/dev/zero"),
]

SIZES = [
    image("too-large", "a PNG that claims 100,000 × 100,000 pixels", BAD_DATA,
          "own.png: 100000×100000 pixels", "at most 178956970", "scale it down",
          content=PNG_START + make.png_header(100_000, 100_000) + chunk(b"IDAT", b"") + PNG_END),
    image("largest-side", "a PNG whose sides are the largest that fit", BAD_DATA, "own.png",
          content=PNG_START + make.png_header(2**31 - 1, 2**31 - 1) + chunk(b"IDAT", b"") +
          PNG_END),
    image("side-beyond-31-bits", "a PNG of 2³² − 1 pixels a side", BAD_DATA, "own.png",
          content=PNG_START + make.png_header(2**32 - 1, 2**32 - 1) + chunk(b"IDAT", b"") +
          PNG_END),
    image(
        "one-row", "a PNG of 178,956,970 × 1 pixels without any of them", BAD_DATA, "own.png",
        content=PNG_START + make.png_header(178_956_970, 1, 8, GREY) +
        chunk(b"IDAT", zlib.compress(b"\0")) + PNG_END),
    image(
        "one-column", "a PNG of 1 × 178,956,970 pixels without any of them", BAD_DATA, "own.png",
        content=PNG_START + make.png_header(1, 178_956_970, 8, GREY) +
        chunk(b"IDAT", zlib.compress(b"\0")) + PNG_END),
    image("no-width", "a PNG without width", BAD_DATA, "own.png", DAMAGED,
          content=PNG_START + make.png_header(0, 64) + chunk(b"IDAT", b"") + PNG_END),
    image("no-height", "a PNG without height", BAD_DATA, "own.png", DAMAGED,
          content=PNG_START + make.png_header(64, 0) + chunk(b"IDAT", b"") + PNG_END),
    image("one-pixel", "a picture of one pixel beside a larger mask", BAD_DATA, "the mask is 64×64",
          "1×1", content=make.png(1, 1)),
    image("jpeg-too-large", "a JPEG that claims 65,500 × 65,500 pixels", BAD_DATA,
          "own.png: 65500×65500 pixels", "at most", content=make.jpeg(65500, 65500, scan=b"")),
    image("jpeg-larger-still", "a JPEG that claims more pixels than libjpeg allows", BAD_DATA,
          "own.png", "65500 pixels", content=make.jpeg(65535, 65535, scan=b"")),
    image("jpeg-no-height", "a JPEG without height", BAD_DATA, "own.png", DAMAGED,
          content=make.jpeg(64, 0, scan=b"")),
    image(
        "tiff-too-large", "a TIFF that claims 100,000 × 100,000 pixels", BAD_DATA,
        "own.png: 100000×100000 pixels", content=make.tiff([(256, 4, 1, 100_000),
                                                            (257, 4, 1, 100_000), (258, 3, 1, 8),
                                                            (259, 3, 1, 1), (262, 3, 1, 1),
                                                            (273, 4, 1, 8), (278, 4, 1, 100_000),
                                                            (279, 4, 1, 8)])),
    image("webp-too-large", "a WebP whose canvas claims 16,777,216 pixels a side", BAD_DATA,
          "own.png", content=make.webp(b"VP8X", b"\0\0\0\0" + b"\xff" * 6)),
    Case("pictures.bad-limit", "a limit of pixels that is no number", "pbe-sample", PASTED,
         BAD_DATA, ("PBE_MAX_PIXELS", '"many"', "expected a number"),
         environment={"PBE_MAX_PIXELS": "many"}),
    Case("pictures.small-limit", "a limit that the picture exceeds", "pbe-sample", PASTED, BAD_DATA,
         ("64×64 pixels, at most 100", "PBE_MAX_PIXELS"), environment={"PBE_MAX_PIXELS": "100"}),
    Case("pictures.negative-limit", "a limit below zero", "pbe-sample", PASTED, BAD_DATA,
         ("PBE_MAX_PIXELS", '"-1"'), environment={"PBE_MAX_PIXELS": "-1"}),
]

DAMAGES = [
    image("start-only", "a PNG of its first eight bytes", BAD_DATA, "own.png", DAMAGED,
          content=PNG_START),
    image("cut-in-header", "a PNG cut within its header", BAD_DATA, "own.png", DAMAGED,
          content=WHOLE[:20]),
    image("cut-in-data", "a PNG cut within its data", BAD_DATA, "own.png", DAMAGED,
          "copy, download or export it again",
          content=(SCENE / "source-1.png").read_bytes()[:3000]),
    image(
        "wrong-checksum", "a PNG whose data has the wrong checksum", BAD_DATA, "own.png", DAMAGED,
        content=PNG_START + make.png_header(64, 64) +
        chunk(b"IDAT", zlib.compress((b"\0" + bytes(192)) * 64), crc=1) + PNG_END),
    image("wrong-header-checksum", "a PNG whose header has the wrong checksum", BAD_DATA, "own.png",
          DAMAGED, content=PNG_START + chunk(b"IHDR", bytes(13), crc=1) + PNG_END),
    image("too-few-rows", "a PNG with half its rows", BAD_DATA, "own.png", DAMAGED,
          content=make.png(64, 64, rows=(b"\0" + bytes(192)) * 32)),
    image("unknown-filter", "a PNG whose rows name a filter that there is not", BAD_DATA, "own.png",
          DAMAGED, content=make.png(64, 64, rows=(b"\x09" + bytes(192)) * 64)),
    image("unknown-colour-type", "a PNG of colour type 5", BAD_DATA, "own.png", DAMAGED,
          content=PNG_START + make.png_header(64, 64, 8, 5) + chunk(b"IDAT", b"") + PNG_END),
    image(
        "unknown-interlacing", "a PNG of interlacing 7", BAD_DATA, "own.png", DAMAGED,
        content=PNG_START + make.png_header(64, 64, 8, RGB, 0, 0, 7) + chunk(b"IDAT", b"") +
        PNG_END),
    image("endless-chunk", "a PNG whose chunk claims 2 GB", BAD_DATA, "own.png", DAMAGED,
          content=PNG_START + make.png_header(64, 64) + struct.pack(">I", 2**31 - 1) + b"IDAT"),
    image("no-palette", "a PNG of a palette without one", BAD_DATA, "own.png", DAMAGED,
          content=make.png(64, 64, b"\0", colour=PALETTE)),
    image("palette-overrun", "a PNG that names colours beyond its palette", FINE, OUTPUT,
          content=make.png(64, 64, b"\xff", colour=PALETTE, before=chunk(b"PLTE", b"\1\2\3"))),
    image("no-data", "a PNG without data", BAD_DATA, "own.png", DAMAGED,
          content=PNG_START + make.png_header(64, 64) + PNG_END),
    image("second-header", "a PNG with a second, larger header", BAD_DATA, "own.png", DAMAGED,
          content=make.png(64, 64, before=make.png_header(4096, 4096))),
    image(
        "data-bomb", "a PNG whose data unpacks to 256 MB for 64 rows", FINE, OUTPUT,
        content=lazily(lambda: PNG_START + make.png_header(64, 64) + chunk(
            b"IDAT", make.compressed_zeros(1 << 28)) + PNG_END)),
    image("jpeg-start-only", "a JPEG of two bytes", BAD_DATA, "own.png", content=b"\xff\xd8"),
    image("jpeg-lying-segment", "a JPEG whose segment claims more than there is", BAD_DATA,
          "own.png", DAMAGED, content=b"\xff\xd8\xff\xe0\xff\xff" + bytes(20)),
    image(
        "jpeg-no-tables", "a JPEG without tables", BAD_DATA, "own.png", DAMAGED,
        content=b"\xff\xd8" + make.jpeg_segment(0xC0,
                                                struct.pack(">BHHB", 8, 64, 64, 1) + b"\1\x11\0") +
        make.jpeg_segment(0xDA, b"\1\1\0\0\x3f\0") + bytes(64) + b"\xff\xd9"),
    image("tiff-loop", "a TIFF whose directory follows itself", BAD_DATA, "own.png",
          content=make.tiff([(256, 4, 1, 64)], following=8)),
    image("tiff-directory-beyond-file", "a TIFF whose directory lies behind its end", BAD_DATA,
          "own.png", "TIFF (C", content=b"II*\0" + struct.pack("<I", 0xFFFFFFF0)),
    image(
        "tiff-strips-beyond-file", "a TIFF whose pixels lie behind its end", BAD_DATA,
        "own.png", content=make.tiff([(256, 4, 1, 64), (257, 4, 1, 64), (258, 3, 1, 8),
                                      (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 1 << 28),
                                      (278, 4, 1, 64), (279, 4, 1, 4096)])),
    image(
        "tiff-65535-samples", "a TIFF of 65,535 samples a pixel", BAD_DATA, "own.png",
        content=make.tiff([(256, 4, 1, 64), (257, 4, 1, 64), (258, 3, 1, 8), (259, 3, 1, 1),
                           (262, 3, 1, 1), (273, 4, 1, 8), (277, 3, 1, 65535), (278, 4, 1, 64),
                           (279, 4, 1, 4096)])),
    image("webp-lying-size", "a WebP whose size is that of a larger file", BAD_DATA, "own.png",
          DAMAGED, content=make.webp(b"VP8 ", bytes(40), size=0xFFFFFFF0)),
    image("webp-empty-frame", "a lossless WebP without data", BAD_DATA, "own.png", DAMAGED,
          content=make.webp(b"VP8L", b"")),
    image("webp-animated-without-frame", "an animated WebP without a frame", BAD_DATA, "own.png",
          content=make.webp(b"VP8X", b"\2\0\0\0\x3f\0\0\x3f\0\0")),
]

ODDITIES = [
    image("sixteen-bits", "a PNG of 16 bits", FINE, OUTPUT,
          content=make.png(64, 64, b"\x80\0\x60\0\x40\0", depth=16)),
    image("one-bit", "a PNG of one bit a pixel", FINE, OUTPUT,
          content=make.png(64, 64, depth=1, colour=GREY, rows=(b"\0" + bytes(8)) * 64)),
    image("trailing-junk", "a PNG with a web page behind its end", FINE, OUTPUT,
          content=WHOLE + make.WEB_PAGE),
    image("animated", "a PNG that claims 2³² − 1 frames", FINE, OUTPUT,
          content=make.png(64, 64, before=chunk(b"acTL", b"\xff" * 8))),
    image("transparent-key", "a PNG with a transparent colour", FINE, OUTPUT,
          content=make.png(64, 64, before=chunk(b"tRNS", bytes(6)))),
    image("transparent-all-over", "a source that is transparent all over", FINE, OUTPUT,
          content=make.png(64, 64, bytes(4), colour=RGBA)),
    image("mislabelled", "a JPEG named .png", FINE, "JPEG", content=make.jpeg(64, 64)),
    image("jpeg-cut", "a JPEG whose data ends early", FINE, "own.png", content=make.jpeg(64,
                                                                                         64)[:-12]),
    image("jpeg-junk", "a JPEG with junk before a marker", FINE, OUTPUT,
          content=make.jpeg(64, 64, before=b"\x42\x99")),
    image("50000-chunks", "a PNG of 50,000 unknown chunks", FINE, OUTPUT,
          content=lazily(many_chunks, 50_000)),
    image("ztxt-bomb", "a compressed text of 256 MB", FINE, OUTPUT,
          content=lazily(text_bomb, b"zTXt", 1 << 28)),
    image("itxt-bomb", "an international text of 256 MB", FINE, OUTPUT,
          content=lazily(text_bomb, b"iTXt", 1 << 28)),
    image("profile-bomb", "a colour profile of 256 MB", FINE, OUTPUT, "profile",
          content=lazily(text_bomb, b"iCCP", 1 << 28)),
    image("profile-of-junk", "a colour profile of junk", FINE, "own.png", "profile",
          content=profile(b"junk" * 200)),
    image("profile-of-many-tags", "a colour profile that claims 4 billion tags", FINE, "profile",
          content=profile(lying_profile(0xFFFFFFFF))),
    image("profile-not-packed", "a colour profile that is not compressed", FINE, "profile",
          content=make.png(64, 64, before=chunk(b"iCCP", b"profile\0\0" + b"\xff" * 64))),
    image("gamma-of-nothing", "a PNG of gamma 0", FINE, OUTPUT,
          content=make.png(64, 64, before=chunk(b"gAMA", bytes(4)))),
    image(
        "chromaticities-of-nothing", "a PNG whose primaries are all the same point", FINE, OUTPUT,
        content=make.png(
            64, 64, before=chunk(b"gAMA", struct.pack(">I", 30000)) +
            chunk(b"cHRM", struct.pack(">8I", *[1] * 8)))),
    image("exif-loop", "EXIF data whose directory follows itself", FINE, OUTPUT, content=exif(
        (0x112, 3, 1, 1), following=8)),
    image("exif-many-entries", "EXIF data that claims 65,535 entries", FINE, OUTPUT,
          content=make.png(64, 64, before=chunk(b"eXIf", b"II*\0" + struct.pack("<IH", 8, 65535)))),
    image("exif-unknown-turn", "EXIF data that asks for the turn 99", FINE, OUTPUT, content=exif(
        (0x112, 3, 1, 99))),
    image("exif-beyond-file", "EXIF data whose directory lies behind its end", FINE, OUTPUT,
          content=make.png(64, 64, before=chunk(b"eXIf", b"MM\0*\xff\xff\xff\xff"))),
]

MASKS = [
    masked("black", "a mask that is black all over", BAD_DATA, "own.png: the mask is empty",
           "nothing to repaint", content=make.png(64, 64, b"\0", colour=GREY)),
    masked("white", "a mask that is white all over", BAD_DATA,
           "own.png: the mask covers the whole picture",
           content=make.png(64, 64, b"\xff", colour=GREY)),
    masked("other-size", "a mask of another size", BAD_DATA, "own.png: the mask is 32×16 pixels",
           "64×64", "scale the mask", content=make.mask(32, 16)),
    masked("of-ones", "a mask whose white is 1", BAD_DATA, "own.png: the mask is empty", "largest",
           content=make.mask(white=1)),
    masked("disagreeing-alpha", "a mask whose alpha says otherwise than its grey", FINE,
           "warning: own.png", "transparency", content=make.png(64, 64, colour=GREY_ALPHA,
                                                                rows=half_and_quarter(64))),
    masked("one-transparent-pixel", "a mask in black and white with one transparent pixel", FINE,
           OUTPUT, content=make.png(64, 64, colour=GREY_ALPHA, rows=one_hole(64))),
    masked("empty-alpha", "a mask that is transparent all over", BAD_DATA, "own.png",
           content=make.png(64, 64, bytes(4), colour=RGBA)),
    masked("cut", "a mask that is cut short", BAD_DATA, "own.png", DAMAGED,
           content=make.mask()[:-30]),
    masked("jpeg-cut", "a JPEG mask that is cut short, of which rows would be missing", BAD_DATA,
           "own.png", content=make.jpeg(64, 64)[:-12]),
    masked(
        "profile", "a mask with a colour profile of junk", FINE, OUTPUT, content=make.mask()[:33] +
        chunk(b"iCCP", b"p\0\0" + zlib.compress(b"junk" * 50)) + make.mask()[33:]),
    masked("web-page", "a mask that is a web page", BAD_DATA, "own.png: looks like an HTML",
           content=make.WEB_PAGE),
    referred("transparent", "a reference that is transparent all over", BAD_DATA,
             "own.png: the reference is transparent all over",
             content=make.png(64, 64, bytes(4), colour=RGBA)),
    referred("line", "a reference of 10,000 × 1 pixels", FINE, OUTPUT, content=make.png(10_000, 1)),
    referred("pixel", "a reference of one pixel", FINE, OUTPUT, content=make.png(1, 1)),
    referred("empty", "a reference of no bytes", BAD_DATA, "own.png: empty file", content=b""),
    referred("pipe", "a reference that is a pipe nobody writes into", BAD_DATA, "own.png",
             content=pipe),
]

OUTPUTS = [
    paste("pictures.output-is-input", "a result that would replace its source", USAGE,
          "own.png: the result would replace a file that it is made from", image="own.png",
          output="own.png", files={"own.png": copy(SCENE / "source-1.png")}),
    paste("pictures.output-is-link-to-input",
          "a result in the place of a link to its source, which stays", FINE, "other.png",
          image="own.png", output="other.png", leaves=("other.png",),
          files={"own.png": copy(SCENE / "source-1.png"), "other.png": link("own.png")}),
    paste("pictures.output-in-capitals", "a result beside a file of the same name in small letters",
          FINE, "own.PNG", output="own.PNG", files={"own.png": copy(SCENE / "source-1.png")},
          leaves=("own.PNG",)),
    paste("pictures.output-no-png", "a result that is no PNG by its name", USAGE,
          "result.jpg: results are written as PNG", output="result.jpg"),
]

CASES = [*NOT_PICTURES, *SIZES, *DAMAGES, *ODDITIES, *MASKS, *OUTPUTS]
