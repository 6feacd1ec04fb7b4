"""Sends what strangers send: each row of a table must be refused, and named in one line of the log.

  python3 Serve/Tests/hostile.py [--binary .build/release/pbe-serve]

A row says what was done to another tool's server (a CVE or a thread where there is one), the bytes, and the
status that they must get; `closed` is a connection that the server ends. Afterwards the server must still
paint. Nothing but Python's own library is needed.
"""

import argparse
import base64
import concurrent.futures
import json
import socket
import sys
import time
import zlib

from pictures import container
from server import BINARY, SIDE, Server, check, job, picture

ROWS = []


def row(name, expected, data, **more):
    ROWS.append((name, expected, data, more))


def get(path, *fields, host="{host}"):
    return "\r\n".join([f"GET {path} HTTP/1.1", f"Host: {host}", *fields, "Connection: close", "", ""])


def send(method, path, body, *fields, host="{host}", kind="application/json", length=None):
    body = body if isinstance(body, bytes) else body.encode()
    head = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    if kind:
        head.append(f"Content-Type: {kind}")
    head += [f"Content-Length: {len(body) if length is None else length}", *fields, "Connection: close", "", ""]
    return "\r\n".join(head).encode() + body


def post(path, body, *fields, **more):
    return send("POST", path, body, *fields, **more)


def png(width, height, content=b""):
    """A colour PNG whose content is what it may be."""
    return container(width, height, 2, content)


def b64(data):
    return base64.b64encode(data).decode()


GOOD = job()
JOB = json.dumps(GOOD)


def changed(**members):
    return json.dumps({**GOOD, **members})


def setting(**settings):
    return json.dumps({**GOOD, "settings": {**GOOD["settings"], **settings}})


# MARK: Hosts: DNS rebinding (ComfyUI #4850, #12860)

row("rebound name", 421, get("/", host="evil.example"))
row("rebound name with our port", 421, get("/models", host="evil.example:{port}"))
row("our address with another port", 421, get("/", host="127.0.0.1:1"))
row("name that only begins as ours", 421, get("/", host="localhost.evil.example:{port}"))
row("name that only ends as ours", 421, get("/", host="evil-localhost:{port}"))
row("user before the host", 421, get("/", host="localhost:{port}@evil.example"))
row("our name with a dot", 421, get("/", host="localhost.:{port}"))
row("all addresses", 421, get("/", host="0.0.0.0:{port}"))
row("loopback as a number", 421, get("/", host="2130706433:{port}"))
row("no host", 400, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
row("empty host", 400, get("/", host=""))
row("two hosts", 400, get("/", "Host: evil.example"))
row("host with a line in it", 400, get("/", host="{host}\rX: 1"))
row("a host as old clients send none", 400, "GET / HTTP/1.0\r\n\r\n")

# MARK: Strangers' pages (Gradio CVE-2024-1727, ComfyUI CVE-2024-10481)

row("origin of a stranger", 403, post("/jobs", JOB, "Origin: http://evil.example"))
row("origin null (CVE-2024-47165)", 403, post("/jobs", JOB, "Origin: null"))
row("origin of another port", 403, post("/jobs", JOB, "Origin: http://127.0.0.1:1"))
row("origin that only begins as ours", 403, post("/jobs", JOB, "Origin: http://{host}.evil.example"))
row("origin of a file", 403, post("/jobs", JOB, "Origin: file://"))
row("two origins", 403, post("/jobs", JOB, "Origin: http://{host}", "Origin: http://evil.example"))
row("cookie beside a stranger's origin (CVE-2024-47084)", 403,
    post("/jobs", JOB, "Origin: http://evil.example", "Cookie: session=1"))
row("cross-site", 403, post("/jobs", JOB, "Sec-Fetch-Site: cross-site"))
row("same site, another port", 403, post("/jobs", JOB, "Sec-Fetch-Site: same-site"))
row("stranger's plan", 403, post("/plan", "{}", "Origin: http://evil.example"))
row("stranger's cancelling", 403,
    send("DELETE", "/jobs/" + 32 * "0", b"", "Origin: http://evil.example", kind=None))
row("stranger's preflight", 405, "OPTIONS /jobs HTTP/1.1\r\nHost: {host}\r\nOrigin: http://evil.example\r\n"
    "Access-Control-Request-Method: POST\r\nConnection: close\r\n\r\n")
row("form without preflight (cezar #467)", 415, post("/jobs", JOB, kind="text/plain"))
row("form of fields", 415, post("/jobs", "a=1", kind="application/x-www-form-urlencoded"))
row("form of files", 415, post("/jobs", "--x--", kind="multipart/form-data; boundary=x"))
row("no type", 415, post("/jobs", JOB, kind=None))
row("two types", 415, post("/jobs", JOB, "Content-Type: text/plain"))
row("type that only begins right", 415, post("/jobs", JOB, kind="application/jsonp"))
row("compressed body (a bomb's way)", 415, post("/jobs", zlib.compress(JOB.encode()), "Content-Encoding: deflate"))

# MARK: Paths (IOPaint #585, Gradio CVE-2024-1728, CVE-2024-47164, CVE-2026-28414, ComfyUI CVE-2026-56671)

for name, path in [
    ("up", "/page/../../etc/passwd"), ("encoded up", "/page/%2e%2e/%2e%2e/etc/passwd"),
    ("twice encoded up", "/page/%252e%252e/etc/passwd"), ("backslash up", "/page/..%5c..%5cetc%5cpasswd"),
    ("absolute", "//etc/passwd"), ("file route (CVE-2024-1728)", "/file=/etc/passwd"),
    ("view route", "/view?filename=../../etc/passwd"), ("media route", "/api/v1/media_file?tab=input&filename=/etc/passwd"),
    ("null byte", "/page/index.html%00.png"), ("result's path", "/jobs/" + 32 * "0" + "/results/../../etc"),
    ("result's name", "/jobs/../../etc/passwd/results/0"), ("dot files", "/.env"), ("git", "/.git/config"),
    ("id of another form", "/jobs/%2e%2e"), ("huge index", f"/jobs/{32 * '0'}/results/{99 * '9'}"),
    ("negative index", f"/jobs/{32 * '0'}/results/-1"), ("unknown job", "/jobs/" + 32 * "f"),
    ("events of nothing", "/jobs/x/events"), ("admin", "/admin"), ("trailing slash", "/jobs/"),
]:
    row(f"path: {name}", 404, get(path))
row("path: a URL as address", 404, get("http://evil.example/secret"))
row("path: not ASCII", 400, get("/\xff\xfe").encode("latin-1"))
row("path: no slash", 400, get("etc/passwd"))
row("path: endless", 400, get("/" + 4000 * "a"))
row("path: escape codes for the log", 400, get("/\x1b[2J"))

# MARK: Methods

for method in ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]:
    row(f"method {method}", 405, f"{method} /models HTTP/1.1\r\nHost: {{host}}\r\nConnection: close\r\n\r\n", allows="GET")
