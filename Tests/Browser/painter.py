"""A window with the page in it, and what somebody who paints does there."""

import base64
import json
import time
from importlib.util import find_spec
from pathlib import Path

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from chromium import complaints, prefer, window

AXE = Path(find_spec("axe_playwright_python").origin).parent / "axe.min.js"


# A sum over the pixels that are seen. Read from a copy: reading the canvas itself would slow it down.
STAGE = """
const canvas = document.getElementById('canvas');
const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext(
  '2d', { willReadFrequently: true });
copy.drawImage(canvas, 0, 0);
const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
let sum = 7;
for (let at = 0; at < data.length; at += 92) {
  sum = (sum * 31 + data[at] * 65536 + data[at + 1] * 256 + data[at + 2]) % 4294967291;
}
return sum;
"""

# Drops or pastes files: a kind of event, names with base64, and where.
BRING = """
const [kind, files, selector] = arguments;
const transfer = new DataTransfer();
for (const [name, text] of files) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  transfer.items.add(new File([bytes], name));
}
const options = { bubbles: true, cancelable: true };
const event = kind === 'paste'
  ? new ClipboardEvent('paste', { ...options, clipboardData: transfer })
  : new DragEvent(kind, { ...options, dataTransfer: transfer });
document.querySelector(selector).dispatchEvent(event);
"""


class Failure(SystemExit):
    pass


def check(condition, message):
    if not condition:
        raise Failure(f"the page: {message}")


