"""Paints on the page as people do, in Chromium, with the shipped model.

  apt-get install chromium chromium-driver
  pip install selenium==4.51.0 && pip install --no-deps axe-playwright-python==0.1.8
  python Tests/Browser/page.py PBE-SERVE PBE-SAMPLE [--screenshots docs/page] [--only NAME]

`make test-page` does all of it. Of axe-playwright-python only axe itself is used, the file axe.min.js.
`--address URL` asks a server that runs already.
"""

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager, nullcontext
from pathlib import Path

from selenium.webdriver.common.keys import Keys

import pictures
from painter import Failure, Painter, check

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "Serve/Sources/Server/Page"
SCENES = ROOT / "Examples/scenes"
SOURCE, REFERENCE, MASK = (SCENES / f"{name}-1.png" for name in ("source", "reference", "mask"))

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


# MARK: Each of these is one promise


def files_are_served(page):
    """What the page is made of comes from the server, under a policy that lets nothing else in."""
    for file in PAGE.iterdir():
        path = "" if file.name == "index.html" else f"page/{file.name}"
        with urllib.request.urlopen(page.address + path) as answer:
            check(answer.read() == file.read_bytes(), f"{file.name} is not what the server serves")
            policy = answer.headers["Content-Security-Policy"] or ""
            check("default-src 'none'" in policy and "unsafe" not in policy, f"the policy is {policy}")


def empty_page_explains_itself(page):
    check(page.shown("#empty") and len(page.all("#empty li")) == 4, "an empty page does not say what to do")
    check("a picture, a reference" in page.text("#missing"), "it does not say what is needed")
    check(not page.find("#run").is_enabled(), "painting is offered without pictures")
    page.axe("empty")


def pictures_come_in_by_every_way(page):
    page.choose("#open-first", SOURCE)
    page.wait(lambda: page.source() == SOURCE.name, "choosing brings no picture")
    check("64 × 64" in page.text("#source .hint"), "the picture's size is not told")
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
    chosen = lambda: [each.get_attribute("aria-pressed") for each in page.all(".reference [aria-pressed]")]
    page.wait(lambda: chosen() == ["true", "false"], "a number chooses no reference")
    page.drop([("other.png", (SCENES / "source-2.png").read_bytes())], "#source")
    page.wait(lambda: page.source() == "other.png", "dropping brings no picture")
    page.press((Keys.CONTROL, "z"))
    page.wait(lambda: page.source() == SOURCE.name, "undo does not bring the former picture back")


def masks_are_drawn(page):
    ready_to_paint(page)
    page.set("#seed", 42)
    page.script("arguments[0].value = 12; arguments[0].dispatchEvent(new Event('input'))", page.find("#brush"))
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
    check(masked(page) == 64 * 64 - erased, "inverting keeps some pixels")
    page.press(Keys.DELETE)
    check("a mask" in page.text("#missing"), "an empty mask can be painted")
    page.press("r")
    page.drag((0.45, 0.4), (0.55, 0.6))
    width, height, pixels = mask(page)
    rows = [y for y in range(height) if any(pixels[y * width:(y + 1) * width])]
    columns = [x for x in range(width) if any(pixels[x::width])]
    area = (rows[-1] + 1 - rows[0]) * (columns[-1] + 1 - columns[0])
    check(sum(v == 255 for v in pixels) == area, "the rectangle has holes")
    page.press("l")
    page.drag((0.6, 0.5), (0.65, 0.6), (0.6, 0.65), other=Keys.ALT)
    page.drag((0.6, 0.5), (0.65, 0.6), (0.6, 0.65))
    check(masked(page) > area, "the lasso adds nothing")
    for _ in range(9):
        page.press((Keys.CONTROL, "z"))
    check(not page.find("#undo").is_enabled() or page.source() != SOURCE.name, "undo does not go back to the start")


