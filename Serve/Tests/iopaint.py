"""Talks to `pbe-serve` as IOPaint's clients do: each route, with their own field names and misspellings.

  python3 Serve/Tests/iopaint.py [--binary .build/release/pbe-serve]

Pictures must have the bytes that our own interface gives for the same settings. Nothing but Python's own
library is needed. `Tests/Browser/iopaint.py` has IOPaint's web app itself use the server.
"""

import argparse
import base64
import concurrent.futures
import json
import re
import socket
import threading
import time

import pixels
from server import BINARY, ROOT, SCENES, SIDE, Server, check, picture

SAMPLERS = {"PNDM": "plms", "DDIM": "ddim", "DPM++ 2M": "dpm++", "UniPC": "unipc", "LCM": "lcm"}
METHOD = "Fantasy-Studio/Paint-by-Example"


def data_url(name, kind="image/png"):
    return f"data:{kind};base64,{picture(name)}"


def request(**changes):
    """What IOPaint's web app sends, all of it; some of its names are misspelt, most are of other models."""
    return {
        "image": data_url("source-1.png"), "mask": data_url("mask-1.png"),
        "paint_by_example_example_image": data_url("reference-1.png"),
        "ldm_steps": 30, "ldm_sampler": "ddim", "zits_wireframe": True, "cv2_flag": "INPAINT_NS",
        "cv2_radius": 5, "hd_strategy": "Crop", "hd_strategy_crop_triger_size": 640,
        "hd_strategy_crop_margin": 128, "hd_trategy_resize_imit": 2048, "prompt": "", "negative_prompt": "",
        "use_croper": False, "croper_x": 0, "croper_y": 0, "croper_height": 512, "croper_width": 512,
        "use_extender": False, "extender_x": 0, "extender_y": 0, "extender_height": 512,
        "extender_width": 512, "sd_mask_blur": 0, "sd_strength": 1, "sd_steps": 4,
        "sd_guidance_scale": 7.5, "sd_sampler": "DDIM", "sd_seed": 42, "sd_match_histograms": False,
        "sd_lcm_lora": False, "p2p_image_guidance_scale": 1.5, "enable_controlnet": False,
        "controlnet_conditioning_scale": 0.4, "controlnet_method": "", "enable_brushnet": False,
        "brushnet_method": "", "brushnet_conditioning_scale": 1, "enable_powerpaint_v2": False,
        "powerpaint_task": "text-guided", **changes,
    }


def inpaint(server, **changes):
    status, fields, data = server.request("POST", "/api/v1/inpaint", request(**changes))
    check(status == 200, f"inpaint with {list(changes)}: {status} {data[:300]}")
    check(fields["Content-Type"] == "image/png", fields)
    return data, int(fields["X-Seed"])


def own(server, **settings):
    """The same picture through our own interface."""
    settings = {"sampler": "ddim", "steps": 4, "scale": 7.5, "seed": 42, **settings}
    body = {name: picture(f"{name}-1.png") for name in ("source", "mask", "reference")}
    _, job = server.json("POST", "/jobs", {**body, "settings": settings})
    check(list(server.events(job["id"]))[-1][0] == "done", f"our own job with {settings}")
    return server.request("GET", f"/jobs/{job['id']}/results/0")[2]


# MARK: What there is


def check_configuration(server):
    status, config = server.json("GET", "/api/v1/server-config")
    check(status == 200 and config["samplers"] == list(SAMPLERS), config)
    check(not config["plugins"] and not config["enableFileManager"] and not config["isDesktop"], config)
    status, model = server.json("GET", "/api/v1/model")
    check(status == 200 and model["name"] == METHOD and model["model_type"] == "diffusers_other", model)
    check(model["need_prompt"] is False and model["controlnets"] == [], model)
    check([info["name"] for info in config["modelInfos"]] == [METHOD, "second"], config["modelInfos"])
    for method in ("GET", "POST"):
        check(server.json(method, "/api/v1/samplers") == (200, list(SAMPLERS)), f"{method} samplers")

    _, chosen = server.json("POST", "/api/v1/model", {"name": "second"})
    check((chosen["name"], chosen["path"]) == (METHOD, "second"), chosen)
    _, config = server.json("GET", "/api/v1/server-config")
    check([info["name"] for info in config["modelInfos"]] == ["scenes", METHOD], config["modelInfos"])
    check(server.json("POST", "/api/v1/model", {"name": METHOD})[1]["path"] == "second", "chosen again")
    check(server.json("POST", "/api/v1/model", {"name": "scenes"})[1]["path"] == "scenes", "chosen back")


