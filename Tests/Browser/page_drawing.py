"""What the page promises of pictures that come in, and of masks."""

import base64

from selenium.webdriver.common.keys import Keys

import pictures
from page_start import (
    MASK,
    REFERENCE,
    SCENES,
    SIDE,
    SOURCE,
    STROKE,
    mask,
    masked,
    page_picture,
    ready_to_paint,
)
from painter import check


def pictures_come_in_by_every_way(page):
    page.choose("#open-first", SOURCE)
    page.wait(lambda: page.source() == SOURCE.name, "choosing brings no picture")
    check(f"{SIDE} × {SIDE}" in page.text("#source .hint"), "the picture's size is not told")
    check(not page.shown("#empty"), "the instructions stay over the picture")
    reference = [("chair.png", REFERENCE.read_bytes())]
    page.bring("dragenter", reference, "#canvas")
    check(page.shown("#drop"), "places to drop at are not shown")
    page.drop(reference, "[data-drop=reference]")
    page.wait(lambda: len(page.all(".reference")) == 1, "dropping brings no reference")
    check(not page.shown("#drop"), "places to drop at stay")
    page.bring("paste", [("image.png", (SCENES / "reference-2.png").read_bytes())], "body")
    page.wait(lambda: len(page.all(".reference")) == 2, "pasting brings no reference")
    page.press("1")
    chosen = lambda: [
        each.get_attribute("aria-pressed") for each in page.all(".reference [aria-pressed]")
    ]
    page.wait(lambda: chosen() == ["true", "false"], "a number chooses no reference")
    page.drop([("other.png", (SCENES / "source-2.png").read_bytes())], "#source")
    page.wait(lambda: page.source() == "other.png", "dropping brings no picture")
    page.press((Keys.CONTROL, "z"))
    page.wait(lambda: page.source() == SOURCE.name, "undo does not bring the former picture back")


def masks_are_drawn(page):
    ready_to_paint(page)
    page.set("#seed", 42)
    page.brush(12)
    page.drag(*STROKE)
    brushed = masked(page)
    check(200 < brushed < 1200, f"the brush paints {brushed} pixels")
    page.press("]", "]", "[")
    check(page.text("#brush-size") == "14", f"[ and ] make the brush {page.text('#brush-size')}")
    page.press("e")
    page.drag((0.5, 0.5), (0.5, 0.6))
    erased = masked(page)
    check(0 < erased < brushed, "the eraser takes nothing away")
    page.press((Keys.CONTROL, "z"))
    check(masked(page) == brushed, "undo does not bring back what was erased")
    page.press((Keys.CONTROL, Keys.SHIFT, "z"))
    check(masked(page) == erased, "redo does not erase again")
    page.press("i")
    check(masked(page) == SIDE * SIDE - erased, "inverting keeps some pixels")
    page.press(Keys.DELETE)
    check("a mask" in page.text("#missing"), "an empty mask can be painted")
    page.press("r")
    page.drag((0.45, 0.4), (0.55, 0.6))
    width, height, pixels = mask(page)
    rows = [y for y in range(height) if any(pixels[y * width : (y + 1) * width])]
    columns = [x for x in range(width) if any(pixels[x::width])]
    area = (rows[-1] + 1 - rows[0]) * (columns[-1] + 1 - columns[0])
    check(sum(v == 255 for v in pixels) == area, "the rectangle has holes")
    page.press("l")
    page.drag((0.6, 0.5), (0.65, 0.6), (0.6, 0.65), other=Keys.ALT)
    page.drag((0.6, 0.5), (0.65, 0.6), (0.6, 0.65))
    check(masked(page) > area, "the lasso adds nothing")
    for _ in range(9):
        page.press((Keys.CONTROL, "z"))
    check(
        not page.find("#undo").is_enabled() or page.source() != SOURCE.name,
        "undo does not go back to the start",
    )


def masks_come_and_go_as_files(page):
    ready_to_paint(page)
    page.choose("#mask-in", MASK)
    page.wait(lambda: page.text("#missing") == "", "the mask does not come")
    check(mask(page) == (SIDE, SIDE, pictures_of(MASK)), "the mask is another one when it is saved")
    page.press("b")
    page.drag((0.4, 0.3), (0.42, 0.3))
    check(
        masked(page) > sum(v == 255 for v in pictures_of(MASK)), "a loaded mask cannot be drawn on"
    )
    page.drop(
        [("wrong.png", pictures.png(32, 64, lambda x, y: (255, 255, 255)))], "[data-drop=mask]"
    )
    page.wait(
        lambda: any("32 × 64" in each for each in page.toasts()),
        "a mask of another size is not refused",
    )