def masks_come_and_go_as_files(page):
    ready_to_paint(page)
    page.choose("#mask-in", MASK)
    page.wait(lambda: page.text("#missing") == "", "the mask does not come")
    check(mask(page) == (64, 64, pictures_of(MASK)), "the mask is another one when it is saved")
    page.press("b")
    page.drag((0.4, 0.3), (0.42, 0.3))
    check(masked(page) > sum(v == 255 for v in pictures_of(MASK)), "a loaded mask cannot be drawn on")
    page.drop([("wrong.png", pictures.png(32, 64, lambda x, y: (255, 255, 255)))], "[data-drop=mask]")
    page.wait(lambda: any("32 × 64" in each for each in page.toasts()), "a mask of another size is not refused")


def pictures_of(file):
    """The grey values of a mask in a file, as the browser reads them."""
    data = file.read_bytes()
    raw = pictures.zlib.decompress(b"".join(c for kind, c in pictures.chunks(data) if kind == b"IDAT"))
    width, height = pictures.size(data)
    values, above = [], bytes(width)
    for y in range(height):
        kind, row = raw[y * (width + 1)], bytearray(raw[y * (width + 1) + 1:(y + 1) * (width + 1)])
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
    page.press(Keys.ARROW_LEFT, Keys.ENTER, *[Keys.ARROW_RIGHT] * 6, *[Keys.ARROW_DOWN] * 5, Keys.ENTER)
    check(masked(page) == 12 * 10, f"arrows and Enter mask {masked(page)} pixels")
    page.press("?")
    check(page.shown("#help-dialog") and "Eraser" in page.text("#help-dialog"), "? shows no keys")
    page.axe("help")
    page.press(Keys.ESCAPE)
    check(not page.shown("#help-dialog"), "Escape does not close the help")


def focus_is_seen_everywhere(page):
    ready_to_paint(page)
    page.press((Keys.CONTROL, "a"))
    seen = set()
    page.script("document.querySelector('.skip').focus()")
    for _ in range(60):
        page.press(Keys.TAB)
        name, width = page.script(
            "const e = document.activeElement; const s = getComputedStyle(e);"
            "return [e.id || e.getAttribute('aria-label') || e.textContent, s.outlineStyle === 'none' ? 0 : parseFloat(s.outlineWidth)]")
        if name in seen or page.script("return document.activeElement === document.body"):
            break
        seen.add(name)
        check(width >= 2, f"the focus is not seen on {name}")
    wanted = {"batch", "theme", "help", "brush", "canvas", "source", "scale", "steps", "sampler", "seed", "run", "grid"}
    missing = wanted - seen
    check(missing <= {"run", "grid"}, f"Tab does not reach {missing}; it reaches {sorted(seen)}")


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
    page.script("arguments[0].value = 14; arguments[0].dispatchEvent(new Event('input'))", page.find("#brush"))
    before = page.stage()
    page.drag((0.5, 0.5), (0.51, 0.5))
    note = page.wait(lambda: page.shown("#mask-note") and page.text("#mask-note p"), "a small mask is not warned of")
    check("%" in note and "640" not in note, f"the warning is: {note}")
    drawn = page.stage()
    check(drawn != before, "the region is not drawn")
    page.set("#crop", "none")
    page.wait(lambda: page.stage() != drawn, "the region stays although the whole picture is seen")
    page.set("#crop", "auto")
    page.press("i")
    page.wait(lambda: not page.shown("#mask-note"), "the warning stays with a large mask")