def check_absent(server):
    form = {"Content-Type": "multipart/form-data; boundary=b"}
    part = '--b\r\nContent-Disposition: form-data; name="file"; filename="../x"\r\n\r\nx\r\n--b--\r\n'
    status, _, data = server.request("POST", "/api/v1/gen-info", part, form)
    check(status == 200 and json.loads(data) == {"prompt": "", "negative_prompt": ""}, data)
    refused = [
        server.request("POST", "/api/v1/save_image", part, form),
        server.request("GET", "/api/v1/inputimage"),
        *[server.request("POST", f"/api/v1/{name}", {"name": "RemoveBG", "image": ""})
          for name in ("run_plugin_gen_mask", "run_plugin_gen_image", "switch_plugin_model")],
        server.request("GET", "/api/v1/media_file?tab=input&filename=..%2F..%2Fetc%2Fpasswd"),
    ]
    check([status for status, _, _ in refused] == [400, 404, 422, 422, 422, 404], refused)
    for _, _, data in refused:
        check(set(json.loads(data)) == {"error", "detail", "body", "errors"}, data)


# MARK: Pictures


def check_pictures(server):
    plain, seed = inpaint(server)
    check(seed == 42 and plain == own(server), "the same settings, other bytes than our own interface's")
    bare = {"image": picture("source-1.png"), "mask": picture("mask-1.png"),
            "paint_by_example_example_image": data_url("reference-1.png", "application/octet-stream")}
    check(inpaint(server, **bare)[0] == plain, "bare base64 gives another picture")
    lines = base64.encodebytes((ROOT / SCENES / "source-1.png").read_bytes()).decode()
    check(inpaint(server, image=lines)[0] == plain, "base64 with line breaks gives another picture")
    for name, sampler in SAMPLERS.items():
        check(inpaint(server, sd_sampler=name)[0] == own(server, sampler=sampler), name)
    check(inpaint(server, sd_steps=6, sd_guidance_scale=3)[0] == own(server, steps=6, scale=3), "settings")
    check(inpaint(server, sd_keep_unmasked_area=False)[0] == own(server, pasteBack=False), "the whole picture")
    check(inpaint(server, sd_mask_blur=11)[0] == own(server, feather=3.8), "the blurred mask")

    drawn, seed = inpaint(server, sd_seed=-1)
    check(1 <= seed <= 99_999_999 and inpaint(server, sd_seed=seed)[0] == drawn, f"drawn seed {seed}")
    defaults = {name: request()[name] for name in ("image", "mask", "paint_by_example_example_image")}
    status, fields, data = server.request("POST", "/api/v1/inpaint", defaults)
    check(status == 200 and fields["X-Seed"] == "42", "IOPaint's defaults")
    check(data == own(server, sampler="unipc", steps=50, feather=3.8), "IOPaint's defaults")


def check_cropper(server):
    """Only what is in the rectangle is painted; it may reach beyond the picture."""
    width, height, before = pixels.read((ROOT / SCENES / "source-1.png").read_bytes())
    _, _, mask = pixels.read((ROOT / SCENES / "mask-1.png").read_bytes())
    inside = [(x, y) for y in range(height) for x in range(width) if mask[y][x][0] > 127]
    middle = sum(x for x, _ in inside) // len(inside)
    rectangle = {"use_croper": True, "croper_x": -10, "croper_y": -5, "croper_width": middle + 10,
                 "croper_height": 512}
    _, _, after = pixels.read(inpaint(server, **rectangle)[0])
    changed = {(x, y) for y in range(height) for x in range(width) if after[y][x] != before[y][x]}
    check(changed and changed <= set(inside), "painted outside the mask")
    check(all(x < middle for x, _ in changed), "painted outside the cropper")