def pictures_of(file):
    """The grey values of a mask in a file, as the browser reads them."""
    data = file.read_bytes()
    raw = pictures.zlib.decompress(
        b"".join(c for kind, c in pictures.chunks(data) if kind == b"IDAT")
    )
    width, height = pictures.size(data)
    values, above = [], bytes(width)
    for y in range(height):
        kind, row = raw[y * (width + 1)], bytearray(
            raw[y * (width + 1) + 1 : (y + 1) * (width + 1)]
        )
        for x in range(width):
            left, up, corner = row[x - 1] if x else 0, above[x], above[x - 1] if x else 0
            guess = left + up - corner
            near = min((left, up, corner), key=lambda each: abs(guess - each))
            row[x] = (row[x] + [0, left, up, (left + up) // 2, near][kind]) % 256
        values += row
        above = row
    return bytes(values)


def keys_alone_can_draw(page):
    ready_to_paint(page)
    page.press("r")
    page.script("document.getElementById('canvas').focus()")
    page.press(
        Keys.ARROW_LEFT, Keys.ENTER, *[Keys.ARROW_RIGHT] * 6, *[Keys.ARROW_DOWN] * 5, Keys.ENTER
    )
    step = round(SIDE / 40)
    check(masked(page) == 6 * step * 5 * step, f"arrows and Enter mask {masked(page)} pixels")
    page.press("?")
    check(page.shown("#help-dialog") and "Eraser" in page.text("#help-dialog"), "? shows no keys")
    page.axe("help")
    page.press(Keys.ESCAPE)
    check(not page.shown("#help-dialog"), "Escape does not close the help")


def the_view_zooms_and_moves(page):
    ready_to_paint(page)
    percent = lambda: int(page.text("#zoom-fit").split()[0])
    fitted, before = percent(), page.stage()
    page.wheel(3)
    page.wait(lambda: percent() > fitted, "the wheel does not zoom in")
    page.press("0")
    page.wait(lambda: percent() == fitted and page.stage() == before, "0 does not fit the picture")
    page.click("#zoom-in")
    zoomed = page.stage()
    page.script("document.getElementById('canvas').focus()")
    space = {"key": " ", "code": "Space", "windowsVirtualKeyCode": 32}
    page.driver.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "keyDown", **space})
    page.drag((0.5, 0.5), (0.6, 0.6))
    page.driver.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "keyUp", **space})
    check(page.stage() != zoomed, "Space and a drag do not move the picture")
    check("a mask" in page.text("#missing"), "Space and a drag draw")


def small_masks_are_warned_of(page):
    large = page_picture(640, 480)
    page.drop([("large.png", large)], "#source")
    page.wait(lambda: page.source() == "large.png", "a large picture does not come")
    page.brush(14)
    before = page.stage()
    page.drag((0.5, 0.5), (0.51, 0.5))
    note = page.wait(
        lambda: page.shown("#mask-note") and page.text("#mask-note p"),
        "a small mask is not warned of",
    )
    check("%" in note and "640" not in note, f"the warning is: {note}")
    drawn = page.stage()
    check(drawn != before, "the region is not drawn")
    page.set("#crop", "none")
    page.wait(lambda: page.stage() != drawn, "the region stays although the whole picture is seen")
    page.set("#crop", "auto")
    page.press("i")
    page.wait(lambda: not page.shown("#mask-note"), "the warning stays with a large mask")


# A picture of 4000 × 3000 pixels as JPEG, in base64.
PHOTOGRAPH = """
const done = arguments[0];
const canvas = document.createElement('canvas');
[canvas.width, canvas.height] = [4000, 3000];
const context = canvas.getContext('2d');
const sky = context.createLinearGradient(0, 0, 4000, 3000);
sky.addColorStop(0, '#245');
sky.addColorStop(1, '#dca');
context.fillStyle = sky;
context.fillRect(0, 0, 4000, 3000);
canvas.toBlob((blob) => {
  const reader = new FileReader();
  reader.onload = () => done(reader.result.split(',')[1]);
  reader.readAsDataURL(blob);
}, 'image/jpeg', 0.9);
"""


def turned_photographs_are_upright(page):
    """Twelve megapixels, held upright: what is painted is upright, too."""
    page.driver.set_script_timeout(60)
    text = page.driver.execute_async_script(PHOTOGRAPH)
    photograph = pictures.turned(base64.b64decode(text), 6)
    page.drop([("photo.jpg", photograph)], "#source")
    page.wait(lambda: page.source() == "photo.jpg", "the photograph does not come")
    check(
        "3000 × 4000" in page.text("#source .hint"),
        f"it is not upright: {page.text('#source .hint')}",
    )
    page.choose("#add-reference", REFERENCE)
    page.brush(200)
    page.drag((0.48, 0.5), (0.52, 0.52))
    page.settings(sampler="ddim", steps=2, seed=1)
    page.wait(lambda: page.text("#missing") == "", "it cannot be painted")
    check(
        pictures.size(page.saved("#mask-out", "photo-mask.png")) == (3000, 4000),
        "the mask is not upright",
    )
    page.run(60)
    check(
        pictures.size(page.saved("#save", "photo-1.png")) == (3000, 4000),
        "the result is not upright",
    )


def strangers_files_do_no_harm(page):
    ready_to_paint(page)
    for name, data in pictures.hostile(REFERENCE.read_bytes()):
        page.script("document.getElementById('toasts').replaceChildren()")
        page.drop([(name, data)])
        page.wait(
            lambda: any(name in each for each in page.toasts()), f"{name} is not refused by name"
        )
    check(
        page.source() == SOURCE.name and len(page.all(".reference")) == 1,
        "something of them was taken in",
    )
    check("owned" not in page.driver.title, "a file's script ran")
    page.drop([("notes.txt", b"no picture")])
    page.wait(lambda: any("notes.txt" in each for each in page.toasts()), "a text is not refused")
