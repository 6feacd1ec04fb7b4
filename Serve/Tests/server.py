"""Starts the real `pbe-serve` for the tests, and talks to it with as little between as can be."""

import base64
import http.client
import json
import re
import socket
import subprocess
import threading
from pathlib import Path

import pixels

ROOT = Path(__file__).resolve().parents[2]
BINARY = ROOT / ".build/release/pbe-serve"
SCENES = "Examples/scenes"
SIDE = pixels.read((ROOT / SCENES / "source-1.png").read_bytes())[0]


class Server:
    """A server on a free port, with the lines that it logs."""

    def __init__(self, *options, binary=BINARY, model=SCENES):
        self.process = subprocess.Popen(
            [str(binary), "--model", model, "--port", "0", *map(str, options)], cwd=ROOT,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        first = self.process.stdout.readline()
        if not first:
            raise SystemExit(f"the server did not start: {self.process.stderr.read()}")
        self.address = first.strip()
        self.port = int(re.search(r":(\d+)/", first).group(1))
        self.host = f"127.0.0.1:{self.port}"
        self.lines = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def request(self, method, path, body=None, headers=None, timeout=60):
        """Status, fields and body of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        data = response.read()
        connection.close()
        return response.status, dict(response.getheaders()), data

    def json(self, method, path, body=None):
        status, _, data = self.request(method, path, body)
        return status, json.loads(data) if data else None

    def raw(self, data, timeout=5, pause=None):
        """All that comes back for some bytes; with a pause, a byte now and then."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as connection:
            connection.settimeout(timeout)
            received = b""
            try:
                connection.sendall(data)
                while part := connection.recv(65536):
                    received += part
            except OSError:  # reset, or too late
                pass
            return received

    def events(self, job, after=None):
        """The events of a job as pairs of name and data, until they end."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request("GET", f"/jobs/{job}/events", headers={"Last-Event-ID": str(after)} if after else {})
        response = connection.getresponse()
        assert response.status == 200, response.read()
        name = None
        for line in response:
            line = line.decode().rstrip("\n")
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                yield name, json.loads(line[6:])
        connection.close()

    def peak_memory(self):
        return self._memory("VmHWM")

    def memory(self):
        return self._memory("VmRSS")

    def _memory(self, key):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(key):
                return int(line.split()[1]) << 10
        return 0


def picture(name):
    return base64.b64encode((ROOT / SCENES / name).read_bytes()).decode()


def job(case=1, **settings):
    """The body of a job on one of the shipped cases."""
    settings = {"sampler": "ddim", "steps": 4, "seed": 7, **settings}
    return {
        "source": picture(f"source-{case}.png"), "mask": picture(f"mask-{case}.png"),
        "reference": picture(f"reference-{case}.png"), "settings": settings,
    }


def check(condition, message):
    if not condition:
        raise SystemExit(f"FAILED: {message}")
