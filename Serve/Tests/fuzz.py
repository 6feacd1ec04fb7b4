"""Sends requests that are nearly right, and asks for an answer to each.

  python3 Serve/Tests/fuzz.py [--binary .build/release/pbe-serve] [--seconds 60] [--seed 1] [--only N]

Each case takes a good request and spoils it: its bytes, its head, a value of its JSON, the bytes of a picture
in it. Case N of a seed is always the same; --only N sends that one alone and shows it. Whatever comes, the
server must answer with a status below 500 (or 503, busy) or end the connection; it must not grow, and
afterwards paint as before. Nothing but Python's own library is needed.
"""

import argparse
import base64
import collections
import copy
import json
import random
import re
import socket
import time

import pixels
from server import BINARY, SIDE, Server, check, job, picture

STRANGE = [
    None, True, False, 0, -1, 1, 2, 0.5, -0.0, 1e308, -1e308, 1e-320, 2 ** 31, 2 ** 53, 2 ** 63, 2 ** 64, 10 ** 40,
    "", " ", "0", "-1", "null", "\0", "\u202e", "é" * 50, "😀", "../../etc/passwd", "%2e%2e%2f", "http://[::1]/",
    "<script>", "a" * 5000, [], [[]], [0] * 300, {}, {"a": {}}, {"__proto__": 1}, [None, {"x": []}],
    "data:image/png;base64,", "data:image/svg+xml;base64,PHN2Zy8+", "data:,", "====", "AAAA",
]
TOKENS = [b"NaN", b"Infinity", b"1e999", b"01", b"'a'", b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\u0000",
          b"\\ud800", b"\xff\xfe", b"\x00", b"//", b"/**/"]
FIELDS = [
    "Content-Length: -1", "Content-Length: 0", "Content-Length: 99999999999999999999", "Content-Length: 5, 5",
    "Transfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked", "Content-Encoding: gzip",
    "Expect: 100-continue", "Expect: 200-maybe", "Connection: upgrade", "Upgrade: websocket", "Host: a", "Host:",
    "Origin: null", "Origin: http://127.0.0.1", "Range: bytes=0-9", "Cookie: " + "a=b; " * 300,
    "X: " + "y" * 9000, "Last-Event-ID: -5", "Last-Event-ID: 99999999999999999999", "If-None-Match: *",
    "Authorization: Bearer \u00e9", "Sec-Fetch-Site: cross-site", "Content-Type: application/json; charset=utf-7",
    " folded: field", "no colon", ": no name", "A\0B: c", "Content-Type: multipart/form-data; boundary=",
]


def requests():
    """Good requests: method, path, body (JSON, bytes or None), type."""
    small = base64.b64encode(pixels.write(12, 9, 1, lambda x, y: (255 * (x > 4),))).decode()
    painted = {"image": picture("source-1.png"), "mask": picture("mask-1.png"), "sd_steps": 1,
               "paint_by_example_example_image": picture("reference-1.png"), "sd_sampler": "DDIM", "sd_seed": 1}
    plan = {"width": SIDE, "height": SIDE, "mask": picture("mask-1.png"), "settings": {"crop": "auto"}}
    kind = "application/json"
    return [
        ("GET", "/", None, None), ("GET", "/models", None, None), ("GET", "/jobs", None, None),
        ("GET", "/openapi.json", None, None), ("GET", "/jobs/0/results/0", None, None),
        ("GET", "/jobs/0/events", None, None), ("DELETE", "/jobs/0", None, None),
        ("POST", "/plan", plan, kind),
        ("POST", "/jobs", job(steps=1, scales=[1, 3], feather=1.5, crop="auto", invert=False), kind),
        ("POST", "/api/v1/inpaint", painted, kind),
        ("POST", "/api/v1/adjust_mask", {"mask": small, "operate": "expand", "kernel_size": 3}, kind),
        ("POST", "/api/v1/model", {"name": "scenes"}, kind),
        ("GET", "/api/v1/server-config", None, None), ("GET", "/socket.io/?EIO=4&transport=polling", None, None),
        ("POST", "/socket.io/?EIO=4&transport=polling&sid=x", b"40\x1e3", "text/plain"),
        ("POST", "/api/v1/gen-info", b"--b\r\n\r\nx\r\n--b--", "multipart/form-data; boundary=b"),
    ]


# MARK: What spoils a request


def spoiled_bytes(data, dice):
    """Bytes flipped, lost, doubled or put in at a few places."""
    data = bytearray(data)
    for _ in range(dice.choice([1, 1, 1, 2, 4, 16])):
        place = dice.randrange(len(data) + 1)
        length = dice.choice([1, 1, 2, 8, 100])
        change = dice.randrange(5)
        if change == 0 and place < len(data):
            data[place] ^= 1 << dice.randrange(8)
        elif change == 1:
            del data[place:place + length]
        elif change == 2:
            data[place:place] = data[place:place + length]
        elif change == 3:
            data[place:place] = bytes(dice.randrange(256) for _ in range(length))
        else:
            data[place:place] = dice.choice(TOKENS)
    return bytes(data)


def places(value, path=()):
    """The paths of all values inside a JSON value."""
    yield path
    for key, inner in (value.items() if isinstance(value, dict) else
                       enumerate(value) if isinstance(value, list) else ()):
        yield from places(inner, (*path, key))


