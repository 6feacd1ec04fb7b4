"""IOPaint's own web app edits a picture with our server, in Chromium.

  apt-get install chromium chromium-driver
  pip install selenium==4.51.0
  python Tests/Browser/iopaint.py .build/release/pbe-serve [--pictures FOLDER]

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
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

REPOSITORY = Path(__file__).resolve().parents[2]
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
    check(first, f"pbe-serve did not start: {server.stderr.read()}")
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

        def answer(self, status, kind, data, more={}):
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **more}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy.daemon_threads = True
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    return proxy


# MARK: The browser


def browser():
    options = webdriver.ChromeOptions()
    for argument in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                     "--window-size=1400,900"]:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    # Both from the system: Selenium would look for others on the network.
    options.binary_location = shutil.which("chromium")
    return webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
