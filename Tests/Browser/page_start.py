"""Where the tests of the page begin: the shipped model's pictures, opened."""

from pathlib import Path

import pictures

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "Serve/Sources/Server/Page"
SCENES = ROOT / "Examples/scenes"
SOURCE, REFERENCE, MASK = (SCENES / f"{name}-1.png" for name in ("source", "reference", "mask"))
SIDE = pictures.size(SOURCE.read_bytes())[0]

# A line over the object, on the stage.
STROKE = [(0.42, 0.5), (0.5, 0.55), (0.58, 0.5)]


def ready_to_paint(page, source=SOURCE):
    page.choose("#source", source)
    page.wait(lambda: page.source() == source.name, "the picture does not come")
    page.choose("#add-reference", REFERENCE)
    page.wait(lambda: page.all(".reference"), "the reference does not come")


def mask(page):
    return pictures.grey(page.saved("#mask-out", "*-mask.png"))


def masked(page):
    """How many pixels are to be painted."""
    return sum(value == 255 for value in mask(page)[2])


def page_picture(width, height):
    return pictures.png(
        width, height, lambda x, y: (90 + x * 120 // width, 150 - y * 60 // height, 120)
    )
