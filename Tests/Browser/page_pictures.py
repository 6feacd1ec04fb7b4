"""The pictures of docs/page.md."""

import time

from page_start import MASK, REFERENCE, SCENES, page_picture, ready_to_paint
from painter import Painter, check


def draw_the_region(address, downloads, folder):
    """A small mask in a large picture: the warning, and what the model will see."""
    page = Painter(address, downloads, size=(1180, 740))
    page.drop([("garden.png", page_picture(480, 360))], "#source")
    page.choose("#add-reference", REFERENCE)
    page.brush(24)
    page.drag((0.4, 0.6), (0.43, 0.63))
    page.wait(lambda: page.shown("#mask-note"), "a small mask is not warned of")
    page.picture(folder, "region")
    page.finish()


def draw_the_page(address, downloads, folder):
    """Empty, drawing, running and done; light and dark; on a desktop and a phone."""
    folder.mkdir(parents=True, exist_ok=True)
    draw_the_region(address, downloads, folder)
    for dark in (False, True):
        for phone in (False, True):
            size = (390, 844) if phone else (1180, 740)
            page = Painter(address, downloads, size=size, dark=dark, touch=phone)
            name = lambda what: f"{what}{'-phone' if phone else ''}{'-dark' if dark else ''}"
            page.picture(folder, name("empty"))
            ready_to_paint(page)
            page.choose("#add-reference", SCENES / "reference-2.png")
            page.wait(lambda: len(page.all(".reference")) == 2, "the reference does not come")
            page.press("1")
            page.choose("#mask-in", MASK)
            page.brush(9)
            page.script("scrollTo(0, 0)")
            page.wait(lambda: page.text("#missing") == "", "the mask does not come")
            if not phone:
                page.drag((0.36, 0.3), (0.4, 0.26), (0.43, 0.3))
            page.script("document.querySelector('.tools').scrollLeft = 0")
            time.sleep(0.6)
            page.picture(folder, name("drawing"))
            page.settings(sampler="plms", steps=400, scale=3, seed=42)
            page.script("scrollTo(0, 0)")
            page.click("#run")
            page.wait(
                lambda: float(page.find("#progress-bar").get_attribute("value") or 0) > 0.62,
                "it does not get far",
                60,
            )
            page.picture(folder, name("running"))
            page.click("#cancel")
            page.wait(page.painted, "cancelling does not end it")
            page.script("document.querySelector('.tools').scrollLeft = 0")
            page.settings(sampler="ddim", steps=25)
            page.script("scrollTo(0, 0)")
            page.run()
            page.press("x")
            page.script("document.activeElement.blur(); scrollTo(0, 0)")
            time.sleep(0.3)
            page.picture(folder, name("done"))
            page.finish()
    for file in folder.glob("*.png"):
        check(file.stat().st_size < 140_000, f"{file} has {file.stat().st_size} bytes")