def check_alpha(server):
    def seen(x, y):
        return (200, 40 + x, 60 + y, 0 if x < 8 else 255)
    given = base64.b64encode(pixels.write(SIDE, SIDE, 4, seen)).decode()
    width, height, rows = pixels.read(inpaint(server, image=given)[0])
    check((width, height) == (SIDE, SIDE), f"{width}×{height}")
    _, _, mask = pixels.read((ROOT / SCENES / "mask-1.png").read_bytes())
    kept = [(x, y) for y in range(SIDE) for x in range(SIDE) if mask[y][x][0] <= 127]
    check(any(x < 8 for x, _ in kept) and all(rows[y][x] == seen(x, y) for x, y in kept), "transparency is lost")
    check(all(rows[y][x][3] == 255 for y in range(SIDE) for x in range(SIDE) if (x, y) not in kept), "not opaque")


def check_mask_colours(server):
    """A mask is where its colours are light, as transparent as they may be: a hole in a brush's colour, too."""
    _, _, mask = pixels.read((ROOT / SCENES / "mask-1.png").read_bytes())

    def given(*colours):
        def pixel(x, y):
            return colours[mask[y][x][0] > 127]
        return base64.b64encode(pixels.write(SIDE, SIDE, 4, pixel)).decode()

    plain = inpaint(server)[0]
    for colours in [((0, 0, 0, 0), (255, 203, 0, 186)), ((0, 0, 0, 255), (255, 255, 255, 255)),
                    ((9, 9, 9, 255), (255, 255, 255, 0))]:
        check(inpaint(server, mask=given(*colours))[0] == plain, f"a mask in {colours}")
    turned = given((255, 203, 0, 186), (0, 0, 0, 0))
    _, _, before = pixels.read((ROOT / SCENES / "source-1.png").read_bytes())
    _, _, after = pixels.read(inpaint(server, mask=turned)[0])
    check(all(after[y][x] == before[y][x] for y in range(SIDE) for x in range(SIDE) if mask[y][x][0] > 127),
          "a mask with a hole is painted in the hole")


def check_masks(server):
    def disc(x, y):
        return (x - 20) ** 2 + (y - 12) ** 2 <= 36
    given = base64.b64encode(pixels.write(40, 24, 1, lambda x, y: (255 * disc(x, y),))).decode()

    def changed(operate, **more):
        body = {"mask": given, "operate": operate, **more}
        status, fields, data = server.request("POST", "/api/v1/adjust_mask", body)
        check(status == 200 and fields["Content-Type"] == "image/png", (status, data[:200]))
        _, _, rows = pixels.read(data)
        check({pixel[3] for row in rows for pixel in row} <= {0, 186}, "an overlay is there or not")
        return {(x, y) for y, row in enumerate(rows) for x, pixel in enumerate(row) if pixel[3]}

    def returned(operate, overlay):
        body = {"mask": base64.b64encode(overlay).decode(), "operate": operate}
        return server.request("POST", "/api/v1/adjust_mask", body)[2]

    turned = server.request("POST", "/api/v1/adjust_mask", {"mask": given, "operate": "reverse"})[2]
    again = returned("reverse", turned)
    check(turned != again and returned("reverse", again) == turned, "what came from the server goes back")
    every = {(x, y) for y in range(24) for x in range(40)}
    inside = {(x, y) for x, y in every if disc(x, y)}
    kernel = [(dx, dy) for dy in range(-3, 4) for dx in range(-3, 4) if abs(dx) <= round((9 - dy * dy) ** .5)]
    grown = {(x + dx, y + dy) for x, y in inside for dx, dy in kernel} & every
    shrunk = every - {(x + dx, y + dy) for x, y in every - inside for dx, dy in kernel}
    check(changed("reverse") == every - inside, "reverse")
    check(changed("expand", kernel_size=3) == grown, "expand")
    check(changed("shrink", kernel_size=3) == shrunk, "shrink")
    check(changed("shrink", kernel_size=20) == set() and changed("expand", kernel_size=100) == every, "all")


# MARK: Refusals