def page_picture(width, height):
    return pictures.png(width, height, lambda x, y: (90 + x * 120 // width, 150 - y * 60 // height, 120))


def painting_shows_progress_and_stops(page, screenshots=None):
    ready_to_paint(page)
    page.choose("#mask-in", MASK)
    page.settings(sampler="plms", steps=400, seed=42)
    page.click("#run")
    steps, titles, looks = set(), set(), set()
    def watch():
        steps.add(page.find("#progress-bar").get_attribute("value"))
        titles.add(page.driver.title)
        looks.add(page.stage())
        return len(steps) > 4 and len(looks) > 4
    page.wait(watch, "neither steps nor a forming picture are seen")
    detail = page.text("#progress-detail")
    check("steps/s" in detail and "left" in detail, f"rate and remaining time are missing: {detail}")
    check(any("%" in title for title in titles), "the window's title does not say how far it is")
    page.axe("running")
    page.click("#cancel")
    page.wait(page.painted, "cancelling does not end it", 8)
    check("cancelled" in page.find("#strip .tile").get_attribute("aria-label"), "the strip does not say that it was cancelled")
    check(not page.results(), "a cancelled run has results")


def results_are_those_of_pbe_sample(page, sample=None):
    """Byte for byte, with the mask that was drawn on the page."""
    ready_to_paint(page)
    page.script("arguments[0].value = 18; arguments[0].dispatchEvent(new Event('input'))", page.find("#brush"))
    page.drag(*STROKE)
    drawn = page.saved("#mask-out", "*-mask.png")
    page.settings(sampler="ddim", steps=10, scale=3, seed=7)
    page.run()
    ours = page.saved("#save", "source-1-7.png")
    texts = pictures.texts(ours)
    check(texts["seed"] == "7" and texts["steps"] == "10", f"the PNG's texts are {texts}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "mask.png").write_bytes(drawn)
        subprocess.run(
            [sample, "--model", "Examples/scenes", "--image", SOURCE, "--mask", folder / "mask.png", "--reference", REFERENCE,
             "--output", folder / "out.png", "--sampler", "ddim", "--steps", "10", "--scale", "3", "--seed", "7"],
            check=True, capture_output=True, cwd=ROOT)
        theirs = (folder / "out.png").read_bytes()
    check(ours == theirs, "the page's result differs from pbe-sample's")


def results_are_compared_and_used(page):
    ready_to_paint(page)
    page.choose("#mask-in", MASK)
    page.settings(sampler="ddim", steps=6, scale=3, seed=5)
    page.run()
    check("similarity 3, seed 5" in page.results()[0], f"the result is called {page.results()[0]}")
    page.axe("done")
    after = page.stage()
    page.script("document.getElementById('canvas').focus()")
    page.driver.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "keyDown", "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9})
    page.wait(lambda: page.stage() != after, "holding Tab does not show the picture before")
    time.sleep(0.3)
    page.driver.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "keyUp", "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9})
    page.wait(lambda: page.stage() == after, "the result does not come back")
    check(page.script("return document.activeElement.id") == "canvas", "holding Tab moves the focus")
    page.press(Keys.TAB)
    check(page.script("return document.activeElement.id") != "canvas", "Tab, pressed briefly, is a trap")
    page.press("x")
    page.wait(lambda: page.stage() != after, "the slider shows nothing of the picture before")
    page.press("x")
    page.driver.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
    page.press((Keys.CONTROL, "c"))
    page.wait(lambda: "Copied." in page.toasts(), f"copying fails: {page.toasts()}")
    page.press("v")
    page.wait(lambda: len(page.results()) == 2 and page.painted(), "nothing is varied")
    seeds = [each.split("seed ")[1].split(",")[0] for each in page.results()]
    check(seeds[1] == "5" and seeds[0] != "5", f"the seeds of a result and its variation are {seeds}")
    page.click("#use")
    page.wait(lambda: page.source().endswith(".png") and page.source() != SOURCE.name, "the result does not become the picture")
    check("a mask" in page.text("#missing"), "the old mask stays on the new picture")
    page.press((Keys.CONTROL, "z"))
    page.wait(lambda: page.source() == SOURCE.name and page.text("#missing") == "", "undo does not bring picture and mask back")


def similarities_stand_side_by_side(page):
    ready_to_paint(page)
    page.choose("#mask-in", MASK)
    page.settings(sampler="ddim", steps=4, seed=3)
    page.press("g")
    page.wait(lambda: len(page.all("#sheet button")) == 5, "the grid does not show five pictures", 40)
    names = [each.text for each in page.all("#sheet button")]
    check(names == [f"Similarity {scale}" for scale in (1, 3, 5, 7, 9)], f"the grid has {names}")
    page.axe("grid")
    page.click("#sheet button:nth-child(2)")
    page.click("#restore")
    page.wait(lambda: page.find("#scale-number").get_attribute("value") == "3", "a picture of the grid does not bring its similarity")


def several_pictures_have_a_seed_each(page):
    ready_to_paint(page)
    page.choose("#mask-in", MASK)
    page.settings(sampler="ddim", steps=3, seed=20, count=3)
    page.click("#run")
    page.wait(lambda: len(page.results()) == 3 and page.painted(), "three pictures are not painted")
    check([f"seed {20 + i}," in each for i, each in enumerate(page.results())] == [True] * 3, f"the pictures are {page.results()}")
    page.click("#strip .all")
    page.wait(lambda: len(page.all("#sheet button")) == 3, "three pictures are not shown side by side")
    page.press(".")
    page.wait(lambda: page.shown("#view .actions"), "a key does not go through the results")


def presets_keep_settings(page):
    ready_to_paint(page)
    built = page.all("#presets button")[0]
    built.click()
    check(page.all("#presets button")[0].get_attribute("aria-pressed") == "true", "a preset is not chosen")
    page.settings(steps=33)
    page.click("#add-preset")
    page.press("Mine", Keys.ENTER)
    page.settings(steps=44)
    page.reload()
    check(page.find("#steps-number").get_attribute("value") == "44", "settings do not survive a reload")
    own = [each for each in page.all("#presets .own button") if each.text == "Mine"]
    check(len(own) == 1, "the preset does not survive a reload")
    own[0].click()
    check(page.find("#steps-number").get_attribute("value") == "33", "the preset does not bring its settings back")
    page.click("#presets .take-away")
    check(not page.all("#presets .own"), "the preset cannot be removed")


def settings_come_back_from_a_picture(page):
    ready_to_paint(page)
    texts = [("Software", "pbe-sample"), ("seed", "77"), ("sampler", "ddim"), ("steps", "12"), ("scale", "6.5"), ("eta", "0"),
             ("crop", "none"), ("posterior", "mode"), ("feather", "2"), ("match-seam", "no"), ("precision", "fp32")]
    page.drop([("painted.png", pictures.png(64, 64, lambda x, y: (x, y, 9), texts))])
    page.wait(lambda: any("settings of “painted.png” are back" in each for each in page.toasts()), "its settings do not come back")
    values = page.script("return Object.fromEntries(['seed', 'sampler', 'steps-number', 'scale-number', 'crop', 'posterior', 'feather']"
                         ".map((id) => [id, document.getElementById(id).value]))")
    check(values == {"seed": "77", "sampler": "ddim", "steps-number": "12", "scale-number": "6.5", "crop": "none", "posterior": "mode",
                     "feather": "2"}, f"what comes back is {values}")
    check(page.source() == SOURCE.name, "it replaces the picture without being asked")


def strangers_files_do_no_harm(page):
    ready_to_paint(page)
    for name, data in pictures.hostile(REFERENCE.read_bytes()):
        page.script("document.getElementById('toasts').replaceChildren()")
        page.drop([(name, data)])
        page.wait(lambda: any(name in each for each in page.toasts()), f"{name} is not refused by name")
    check(page.source() == SOURCE.name and len(page.all(".reference")) == 1, "something of them was taken in")
    check("owned" not in page.driver.title, "a file's script ran")
    page.drop([("notes.txt", b"no picture")])
    page.wait(lambda: any("notes.txt" in each for each in page.toasts()), "a text is not refused")


def batches_go_through_the_queue(page):
    names = [SCENES / f"{kind}-{number}.png" for kind in ("source", "mask", "reference") for number in (1, 2, 3)]
    page.settings(sampler="ddim", steps=4, seed=1)
    page.press((Keys.SHIFT, "b"))
    page.axe("batch")
    page.choose("#batch-dialog .choices button", *names)
    cases = lambda: len(page.all("#batch-dialog[open] tbody tr"))
    page.wait(lambda: cases() == 3, "three cases are not found in nine files")
    page.press(Keys.ESCAPE)
    page.wait(lambda: cases() == 0, "Escape does not close the batch")
    page.drop_paths(SCENES)
    page.wait(lambda: cases() == 3, "three cases are not found in a folder")
    page.click("#batch-dialog .primary")
    page.wait(lambda: len(page.results()) == 3 and page.painted(), "the batch is not painted", 40)
    lines = [
        {"image": "source-2.png", "box": [20, 20, 44, 44], "reference": "reference-1.png", "seed": 11, "output": "a/first.png"},
        {"image": "source-3.png", "mask": "mask-3.png", "reference": "reference-9.png"},
        {"image": "source-3.png", "mask": "mask-3.png", "reference": "reference-3.png", "speed": 2},
    ]
    manifest = "\n".join(map(json.dumps, lines)) + "\nnonsense\n"
    page.drop([("jobs.jsonl", manifest.encode())] + [(name.name, name.read_bytes()) for name in names])
    page.wait(lambda: cases() == 4, "the manifest's lines are not listed")
    wrong = [each.text for each in page.all("#batch-dialog .wrong")]
    check(len(wrong) == 3 and "reference-9.png" in wrong[0] and "speed" in wrong[1] and "JSON" in wrong[2], f"bad lines: {wrong}")
    page.click("#batch-dialog .primary")
    page.wait(lambda: len(page.results()) == 4 and page.painted(), "the manifest is not painted", 40)
    check(page.results()[0].startswith("first, ") and "seed 11" in page.results()[0], f"the manifest's first result is {page.results()[0]}")
    archive = page.saved("#save-all", "*.zip")
    with tempfile.NamedTemporaryFile(suffix=".zip") as file:
        file.write(archive)
        file.flush()
        listed = subprocess.run([sys.executable, "-m", "zipfile", "-l", file.name], capture_output=True, text=True, check=True).stdout
        subprocess.run([sys.executable, "-m", "zipfile", "-t", file.name], capture_output=True, check=True)
    check("a/first.png" in listed and listed.count(".png") == 4, f"the archive holds {listed}")


def reloads_lose_nothing(page):
    ready_to_paint(page)
    page.choose("#mask-in", MASK)
    page.settings(sampler="ddim", steps=4, seed=9)
    page.run()
    page.press(Keys.ESCAPE)
    page.settings(steps=120)
    page.click("#run")
    page.wait(lambda: page.text("#progress-text").startswith("Step"), "the second run does not begin")
    before = page.saved("#mask-out", "*-mask.png")
    time.sleep(0.5)
    page.reload()
    check(page.source() == SOURCE.name and len(page.all(".reference")) == 1, "picture or reference are lost")
    check(page.saved("#mask-out", "*-mask.png") == before, "the mask is lost")
    page.wait(lambda: page.text("#progress-text").startswith("Step"), "the run is not joined again")
    page.wait(lambda: len(page.results()) == 2 and page.painted(), "the run is not finished after a reload", 60)
    page.reload()
    page.wait(lambda: len(page.results()) == 2, "results are lost")
    page.click("#strip [data-result]")
    page.wait(lambda: page.shown("#view"), "an old result cannot be looked at")


def turned_photographs_are_upright(page):
    """Twelve megapixels, held upright: what is painted is upright, too."""
    page.driver.set_script_timeout(60)
    text = page.driver.execute_async_script(
        "const c = document.createElement('canvas'); [c.width, c.height] = [4000, 3000]; const x = c.getContext('2d');"
        "const g = x.createLinearGradient(0, 0, 4000, 3000); g.addColorStop(0, '#245'); g.addColorStop(1, '#dca');"
        "x.fillStyle = g; x.fillRect(0, 0, 4000, 3000); x.fillStyle = '#c22'; x.fillRect(0, 0, 400, 300);"
        "c.toBlob((b) => { const r = new FileReader(); r.onload = () => arguments[0](r.result.split(',')[1]); r.readAsDataURL(b); },"
        " 'image/jpeg', 0.9);")
    import base64
    photograph = pictures.turned(base64.b64decode(text), 6)
    page.drop([("photo.jpg", photograph)], "#source")
    page.wait(lambda: page.source() == "photo.jpg", "the photograph does not come")
    check("3000 × 4000" in page.text("#source .hint"), f"it is not upright: {page.text('#source .hint')}")
    page.choose("#add-reference", REFERENCE)
    page.script("arguments[0].value = 200; arguments[0].dispatchEvent(new Event('input'))", page.find("#brush"))
    page.drag((0.48, 0.5), (0.52, 0.52))
    page.settings(sampler="ddim", steps=2, seed=1)
    page.wait(lambda: page.text("#missing") == "", "it cannot be painted")
    check(pictures.size(page.saved("#mask-out", "photo-mask.png")) == (3000, 4000), "the mask is not upright")
    page.run(60)
    check(pictures.size(page.saved("#save", "photo-1.png")) == (3000, 4000), "the result is not upright")


def fingers_draw_and_pinch(page, screenshots=None):
    ready_to_paint(page)
    width = page.script("return document.documentElement.scrollWidth")
    check(width <= 390, f"the page is {width} pixels wide on a phone")
    page.script("scrollTo(0, 0)")
    page.touch("touchStart", (0.45, 0.5))
    page.touch("touchMove", (0.5, 0.52))
    page.touch("touchMove", (0.55, 0.5))
    page.touch("touchEnd")
    page.wait(lambda: page.text("#missing") == "", "a finger draws nothing")
    drawn = masked(page)
    zoom = page.text("#zoom-fit")
    page.script("scrollTo(0, 0)")
    page.touch("touchStart", (0.45, 0.5))
    page.touch("touchStart", (0.45, 0.5), (0.55, 0.5))
    for part in range(1, 6):
        page.touch("touchMove", (0.45 - part * 0.04, 0.5), (0.55 + part * 0.04, 0.5))
    page.touch("touchEnd")
    percent = lambda text: int(text.split()[0])
    check(percent(page.text("#zoom-fit")) > 2 * percent(zoom), f"two fingers zoom from {zoom} to {page.text('#zoom-fit')}")
    check(masked(page) == drawn, "two fingers draw")
    page.axe("phone")
    page.settings(sampler="ddim", steps=3, seed=4)
    page.run()
    width = page.script("return document.documentElement.scrollWidth")
    check(width <= 390, f"with a result, the page is {width} pixels wide on a phone")
    page.axe("phone, done")


def nothing_moves_for_who_wants_it_still(page):
    page.prefer(still=True)
    ready_to_paint(page)
    page.press("g")
    check(page.toasts(), "no note appears")
    check(page.script("return document.getAnimations().length") == 0, "something moves although it should not")


def colours_follow_the_system_or_the_user(page):
    ground = lambda: page.script("return getComputedStyle(document.body).backgroundColor")
    light = ground()
    page.prefer(dark=True)
    dark = ground()
    check(light != dark, "dark is as light")
    page.axe("dark, empty")
    page.click("#theme")
    check(ground() == light, "the user's choice does not count")
    page.reload()
    check(ground() == light, "the user's choice is forgotten")
    page.press("d", "d")
    check(ground() == dark, "the system's colours do not come back")


def a_closed_window_cancels_its_job(page):
    ready_to_paint(page)
    page.choose("#mask-in", MASK)
    page.settings(sampler="plms", steps=1000, seed=42)
    page.click("#run")
    page.wait(lambda: page.text("#progress-text").startswith("Step"), "the run does not begin")
    page.driver.get("about:blank")
    def state():
        with urllib.request.urlopen(page.address + "jobs") as answer:
            return json.load(answer)["jobs"][0]["state"]
    page.wait(lambda: state() == "cancelled", "a job goes on although nobody waits for it", 20)


PROMISES = [
    files_are_served, empty_page_explains_itself, pictures_come_in_by_every_way, masks_are_drawn, masks_come_and_go_as_files,
    keys_alone_can_draw, focus_is_seen_everywhere, the_view_zooms_and_moves, small_masks_are_warned_of, painting_shows_progress_and_stops,
    results_are_those_of_pbe_sample, results_are_compared_and_used, similarities_stand_side_by_side,
    several_pictures_have_a_seed_each, presets_keep_settings,
    settings_come_back_from_a_picture, strangers_files_do_no_harm, batches_go_through_the_queue, reloads_lose_nothing,
    turned_photographs_are_upright, fingers_draw_and_pinch, nothing_moves_for_who_wants_it_still,
    colours_follow_the_system_or_the_user, a_closed_window_cancels_its_job,
]


def a_restarted_server_paints_what_it_lost(program, downloads):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with serving(program, port, "kill") as address:
        page = Painter(address, downloads)
        ready_to_paint(page)
        page.choose("#mask-in", MASK)
        page.settings(sampler="plms", steps=100, seed=6)
        page.click("#run")
        page.wait(lambda: page.text("#progress-text").startswith("Step"), "the run does not begin")
    try:
        page.wait(lambda: "lost" in page.text("#progress-detail"), "a lost connection is not told")
        with serving(program, port):
            page.wait(lambda: len(page.results()) == 1 and page.painted(), "it is not painted after all", 40)
    finally:
        page.finish()


# MARK: Pictures for the documentation


def draw_the_region(address, downloads, folder):
    """A small mask in a large picture: the warning, and what the model will see."""
    page = Painter(address, downloads, size=(1180, 740))
    page.drop([("garden.png", page_picture(480, 360))], "#source")
    page.choose("#add-reference", REFERENCE)
    page.script("arguments[0].value = 24; arguments[0].dispatchEvent(new Event('input'))", page.find("#brush"))
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
            page.script("arguments[0].value = 9; arguments[0].dispatchEvent(new Event('input')); scrollTo(0, 0)", page.find("#brush"))
            page.wait(lambda: page.text("#missing") == "", "the mask does not come")
            if not phone:
                page.drag((0.36, 0.3), (0.4, 0.26), (0.43, 0.3))
            time.sleep(0.6)
            page.picture(folder, name("drawing"))
            page.settings(sampler="plms", steps=400, scale=3, seed=42)
            page.script("scrollTo(0, 0)")
            page.click("#run")
            page.wait(lambda: float(page.find("#progress-bar").get_attribute("value") or 0) > 0.62, "it does not get far", 60)
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
        check(file.stat().st_size < 120_000, f"{file} has {file.stat().st_size} bytes")


# MARK: All of it


@contextmanager
def serving(program, port=0, end="terminate"):
    log = tempfile.TemporaryFile("w+")
    server = subprocess.Popen(
        [program, "--model", "Examples/scenes", "--port", str(port)], stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT)
    try:
        address = server.stdout.readline().strip()
        log.seek(0)
        check(address.startswith("http://"), f"pbe-serve does not start: {address} {log.read()}")
        yield address
    finally:
        getattr(server, end)()
        server.wait(10)


def keep(promise, address, downloads, sample):
    looks = {"fingers_draw_and_pinch": {"size": (390, 844), "touch": True}}.get(promise.__name__, {"size": (1280, 820)})
    page = Painter(address, downloads, **looks)
    try:
        if promise is results_are_those_of_pbe_sample:
            promise(page, sample)
        else:
            promise(page)
        page.check_complaints()
    except Failure:
        page.driver.save_screenshot(str(Path(tempfile.gettempdir()) / "page-failure.png"))
        raise
    finally:
        page.finish()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("serve", type=lambda path: Path(path).resolve())
    parser.add_argument("sample", type=lambda path: Path(path).resolve())
    parser.add_argument("--address", help="of a server that runs already and is not to be restarted")
    parser.add_argument("--only", help="one of the promises")
    parser.add_argument("--screenshots", type=Path, help="write the documentation's pictures here, and check nothing")
    options = parser.parse_args()
    started = serving(options.serve) if options.address is None else nullcontext(options.address)
    with tempfile.TemporaryDirectory() as name, started as address:
        downloads = Path(name)
        if options.screenshots:
            draw_the_page(address, downloads, options.screenshots)
            return
        for promise in PROMISES + ([a_restarted_server_paints_what_it_lost] if options.address is None else []):
            if options.only in (None, promise.__name__):
                start = time.monotonic()
                if promise in PROMISES:
                    keep(promise, address, downloads, options.sample)
                else:
                    promise(options.serve, downloads)
                print(f"{promise.__name__.replace('_', ' ')}  {time.monotonic() - start:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
