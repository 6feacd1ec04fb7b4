"""IOPaint's own web app edits a picture with our server, in Chromium.

  apt-get install chromium chromium-driver
  pip install selenium==4.51.0
  python Tests/Browser/iopaint.py .build/release/pbe-serve

Downloads iopaint 1.6.0 from PyPI, unpacks the web app that it carries to a temporary folder, and serves it
on one port with our interface, as IOPaint itself does. Opens a picture and a reference, draws a mask, paints,
and watches the progress, which IOPaint's own server never shows for this method. Nothing of IOPaint stays.
"""

import argparse
import base64
import http.client
import json
import mimetypes
import re
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

from chromium import window

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.append(str(REPOSITORY / "Serve/Tests"))
import pixels  # noqa: E402

SCENES = REPOSITORY / "Examples/scenes"
PACKAGE = "iopaint==1.6.0"


def check(condition, message):
    if not condition:
        raise SystemExit(f"IOPaint's app: {message}")


# MARK: Servers


def web_app(folder):
    """The built app out of IOPaint's wheel."""
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--disable-pip-version-check",
         "-d", folder, PACKAGE], check=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder, [name for name in wheel.namelist() if name.startswith("iopaint/web_app/")])
    return folder / "iopaint/web_app"


def start(program):
    server = subprocess.Popen(
        [program, "--model", SCENES, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    first = server.stdout.readline()
    if not first:
        raise SystemExit(f"pbe-serve did not start: {server.stderr.read()}")
    threading.Thread(target=server.stderr.read, daemon=True).start()
    return server, f"127.0.0.1:{int(re.search(r':([0-9]+)/', first).group(1))}"


def one_port(app, host, seen):
    """Serves the app's files, and passes what it asks the interface on to `host`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            if self.path.startswith(("/api/", "/socket.io/")):
                return self.pass_on(None)
            name = "index.html" if self.path == "/" else self.path.split("?")[0].lstrip("/")
            file = (app / name).resolve()
            if not file.is_relative_to(app) or not file.is_file():
                return self.answer(404, "text/plain", b"")
            self.answer(200, mimetypes.guess_type(name)[0] or "application/octet-stream", file.read_bytes())

        def do_POST(self):
            self.pass_on(self.rfile.read(int(self.headers["Content-Length"] or 0)))

        def pass_on(self, body):
            try:
                self.ask(body)
            except ConnectionError:  # the browser has left, or the server ended
                self.close_connection = True

        def ask(self, body):
            fields = {name: value for name, value in self.headers.items()
                      if name.lower() not in ("host", "origin", "connection")}
            if self.headers["Origin"]:
                fields["Origin"] = f"http://{host}"
            connection = http.client.HTTPConnection(host, timeout=120)
            connection.request(self.command, self.path, body, {**fields, "Host": host})
            response = connection.getresponse()
            data = response.read()
            seen.append((self.command, self.path.split("?")[0], response.status, body, data))
            more = {"X-Seed": response.headers["X-Seed"]} if response.headers["X-Seed"] else {}
            self.answer(response.status, response.headers["Content-Type"], data, more)

        def answer(self, status, kind, data, more=()):
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **dict(more)}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy.daemon_threads = True
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    return proxy


# MARK: What its user does


class Painter:
    """IOPaint's app in a browser."""

    def __init__(self, address, folder):
        self.driver = window(folder, (1400, 900))
        self.driver.get(address)

    def wait(self, condition, message, seconds=30):
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            if time.monotonic() > deadline:
                self.driver.save_screenshot("/tmp/iopaint.png")
                raise SystemExit(f"IOPaint's app: not within {seconds} s: {message} (see /tmp/iopaint.png)")
            time.sleep(0.03)
        return found

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def button(self, text):
        return next((b for b in self.all("button") if b.text.strip() == text), None)

    def open(self, picture):
        """The source, from the app's first page."""
        self.wait(lambda: self.all("input[type=file]"), "a field for the picture")[0].send_keys(str(picture))
        self.wait(lambda: self.all("canvas"), "the picture is shown")

    def show(self, reference):
        """The reference, in the panel that the app has for this method alone."""
        panel = "//*[contains(text(), 'Example Image')]/ancestor::*[.//input[@type='file']][1]"
        field = self.wait(
            lambda: self.driver.find_elements(By.XPATH, panel + "//input[@type='file']"),
            "the panel of Paint by Example")
        field[0].send_keys(str(reference))
        self.wait(lambda: self.all("img[alt=example]"), "the reference is shown")

    def draw(self):
        """A stroke across the middle of the picture."""
        canvas = self.all("canvas")[0]
        third = canvas.size["width"] / 6
        ActionChains(self.driver).move_to_element_with_offset(canvas, -third, 0).click_and_hold() \
            .move_by_offset(third, 5).move_by_offset(third, 5).release().perform()

    def turn_round_twice(self, seen):
        """The mask is as before then, but has been to the server and back."""
        for count in (1, 2):
            self.button("Reverse").click()
            self.wait(lambda: sum(entry[1] == "/api/v1/adjust_mask" for entry in seen) == count, "it is asked")
            self.wait(lambda: self.button("Reverse").is_enabled(), "the mask is turned round")

    def picture(self):
        return self.driver.execute_script("return document.querySelector('canvas').toDataURL()")

    def progress(self):
        """The percentage in the app's bar, if it is to be seen."""
        return self.driver.execute_script(
            "return [...document.querySelectorAll('div')].filter(e => /^\\d+%$/.test(e.textContent.trim())"
            " && getComputedStyle(e).visibility == 'visible').map(e => parseInt(e.textContent))[0]")

    def paint(self):
        """Presses Paint, and watches until the picture is another. Returns the percentages seen."""
        before, seen = self.picture(), []
        self.wait(lambda: self.button("Paint").is_enabled(), "Paint can be pressed")
        self.button("Paint").click()

        def is_done():
            percent = self.progress()
            if percent is not None and percent not in seen:
                seen.append(percent)
            return self.picture() != before and percent is None

        self.wait(is_done, "the picture is painted", 60)
        return seen


def check_request(seen):
    """The app asked for a picture in its own words, and got one that is the source but for the mask."""
    painted = [entry for entry in seen if entry[1] == "/api/v1/inpaint"]
    check(len(painted) == 1 and painted[0][2] == 200, f"asked {[entry[:3] for entry in painted]}")
    body = json.loads(painted[0][3])
    check(body["paint_by_example_example_image"] and "hd_trategy_resize_imit" in body, list(body))
    source = base64.b64decode(body["image"].split(",")[-1])
    check(source == (SCENES / "source-1.png").read_bytes(), "another source")
    width, height, before = pixels.read(source)
    _, _, mask = pixels.read(base64.b64decode(body["mask"].split(",")[-1]))
    _, _, after = pixels.read(painted[0][4])
    changed = [(x, y) for y in range(height) for x in range(width) if after[y][x][:3] != before[y][x][:3]]
    check(changed and all(mask[y][x][-1] >= 128 for x, y in changed), "painted outside the mask")


def check_calls(seen):
    check([entry[2] for entry in seen if entry[1] == "/api/v1/adjust_mask"] == [200, 200], "the mask's changes")
    failed = [entry[:3] for entry in seen if entry[2] >= 400 and entry[1] != "/api/v1/inputimage"]
    check(not failed, f"refused: {failed}")
    sockets = [entry for entry in seen if entry[1] == "/socket.io/"]
    told = b"".join(entry[4] for entry in sockets)
    check(b"diffusion_progress" in told and b"diffusion_finish" in told, "no progress was sent")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", help="pbe-serve")
    parser.add_argument("--screenshot", help="a file for a picture of the app when it is done")
    arguments = parser.parse_args()
    seen = []
    with tempfile.TemporaryDirectory() as name:
        app = web_app(Path(name))
        server, host = start(arguments.program)
        proxy = one_port(app.resolve(), host, seen)
        painter = Painter(f"http://127.0.0.1:{proxy.server_port}/", name)
        try:
            painter.open(SCENES / "source-1.png")
            painter.show(SCENES / "reference-1.png")
            painter.draw()
            painter.turn_round_twice(seen)
            percentages = painter.paint()
            check(len(percentages) >= 3 and percentages == sorted(percentages), f"progress {percentages}")
            check_request(seen)
            check_calls(seen)
            if arguments.screenshot:
                painter.driver.save_screenshot(arguments.screenshot)
        finally:
            painter.driver.quit()
            proxy.shutdown()
            server.terminate()
            server.wait(10)
    print(f"IOPaint's app paints with pbe-serve, and shows {len(percentages)} steps of progress")


main()