def spoiled_json(body, dice):
    body = copy.deepcopy(body)
    for _ in range(dice.choice([1, 1, 2, 3])):
        path = dice.choice([path for path in places(body) if path] or [()])
        if not path:
            return copy.deepcopy(dice.choice(STRANGE))
        holder = body
        for key in path[:-1]:
            holder = holder[key]
        old = holder[path[-1]]
        if isinstance(old, str) and len(old) > 200 and dice.random() < 0.7:
            holder[path[-1]] = base64.b64encode(spoiled_bytes(base64.b64decode(old), dice)).decode()
        elif isinstance(holder, dict) and dice.random() < 0.2:
            holder[dice.choice(["", "a", path[-1] + " ", path[-1].upper()])] = holder.pop(path[-1])
        else:
            holder[path[-1]] = copy.deepcopy(dice.choice(STRANGE))
    return body


def case(number, seed, host):
    """The bytes of a case."""
    dice = random.Random(f"{seed}/{number}")
    method, path, body, kind = dice.choice(requests())
    way = dice.choice(["json", "json", "json", "head", "body", "path", "bytes"])
    if isinstance(body, dict) and way == "json":
        body = spoiled_json(body, dice)
    body = body if isinstance(body, bytes) or kind is None else json.dumps(body).encode()
    if way == "body" and body:
        body = spoiled_bytes(body, dice)
    if way == "path":
        path = spoiled_bytes(path.encode(), dice).decode("latin-1")
        method = dice.choice([method, "HEAD", "OPTIONS", "PUT", "TRACE", "CONNECT", "get", "A" * 30])
    fields = [f"Host: {host}", "Connection: close"] + ([f"Content-Type: {kind}"] if kind else [])
    if body is not None:
        fields.append(f"Content-Length: {len(body)}")
    if way == "head":
        for _ in range(dice.choice([1, 1, 2, 5])):
            fields.insert(dice.randrange(len(fields) + 1), dice.choice(FIELDS))
        if dice.random() < 0.3:
            fields.pop(dice.randrange(len(fields)))
    version = "HTTP/1.1" if way != "head" or dice.random() < 0.8 else dice.choice(["HTTP/1.0", "HTTP/2.0", "HTTP/9"])
    head = "\r\n".join([f"{method} {path} {version}", *fields, "", ""]).encode("utf-8" if way == "head" else "latin-1")
    data = head + (body or b"")
    return spoiled_bytes(data, dice) if way == "bytes" else data


# MARK: The server's side


def answers(server, data):
    """The statuses that come back, and all bytes. What never comes is ended from here."""
    received = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        try:
            connection.sendall(data)
            connection.settimeout(1)
            try:
                while part := connection.recv(65536):
                    received += part
            except TimeoutError:
                # It waits for more, or paints, or tells of events: whoever asked leaves.
                connection.shutdown(socket.SHUT_WR)
                connection.settimeout(20)
                while part := connection.recv(65536):
                    received += part
        except (ConnectionError, BrokenPipeError):
            pass
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3})", received)], received


def tidy(server, received):
    """Jobs that were taken end, so that the next are not refused."""
    for name in re.findall(rb'"id":"([0-9a-f]{32})"', received):
        server.request("DELETE", f"/jobs/{name.decode()}")


def painted(server):
    """What a job gives, once the queue has room."""
    deadline = time.monotonic() + 60
    while (added := server.json("POST", "/jobs", job()))[0] == 429:
        check(time.monotonic() < deadline, "the queue stays full")
        time.sleep(0.2)
    check(added[0] == 202, added)
    check([name for name, _ in server.events(added[1]["id"])][-1] == "done", "a good job fails")
    return server.request("GET", f"/jobs/{added[1]['id']}/results/0")[2]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default=BINARY)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int)
    options = parser.parse_args()
    counts, levels = collections.Counter(), []
    with Server(binary=options.binary, model="scenes=Examples/scenes") as server:
        before = painted(server)
        end = time.monotonic() + options.seconds
        number = options.only or 0
        while time.monotonic() < end and (options.only is None or number == options.only):
            data = case(number, options.seed, server.host)
            statuses, received = answers(server, data)
            name = f"case {number} of seed {options.seed}"
            if options.only is not None:
                print(data[:2000], received[:2000], sep="\n")
            check(server.process.poll() is None, f"{name} ended the server: {data[:500]}\n{server.lines[-5:]}")
            bad = [status for status in statuses if status >= 500 and status != 503]
            check(not bad, f"{name}: {bad} for {data[:500]}\n{received[-500:]}")
            counts[statuses[-1] if statuses else "closed"] += 1
            tidy(server, received)
            if number % 50 == 0:
                levels.append(server.memory())
            number += 1
        check(painted(server) == before, "it paints otherwise than before")
        half = len(levels) // 2
        grown = max(levels[half:]) - max(levels[:half] or levels)
        check(grown < 64 << 20, f"memory grew by {grown >> 20} MB: {[level >> 20 for level in levels]}")
    print(f"{number} spoiled requests, none that hurt: "
          + ", ".join(f"{count} × {status}" for status, count in counts.most_common()))


main()
