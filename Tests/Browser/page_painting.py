"""What the page promises of painting and of results."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from selenium.webdriver.common.keys import Keys

import pictures
from page_start import MASK, REFERENCE, ROOT, SCENES, SOURCE, STROKE, ready_to_paint
from painter import check


def painting_shows_progress_and_stops(page):
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
    check(
        "steps/s" in detail and "left" in detail, f"rate and remaining time are missing: {detail}"
    )
    check(any("%" in title for title in titles), "the window's title does not say how far it is")
    page.axe("running")
    page.click("#cancel")
    page.wait(page.painted, "cancelling does not end it", 8)
    check(
        "cancelled" in page.find("#strip .tile").get_attribute("aria-label"),
        "the strip does not say that it was cancelled",
    )
    check(not page.results(), "a cancelled run has results")


def results_are_those_of_pbe_sample(page, sample=None):
    """Byte for byte, with the mask that was drawn on the page."""
    ready_to_paint(page)
    page.brush(18)
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
            [
                sample,
                "--model",
                "Examples/scenes",
                "--image",
                SOURCE,
                "--mask",
                folder / "mask.png",
                "--reference",
                REFERENCE,
                "--output",
                folder / "out.png",
                "--sampler",
                "ddim",
                "--steps",
                "10",
                "--scale",
                "3",
                "--seed",
                "7",
            ],
            check=True,
            capture_output=True,
            cwd=ROOT,
        )
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
    page.driver.execute_cdp_cmd(
        "Input.dispatchKeyEvent",
        {"type": "keyDown", "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9},
    )
    page.wait(lambda: page.stage() != after, "holding Tab does not show the picture before")
    time.sleep(0.3)
    page.driver.execute_cdp_cmd(
        "Input.dispatchKeyEvent",
        {"type": "keyUp", "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9},
    )
    page.wait(lambda: page.stage() == after, "the result does not come back")
    check(
        page.script("return document.activeElement.id") == "canvas", "holding Tab moves the focus"
    )
    page.press(Keys.TAB)
    check(
        page.script("return document.activeElement.id") != "canvas",
        "Tab, pressed briefly, is a trap",
    )
    page.press("x")
    page.wait(lambda: page.stage() != after, "the slider shows nothing of the picture before")
    page.press("x")
    page.driver.execute_cdp_cmd(
        "Browser.grantPermissions",
        {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]},
    )
    page.press((Keys.CONTROL, "c"))
    page.wait(lambda: "Copied." in page.toasts(), f"copying fails: {page.toasts()}")
    page.press("v")
    page.wait(lambda: len(page.results()) == 2 and page.painted(), "nothing is varied")
    seeds = [each.split("seed ")[1].split(",")[0] for each in page.results()]
    check(
        seeds[1] == "5" and seeds[0] != "5", f"the seeds of a result and its variation are {seeds}"
    )
    page.click("#use")
    page.wait(
        lambda: page.source().endswith(".png") and page.source() != SOURCE.name,
        "the result does not become the picture",
    )
    check("a mask" in page.text("#missing"), "the old mask stays on the new picture")
    page.press((Keys.CONTROL, "z"))
    page.wait(
        lambda: page.source() == SOURCE.name and page.text("#missing") == "",
        "undo does not bring picture and mask back",
    )


def similarities_stand_side_by_side(page):
    ready_to_paint(page)
    page.choose("#mask-in", MASK)
    page.settings(sampler="ddim", steps=4, seed=3)
    page.press("g")
    page.wait(
        lambda: len(page.all("#sheet button")) == 5, "the grid does not show five pictures", 40
    )
    names = [each.text for each in page.all("#sheet button")]
    check(names == [f"Similarity {scale}" for scale in (1, 3, 5, 7, 9)], f"the grid has {names}")
    page.axe("grid")
    page.click("#sheet button:nth-child(2)")
    page.click("#restore")
    page.wait(
        lambda: page.find("#scale-number").get_attribute("value") == "3",
        "a picture of the grid does not bring its similarity",
    )


def several_pictures_have_a_seed_each(page):
    ready_to_paint(page)
    page.choose("#mask-in", MASK)
    page.settings(sampler="ddim", steps=3, seed=20, count=3)
    page.click("#run")
    page.wait(lambda: len(page.results()) == 3 and page.painted(), "three pictures are not painted")
    check(
        [f"seed {20 + i}," in each for i, each in enumerate(page.results())] == [True] * 3,
        f"the pictures are {page.results()}",
    )
    page.click("#strip .all")
    page.wait(
        lambda: len(page.all("#sheet button")) == 3, "three pictures are not shown side by side"
    )
    page.press(".")
    page.wait(lambda: page.shown("#view .actions"), "a key does not go through the results")


def presets_keep_settings(page):
    ready_to_paint(page)
    built = page.all("#presets button")[0]
    built.click()
    check(
        page.all("#presets button")[0].get_attribute("aria-pressed") == "true",
        "a preset is not chosen",
    )
    page.settings(steps=33)
    page.click("#add-preset")
    page.press("Mine", Keys.ENTER)
    page.settings(steps=44)
    page.reload()
    check(
        page.find("#steps-number").get_attribute("value") == "44",
        "settings do not survive a reload",
    )
    own = [each for each in page.all("#presets .own button") if each.text == "Mine"]
    check(len(own) == 1, "the preset does not survive a reload")
    own[0].click()
    check(
        page.find("#steps-number").get_attribute("value") == "33",
        "the preset does not bring its settings back",
    )
    page.click("#presets .take-away")
    check(not page.all("#presets .own"), "the preset cannot be removed")


def settings_come_back_from_a_picture(page):
    ready_to_paint(page)
    texts = [
        ("Software", "pbe-sample"),
        ("seed", "77"),
        ("sampler", "ddim"),
        ("steps", "12"),
        ("scale", "6.5"),
        ("eta", "0"),
        ("crop", "none"),
        ("posterior", "mode"),
        ("feather", "2"),
        ("match-seam", "no"),
        ("precision", "fp32"),
    ]
    page.drop([("painted.png", pictures.png(64, 64, lambda x, y: (x, y, 9), texts))])
    page.wait(
        lambda: any("settings of “painted.png” are back" in each for each in page.toasts()),
        "its settings do not come back",
    )
    values = page.script(
        "return Object.fromEntries("
        "['seed', 'sampler', 'steps-number', 'scale-number', 'crop', 'posterior', 'feather']"
        ".map((id) => [id, document.getElementById(id).value]))"
    )
    check(
        values
        == {
            "seed": "77",
            "sampler": "ddim",
            "steps-number": "12",
            "scale-number": "6.5",
            "crop": "none",
            "posterior": "mode",
            "feather": "2",
        },
        f"what comes back is {values}",
    )
    check(page.source() == SOURCE.name, "it replaces the picture without being asked")


def batches_go_through_the_queue(page):
    names = [
        SCENES / f"{kind}-{number}.png"
        for kind in ("source", "mask", "reference")
        for number in (1, 2, 3)
    ]
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
    page.settings(steps=400)
    page.drop_paths(SCENES)
    page.wait(lambda: cases() == 3, "the folder is not taken twice")
    page.click("#batch-dialog .primary")
    page.wait(lambda: page.shown("#cancel-all"), "a batch cannot be cancelled as a whole")
    page.click("#cancel-all")
    page.wait(page.painted, "cancelling the batch does not end it", 10)
    check(len(page.results()) == 3, f"a cancelled batch leaves {len(page.results())} results")
    page.settings(steps=4)
    lines = [
        {
            "image": "source-2.png",
            "box": [20, 20, 44, 44],
            "reference": "reference-1.png",
            "seed": 11,
            "output": "a/first.png",
        },
        {"image": "source-3.png", "mask": "mask-3.png", "reference": "reference-9.png"},
        {"image": "source-3.png", "mask": "mask-3.png", "reference": "reference-3.png", "speed": 2},
    ]
    manifest = "\n".join(map(json.dumps, lines)) + "\nnonsense\n"
    page.drop(
        [("jobs.jsonl", manifest.encode())] + [(name.name, name.read_bytes()) for name in names]
    )
    page.wait(lambda: cases() == 4, "the manifest's lines are not listed")
    wrong = [each.text for each in page.all("#batch-dialog .wrong")]
    check(
        len(wrong) == 3
        and "reference-9.png" in wrong[0]
        and "speed" in wrong[1]
        and "JSON" in wrong[2],
        f"bad lines: {wrong}",
    )
    page.click("#batch-dialog .primary")
    page.wait(
        lambda: len(page.results()) == 4 and page.painted(), "the manifest is not painted", 40
    )
    check(
        page.results()[0].startswith("first, ") and "seed 11" in page.results()[0],
        f"the manifest's first result is {page.results()[0]}",
    )
    archive = page.saved("#save-all", "*.zip")
    with tempfile.NamedTemporaryFile(suffix=".zip") as file:
        file.write(archive)
        file.flush()
        listed = subprocess.run(
            [sys.executable, "-m", "zipfile", "-l", file.name],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        subprocess.run(
            [sys.executable, "-m", "zipfile", "-t", file.name], capture_output=True, check=True
        )
    check("a/first.png" in listed and listed.count(".png") == 4, f"the archive holds {listed}")