row("method of WebDAV", 405, "PROPFIND / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
row("method that is none", 400, "EVIL / HTTP/1.1\r\nHost: {host}\r\n\r\n")
row("tunnel", 400, "CONNECT evil.example:443 HTTP/1.1\r\nHost: {host}\r\n\r\n", also=[404, 405, 421])

# MARK: Messages that are none, or two

row("another protocol", 400, b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
row("TLS on a plain port", 400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64))
row("HTTP/2 at once", 400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", also=[505])
row("binary in a field", 400, get("/", "X: \x00").encode("latin-1"))
row("space before a colon (smuggling)", 400, get("/", "Content-Length : 5"))
row("length and chunks (smuggling)", 400,
    "POST /jobs HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: 4\r\n"
    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
row("two lengths (smuggling)", 400, post("/jobs", "{}", "Content-Length: 3"))
row("negative length", 400, post("/jobs", "{}", length=-1))
row("chunks of no number", 400, "POST /jobs HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", also=["closed"])
row("folded field", 400, get("/", "X: a\r\n b"), also=[200], logged=None)
row("head of many fields", 431, get("/", *[f"X-{i}: 1" for i in range(500)]))
row("head of one long field", 431, get("/", "X: " + 100_000 * "a"))
row("body where none is", 413, "GET /models HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")

# MARK: Bodies

row("body too large by its own word", 413, post("/jobs", b"", length=40 << 20), keeps=True)
row("body too large in chunks", 413, b"chunks")
row("length that lies: more comes", 400, post("/jobs", "{}" + "GARBAGE / X\r\n\r\n", length=2), also=[422], logged=None)
row("not JSON", 400, post("/jobs", "picture please"))
row("half JSON", 400, post("/jobs", JOB[:-9]))
row("two values", 400, post("/jobs", JOB + JOB))
row("nested 100,000 deep", 400, post("/jobs", 100_000 * "[" ))
row("a million values", 400, post("/jobs", "[" + 1_000_000 * "0," + "0]"))
row("one key twice", 400, post("/jobs", '{"source":"","source":""}'))
row("not UTF-8", 400, post("/jobs", b'{"source":"\xff\xfe"}'))
row("number past all", 400, post("/jobs", '{"settings":{"steps":1e999}}'))
row("a list", 422, post("/jobs", "[]"))
row("nothing in it", 422, post("/jobs", "{}"))
row("a path for a picture (CVE-2024-1728)", 422, post("/jobs", changed(source="/etc/passwd")))
row("an address for a picture (CVE-2026-28416)", 422, post("/jobs", changed(source="http://169.254.169.254/latest/meta-data")))
row("a file's address", 422, post("/jobs", changed(source="file:///etc/passwd")))
row("a path for a model", 422, post("/jobs", changed(model="../../etc")))
row("a file to write (IOPaint #585)", 422, post("/jobs", changed(output="/tmp/evil.png")))
row("unknown setting", 422, post("/jobs", setting(saveLatents="/tmp/x")))
row("noise from a file", 422, post("/jobs", setting(noise="/etc/passwd")))
row("SVG (CVE-2026-56670)", 422, post("/jobs", changed(source=b64(b"<svg onload=alert(1)>"))))
row("GIF", 422, post("/jobs", changed(source=b64(b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"))))
row("TIFF", 422, post("/jobs", changed(source=b64(b"II*\x00\x08\x00\x00\x00\x00\x00"))))
row("HTML as a data: address", 422, post("/jobs", changed(source="data:text/html;base64," + b64(b"<script>"))))
row("base64 that is none", 422, post("/jobs", changed(source="!!!!")))
row("picture of 60,000 × 60,000", 413, post("/jobs", changed(source=b64(png(60_000, 60_000)))))
row("picture of 2 billion a side", 413, post("/jobs", changed(source=b64(png(2**31 - 1, 2**31 - 1)))), also=[422])
row("picture without pixels", 422, post("/jobs", changed(source=b64(png(0, 0)))))
row("picture that breaks off", 422, post("/jobs", changed(source=b64(base64.b64decode(GOOD["source"])[:200]))))
row("picture that unpacks to more", 422, post("/jobs", changed(source=b64(png(8, 8, zlib.compress(bytes(50 << 20)))))), also=[202], logged=None)
row("mask of another size", 422, post("/jobs", changed(mask=b64(png(8, 8, zlib.compress(8 * (b"\x00" + 24 * b"\xff")))))))
row("empty mask", 422, post("/jobs", changed(mask=b64(png(SIDE, SIDE, zlib.compress(SIDE * bytes(1 + 3 * SIDE)))))))
row("steps without end", 422, post("/jobs", setting(steps=1_000_000_000)))
row("pictures without end", 422, post("/jobs", setting(count=10_000)))
row("scales without end", 422, post("/jobs", setting(scales=list(range(500)))))
row("scale past all", 422, post("/jobs", setting(scale=1e300)))
row("seed that another would be (2^53)", 422, post("/jobs", setting(seed=2**53)))
row("seed below zero", 422, post("/jobs", setting(seed=-1)))
row("sampler of no kind", 422, post("/jobs", setting(sampler="'; DROP TABLE")))
row("size without end", 422, post("/jobs", setting(size="65536x99999999999999999999")))
row("text where a number is", 422, post("/jobs", setting(steps="50")))
row("escape codes for the log, in a value", 422, post("/jobs", setting(sampler="\x1b[31m\r\nfake line")))
row("plan of a huge picture", 413, post("/plan", json.dumps({"width": 10**9, "height": 10**9, "mask": GOOD["mask"]})))
row("plan of no picture", 422, post("/plan", json.dumps({"width": 0, "height": 0, "mask": GOOD["mask"]})))

# MARK: Those who dawdle (Slowloris)

row("head, a byte now and then", "closed", b"head", slow=True)
row("head that never ends", "closed", get("/").encode()[:-2], slow=True)
row("body that never comes", "closed", post("/jobs", b"", length=1000), slow=True, log="408")
row("answer that nobody takes", "closed", b"answer", slow=True)


def status(received):
    parts = received.split(b" ", 2)
    return int(parts[1]) if received.startswith(b"HTTP/1.") and len(parts) > 1 else "closed"


def dawdle(server, name, data):
    """Whether the server ended a connection on which little happens; and how long that took."""
    begun = time.time()
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.settimeout(1)
        if data == b"head":
            data = b"GET / HTTP/1.1\r\nX-Slow: "
        connection.sendall(data)
        while time.time() - begun < 90:
            try:
                if name.endswith("now and then"):
                    connection.sendall(b"a")
                if not connection.recv(4096):
                    return True, time.time() - begun
            except socket.timeout:
                continue
            except OSError:
                return True, time.time() - begun
    return False, time.time() - begun


def chunks(server):
    """A body of more chunks than it may have."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        head = f"POST /jobs HTTP/1.1\r\nHost: {server.host}\r\nContent-Type: application/json\r\n"
        connection.sendall((head + "Transfer-Encoding: chunked\r\n\r\n").encode())
        piece = b"100000\r\n" + bytes(1 << 20).replace(b"\0", b"a") + b"\r\n"
        received = b""
        try:
            for _ in range(64):
                connection.sendall(piece)
        except OSError:
            pass
        try:
            while part := connection.recv(65536):
                received += part
        except OSError:
            pass
        return received


def never_reading(server):
    """Asks for far more than is taken."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", server.port))
    request = f"GET /openapi.json HTTP/1.1\r\nHost: {server.host}\r\n\r\n".encode()
    begun = time.time()
    connection.settimeout(1)
    while time.time() - begun < 90:
        try:
            connection.sendall(100 * request)
        except socket.timeout:
            continue
        except OSError:
            return True, time.time() - begun
    return False, time.time() - begun


def try_row(server, name, expected, data, more):
    """What is wrong with a row; None if nothing is."""
    before = len(server.lines)
    if isinstance(data, str):
        data = data.replace("{host}", server.host).replace("{port}", str(server.port)).encode("latin-1")
    else:
        data = data.replace(b"{host}", server.host.encode()).replace(b"{port}", str(server.port).encode())
    received = chunks(server) if data == b"chunks" else server.raw(data, timeout=4)
    found = status(received)
    if found != expected and found not in more.get("also", []):
        return f"{name}: expected {expected}, got {found}: {received[:300]!r}"
    head, _, body = received.partition(b"\r\n\r\n")
    lower = head.lower()
    if b"access-control" in lower:
        return f"{name}: the answer has CORS fields: {head!r}"
    if isinstance(found, int) and b"x-content-type-options: nosniff" not in lower:
        return f"{name}: no nosniff: {head!r}"
    if "allows" in more and f"allow: {more['allows']}".lower().encode() not in lower:
        return f"{name}: no field Allow: {head!r}"
    if more.get("logged", 1) is None:
        time.sleep(0.3)  # more than one line may be true of it
        return None
    deadline = time.time() + 3
    while len(server.lines) == before and time.time() < deadline:
        time.sleep(0.01)
    lines = server.lines[before:]
    if len(lines) != 1:
        return f"{name}: expected one line in the log, got {lines}"
    if not lines[0].isprintable():
        return f"{name}: a line that cannot be printed: {lines[0]!r}"
    if isinstance(found, int) and f" {found} " not in lines[0]:
        return f"{name}: the log does not say {found}: {lines[0]}"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=BINARY)
    options = parser.parse_args()
    problems = []
    with Server(binary=options.binary) as server:
        quick = [r for r in ROWS if not r[3].get("slow")]
        slow = [r for r in ROWS if r[3].get("slow")]
        for name, expected, data, more in quick:
            if problem := try_row(server, name, expected, data, more):
                problems.append(problem)
            check(server.process.poll() is None, f"{name}: the server ended: {server.lines[-9:]}")
        before = len(server.lines)
        with concurrent.futures.ThreadPoolExecutor(len(slow)) as pool:
            ended = list(pool.map(lambda r: never_reading(server) if r[2] == b"answer" else dawdle(
                server, r[0], r[2].replace(b"{host}", server.host.encode())), slow))
        for (name, *_), (closed, seconds) in zip(slow, ended):
            if not closed:
                problems.append(f"{name}: still connected after {seconds:.0f} s")
        time.sleep(0.2)
        dropped = [line for line in server.lines[before:] if " 408 " in line]
        if len(dropped) != len(slow):
            problems.append(f"slow clients: expected {len(slow)} lines in the log, got {server.lines[before:]}")
        # After all that it still paints, and has not grown.
        code, answer = server.json("POST", "/jobs", GOOD)
        check(code == 202, f"after all rows a job got {code}: {answer}")
        last = [name for name, _ in server.events(answer["id"])][-1]
        check(last == "done", f"after all rows a job ended as {last}")
        memory = server.peak_memory()
        if memory > 1 << 30:
            problems.append(f"the server took {memory >> 20} MB at its peak")
    for problem in problems:
        print(problem, file=sys.stderr)
    check(not problems, f"{len(problems)} of {len(ROWS)} rows")
    print(f"{len(ROWS)} hostile requests refused, peak memory {memory >> 20} MB")


if __name__ == "__main__":
    main()