class Painter:
    def __init__(self, address, downloads, **looks):
        self.address = address
        self.downloads = downloads
        self.driver = window(downloads, **looks)
        self.driver.execute_cdp_cmd("Page.setInterceptFileChooserDialog", {"enabled": True})
        self.driver.set_script_timeout(30)
        self.open()

    def open(self):
        self.driver.get(self.address)
        self.wait(
            lambda: self.script("return document.documentElement.dataset.ready"),
            "does not get ready",
        )

    def reload(self):
        self.driver.refresh()
        self.wait(
            lambda: self.script("return document.documentElement.dataset.ready"),
            "does not come back",
        )

    def script(self, text, *arguments):
        return self.driver.execute_script(text, *arguments)

    def wait(self, met, message, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = met()
            if found:
                return found
            time.sleep(0.03)
        raise Failure(f"the page: {message} within {seconds} s")

    # MARK: Looking

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.script("return document.querySelector(arguments[0]).textContent", selector)

    def shown(self, selector):
        return self.find(selector).is_displayed()

    def toasts(self):
        return self.script(
            "return [...document.querySelectorAll('.toast p')].map((each) => each.textContent)"
        )

    def stage(self):
        """A number that changes when the stage shows something else."""
        return self.script(STAGE)

    def results(self):
        return self.script(
            "return [...document.querySelectorAll('#strip [data-result]:not(.all)')]"
            ".map((each) => each.ariaLabel)"
        )

    def axe(self, what):
        """Nothing that axe calls serious or critical."""
        if not self.script("return 'axe' in window"):
            self.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": AXE.read_text()})
        found = self.driver.execute_async_script(
            "const done = arguments[0]; axe.run().then(done, (error) =>"
            "  done({violations: [{id: String(error), impact: 'serious', nodes: []}]}));"
        )
        bad = [
            (
                each["id"],
                [
                    node["html"][:120] + " " + (node.get("failureSummary") or "")[:300]
                    for node in each["nodes"]
                ],
            )
            for each in found["violations"]
            if each["impact"] in ("serious", "critical")
        ]
        check(not bad, f"axe, {what}: {json.dumps(bad, indent=1)}")

    # MARK: Doing

    def click(self, selector):
        found = self.find(selector)
        # On a phone the button that paints lies over the page's end.
        self.script("arguments[0].scrollIntoView({block: 'nearest'})", found)
        found.click()

    def press(self, *keys):
        """Keys one after the other; a tuple is pressed together."""
        for key in keys:
            chain = ActionChains(self.driver, duration=10)
            if isinstance(key, tuple):
                for each in key[:-1]:
                    chain.key_down(each)
                chain.send_keys(key[-1])
                for each in reversed(key[:-1]):
                    chain.key_up(each)
            else:
                chain.send_keys(key)
            chain.perform()

    def choose(self, selector, *files):
        """Presses what opens the system's dialog, and chooses there."""
        self.click(selector)
        self.find("#file").send_keys("\n".join(str(file) for file in files))

    def bring(self, kind, files, selector):
        """Drops or pastes files, given as names and bytes, on an element."""
        encoded = [(name, base64.b64encode(data).decode()) for name, data in files]
        self.script(BRING, kind, encoded, selector)

    def drop(self, files, selector="#canvas"):
        self.bring("drop", files, selector)

    def drop_paths(self, *paths):
        """Drops files and folders from the system's desktop onto the stage."""
        box = self.find("#canvas").rect
        data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
        place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2, "data": data}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.driver.execute_cdp_cmd("Input.dispatchDragEvent", {"type": kind, **place})

    def wheel(self, turns, x=0.5, y=0.5):
        box = self.find("#canvas").rect
        self.driver.execute_cdp_cmd(
            "Input.dispatchMouseEvent",
            {
                "type": "mouseWheel",
                "x": box["x"] + x * box["width"],
                "y": box["y"] + y * box["height"],
                "deltaX": 0,
                "deltaY": -120 * turns,
            },
        )

    def source(self):
        return self.text("#source b")

    def drag(self, *points, other=None):
        """Drags over the stage, through shares of its width and height."""
        canvas = self.find("#canvas")
        box = canvas.rect
        places = [
            (round((x - 0.5) * box["width"]), round((y - 0.5) * box["height"])) for x, y in points
        ]
        chain = ActionChains(self.driver, duration=40)
        if other:
            chain.key_down(other)
        chain.move_to_element_with_offset(canvas, *places[0]).click_and_hold()
        for place in places[1:]:
            chain.move_to_element_with_offset(canvas, *place)
        chain.release()
        if other:
            chain.key_up(other)
        chain.perform()

    def touch(self, kind, *points):
        """Fingers at shares of the stage."""
        box = self.script(
            "return document.getElementById('canvas').getBoundingClientRect().toJSON()"
        )
        self.driver.execute_cdp_cmd(
            "Input.dispatchTouchEvent",
            {
                "type": kind,
                "touchPoints": [
                    {
                        "x": box["x"] + x * box["width"],
                        "y": box["y"] + y * box["height"],
                        "id": number,
                    }
                    for number, (x, y) in enumerate(points)
                ],
            },
        )

    def set(self, selector, value):
        """Types into a field, or chooses in a list."""
        field = self.find(selector)
        if field.tag_name == "select":
            self.script(
                "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('change'))",
                field,
                value,
            )
            return
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(str(value), Keys.TAB)

    def brush(self, size):
        self.script(
            "const slider = document.getElementById('brush'); slider.value = arguments[0];"
            "slider.dispatchEvent(new Event('input'))",
            size,
        )

    def settings(self, **values):
        names = {"scale": "#scale-number", "steps": "#steps-number"}
        for name, value in values.items():
            self.set(names.get(name, f"#{name}"), value)

    def saved(self, selector, name):
        """The bytes of what a button saves; `name` is a pattern."""
        before = set(self.downloads.iterdir())
        self.click(selector)

        def arrived():
            new = set(self.downloads.glob(name)) - before
            done = [file for file in new if file.stat().st_size > 0]
            return done[0] if done else None

        file = self.wait(arrived, f"saving makes no {name}")
        data = file.read_bytes()
        file.unlink()
        return data

    def painted(self):
        return self.script("return document.getElementById('progress').hidden")

    def run(self, seconds=40):
        """Paints, and waits for its end."""
        before = len(self.results())
        self.click("#run")
        self.wait(
            lambda: len(self.results()) > before and self.painted(),
            f"nothing is painted; it says {self.toasts()}",
            seconds,
        )

    def picture(self, folder, name):
        if folder is not None:
            self.driver.save_screenshot(str(folder / f"{name}.png"))

    def prefer(self, **looks):
        prefer(self.driver, **looks)

    def check_complaints(self):
        found = complaints(self.driver)
        check(not found, f"the browser complains: {found}")

    def finish(self):
        self.driver.quit()