def check_refusals(server):
    small = base64.b64encode(pixels.write(8, 8, 1, lambda x, y: (255,))).decode()
    black = base64.b64encode(pixels.write(SIDE, SIDE, 1, lambda x, y: (0,))).decode()
    no_origin = {"Content-Type": "application/json", "Origin": "http://example.com"}
    table = [
        ("sizes differ", 400, request(mask=small), {}, "mask"),
        ("an empty mask", 422, request(mask=black), {}, "mask"),
        ("no reference", 422, request(paint_by_example_example_image=None), {}, "example_image is missing"),
        ("no image", 422, request(image=None), {}, "image is missing"),
        ("no picture", 422, request(image="aGVsbG8="), {}, "image"),
        ("no base64", 422, request(image="?"), {}, "base64"),
        ("a foreign address", 422, request(image="http://example.com/a.png"), {}, "base64"),
        ("an unknown sampler", 422, request(sd_sampler="Euler a"), {}, "PNDM, DDIM, DPM++ 2M, UniPC"),
        ("too many steps", 422, request(sd_steps=100_000), {}, "steps"),
        ("steps as a text", 422, request(sd_steps="4"), {}, "sd_steps"),
        ("a negative seed", 422, request(sd_seed=-2), {}, "sd_seed"),
        ("an endless blur", 422, request(sd_mask_blur=10 ** 9), {}, "sd_mask_blur"),
        ("outpainting", 422, request(use_extender=True), {}, "use_extender"),
        ("a cropper of nothing", 422, request(use_croper=True, croper_width=0), {}, "croper_width"),
        ("a cropper far away", 422, request(use_croper=True, croper_x=10 ** 6), {}, "mask"),
        ("a list", 422, [], {}, "object"),
        ("no JSON", 400, b"{", {"Content-Type": "application/json"}, "JSON"),
        ("plain text", 415, json.dumps(request()), {"Content-Type": "text/plain"}, "application/json"),
        ("another page", 403, json.dumps(request()), no_origin, "example.com"),
        ("another host", 421, request(), {"Host": "example.com"}, "example.com"),
    ]
    for name, expected, body, fields, word in table:
        known = len(server.lines)
        status, _, data = server.request("POST", "/api/v1/inpaint", body, fields)
        check(status == expected, f"{name}: {status} {data[:300]}, expected {expected}")
        answer = json.loads(data)
        check(set(answer) == {"error", "detail", "body", "errors"}, f"{name}: {answer}")
        check(word in answer["errors"] and answer["errors"] == answer["detail"], f"{name}: {answer}")
        deadline = time.time() + 3
        while len(server.lines) == known and time.time() < deadline:
            time.sleep(0.01)
        check(len(server.lines) == known + 1, f"{name}: logged {server.lines[known:]}")
    mask = {"mask": small, "operate": "expand"}
    for body, word in [({**mask, "operate": "blur"}, "operate"), ({**mask, "kernel_size": 0}, "kernel_size"),
                       ({**mask, "kernel_size": 255}, "at most 254"), ({"operate": "reverse"}, "mask")]:
        status, answer = server.json("POST", "/api/v1/adjust_mask", body)
        check(status == 422 and word in answer["errors"], f"{body}: {status} {answer}")
    status, answer = server.json("POST", "/api/v1/model", {"name": "lama"})
    check(status == 422 and "lama" in answer["errors"], answer)


def check_hang_up(server):
    """A client that leaves cancels its picture."""
    body = json.dumps(request(sd_steps=1000)).encode()
    head = (f"POST /api/v1/inpaint HTTP/1.1\r\nHost: {server.host}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode()
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(head + body)
        wait_for(lambda: server.json("GET", "/jobs")[1]["jobs"][0]["state"] == "running", "the job begins")
    wait_for(lambda: server.json("GET", "/jobs")[1]["jobs"][0]["state"] == "cancelled", "the job is cancelled")


def wait_for(condition, message, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        check(time.monotonic() < deadline, f"not within {seconds} s: {message}")
        time.sleep(0.02)


# MARK: Progress


class Socket:
    """Engine.IO 4 by polling."""

    def __init__(self, server):
        self.server, self.path = server, "/socket.io/?EIO=4&transport=polling"
        status, fields, data = server.request("GET", self.path)
        check(status == 200 and fields["Content-Type"] == "text/plain; charset=UTF-8", (status, data))
        opened = json.loads(data[1:])
        check(data[:1] == b"0" and opened["upgrades"] == [] and opened["pingInterval"] == 25000, data)
        self.path += "&sid=" + opened["sid"]

    def send(self, text):
        return self.server.request("POST", self.path, text, {"Content-Type": "text/plain;charset=UTF-8"})

    def poll(self):
        status, _, data = self.server.request("GET", self.path)
        return status, data.decode().split("\x1e")


def check_progress(server):
    """Every client is told each step, at least the latest, and the end."""
    client, silent = Socket(server), Socket(server)
    check(client.send("40")[0] == 200, "connect")
    check(re.fullmatch(r'40\{"sid":".+"\}', client.poll()[1][0]), "connected")
    told = []

    def listen():
        while '42["diffusion_finish"]' not in told:
            told.extend(client.poll()[1])

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    inpaint(server, sd_steps=50, sd_sampler="PNDM")
    listener.join(10)
    check(not listener.is_alive(), f"the end is not told: {told}")
    steps = [json.loads(text[2:])[1]["step"] for text in told if "progress" in text]
    check(len(steps) > 5 and steps == sorted(steps) and set(steps) <= set(range(-1, 50)), steps)
    silent.send("40")
    check(len(silent.poll()[1]) == 1, "one that was not connected is told of the past")


def check_socket_rules(server):
    def status(path, body=None):
        fields = {"Content-Type": "text/plain"} if body is not None else {}
        return server.request("GET" if body is None else "POST", f"/socket.io/?{path}", body, fields)[0]

    check(status("EIO=3&transport=polling") == 400, "Engine.IO 3")
    check(status("EIO=4&transport=websocket") == 400, "WebSocket")
    check(status("EIO=4&transport=polling&sid=nobody") == 400, "an unknown session")
    check(status("EIO=4&transport=polling&sid=nobody", "40") == 400, "an unknown session sends")
    check(status("EIO=4&transport=polling", "40") == 400, "sent without a session")
    client = Socket(server)
    check(client.send("4" * 20_000)[0] == 413, "large packets")
    check(client.send("40\x1e40\x1e40")[0] == 200 and len(client.poll()[1]) == 1, "connected once")
    polling = threading.Thread(target=client.poll, daemon=True)
    polling.start()
    time.sleep(0.3)
    check(client.poll()[0] == 400, "polled twice")
    polling.join(5)
    check(not polling.is_alive() and client.poll()[0] == 400, "the session has ended")
    closing = Socket(server)
    check(closing.send("1")[0] == 200 and closing.poll()[0] == 400, "closed")
    opened = [server.request("GET", "/socket.io/?EIO=4&transport=polling")[0] for _ in range(80)]
    check(set(opened) == {200, 429} and opened.count(200) <= 64, f"sessions: {opened.count(200)}")


def check_ping(server):
    """Who has nothing to be told is asked after 25 seconds whether it is still there."""
    client = Socket(server)
    client.send("40")
    client.poll()
    start = time.monotonic()
    status, packets = client.poll()
    check(status == 200 and packets == ["2"], packets)
    check(24 < time.monotonic() - start < 30, f"after {time.monotonic() - start:.1f} s")
    check(client.send("3")[0] == 200, "pong")


def run(each, binary):
    with Server(binary=binary) as server:
        each(server)
        print(f"{each.__name__[6:]}: as IOPaint's clients expect it", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default=BINARY)
    binary = parser.parse_args().binary
    checks = [check_configuration, check_absent, check_pictures, check_cropper, check_alpha,
              check_mask_colours, check_masks, check_refusals, check_hang_up, check_progress]
    # Of servers of their own: both fill sessions or wait for long.
    with concurrent.futures.ThreadPoolExecutor() as pool:
        beside = [pool.submit(run, each, binary) for each in (check_ping, check_socket_rules)]
        with Server("--model", f"second={SCENES}", binary=binary, model=f"scenes={SCENES}") as server:
            for each in checks:
                each(server)
                print(f"{each.__name__[6:]}: as IOPaint's clients expect it", flush=True)
        for each in beside:
            each.result()


main()
