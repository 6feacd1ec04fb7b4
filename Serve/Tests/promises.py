"""What `pbe-serve` promises, tried on the real command with the shipped model.

  python3 Serve/Tests/promises.py [--binary .build/release/pbe-serve] [--sample .build/release/pbe-sample]
"""

import argparse
import base64
import http.client
import json
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pixels
from pictures import grey, photograph
from server import BINARY, ROOT, SCENES, SIDE, Server, check, job, picture

PROMISES = []
# Minutes of work on any machine: what ends earlier was ended.
LONG = {"sampler": "ddim", "steps": 1000, "count": 50}


def promise(function):
    PROMISES.append(function)
    return function


def sample(program, output, *options, case=1, model=SCENES):
    """The file that pbe-sample writes."""
    files = {name: f"{SCENES}/{name}-{case}.png" for name in ["source", "mask", "reference"]}
    subprocess.run(
        [program, "--model", model, "--image", files["source"], "--mask", files["mask"], "--reference",
         files["reference"], "--output", output, *map(str, options)], cwd=ROOT, check=True, capture_output=True)
    return Path(output)


def add(server, body):
    code, answer = server.json("POST", "/jobs", body)
    check(code == 202, f"a job got {code}: {answer}")
    return answer["id"]


def finish(server, identifier):
    """The events of a job by the time it is over, and what is known of it then."""
    events = list(server.events(identifier))
    return events, server.json("GET", f"/jobs/{identifier}")[1]


def paint(server, body):
    events, found = finish(server, add(server, body))
    check(found["state"] == "done", f"a job ended as {found}")
    return [server.request("GET", result["url"])[2] for result in found["results"]]


def wait_for(condition, seconds, what):
    deadline = time.time() + seconds
    while not condition():
        check(time.time() < deadline, f"{what} within {seconds} s")
        time.sleep(0.02)


def state(server, identifier):
    return server.json("GET", f"/jobs/{identifier}")[1]["state"]


# MARK: Results


@promise
def several_references_are_those_of_pbe_sample(options, folder):
    own, other = "reference-1.png", "reference-2.png"
    masks = {}
    for name in [own, other]:
        width, height, _ = pixels.read((ROOT / SCENES / name).read_bytes())
        masks[name] = grey(width, height, (width // 5, height // 5, width, height * 4 // 5))
        (folder / name).write_bytes(masks[name])
    settings = {"sampler": "ddim", "steps": 2, "seed": 42}
    flags = ["--reference", f"{SCENES}/{other}", *"--sampler ddim --steps 2 --seed 42".split()]
    body = job(**settings) | {"reference": [picture(own), picture(other)]}
    with Server(binary=options.binary) as server:
        whole = sample(options.sample, folder / "whole.png", *flags).read_bytes()
        check(paint(server, body) == [whole], "two references paint otherwise than in pbe-sample")
        body["referenceMask"] = [None, None]
        check(paint(server, body) == [whole], "null is another mask than none")
        for name in [own, other]:
            flags += ["--reference-mask", folder / name]
        masked = sample(options.sample, folder / "masked.png", *flags).read_bytes()
        body["referenceMask"] = [base64.b64encode(masks[name]).decode() for name in [own, other]]
        check(paint(server, body) == [masked] != [whole], "two masks paint otherwise than in pbe-sample")
        for change, message in [
            ({"reference": []}, "reference is an empty list"),
            ({"reference": [picture(own)] * 17}, "given 17 times"),
            ({"referenceMask": [None]}, "referenceMask has 1 for 2 in reference"),
            ({"reference": [picture(own), 5]}, "reference 2"),
            ({"reference": [picture(own), None]}, "reference 2 is null"),
        ]:
            code, answer = server.json("POST", "/jobs", body | change)
            check(400 <= code < 500 and message in answer["error"], f"{message}: {code} {answer}")


@promise
def results_are_the_bytes_of_pbe_sample(options, folder):
    with Server(binary=options.binary) as server:
        for name, settings, flags in [
            ("one", {"sampler": "ddim", "steps": 3}, "--sampler ddim --steps 3"),
            ("each setting",
             {"sampler": "ddim", "steps": 4, "scale": 3.5, "eta": 0.5, "posterior": "mode", "crop": "none",
              "size": "128x64", "pasteBack": True, "feather": 2.5, "matchSeam": False, "maskResize": "nearest",
              "referenceResize": "clip", "rng": "torch", "drawOrder": "latents-first", "rounding": "truncate",
              "unguided": "up-to-1", "singleStep": "euler", "plmsHistory": "output", "timesteps": "spanning",
              "precision": "bf16x3"},
             "--sampler ddim --steps 4 --scale 3.5 --eta 0.5 --posterior mode --crop none --size 128x64 "
             "--paste-back --feather 2.5 --no-match-seam --mask-resize nearest --reference-resize clip "
             "--rng torch --draw-order latents-first --rounding truncate --unguided up-to-1 "
             "--single-step euler --plms-history output --timesteps spanning --precision bf16x3"),
            ("as diffusers", {"compat": "diffusers", "steps": 2, "sampler": "plms"},
             "--compat diffusers --steps 2 --sampler plms"),
            ("inverted", {"invert": True, "steps": 2, "sampler": "unipc"}, "--invert-mask --steps 2 --sampler unipc"),
        ]:
            found = paint(server, job(2, seed=11, **settings))
            written = sample(options.sample, folder / "one.png", "--seed", 11, *flags.split(), case=2)
            check(found == [written.read_bytes()], f"{name}: other bytes than pbe-sample's")
        found = paint(server, job(seed=5, count=2, scales=[1, 2.5], sampler="dpm++", steps=2))
        sample(options.sample, folder / "grid.png", "--seed", 5, "--count", 2, "--scales", "1,2.5", "--sampler",
               "dpm++", "--steps", 2)
        names = ["scale-1-5", "scale-1-6", "scale-2.5-5", "scale-2.5-6"]
        check(found == [(folder / f"grid-{name}.png").read_bytes() for name in names], "a grid has other bytes")


@promise
def a_rotated_photograph_of_twelve_megapixels_is_edited(options, folder):
    """JPEG with EXIF orientation: the mask is that of the picture as displayed."""
    (folder / "photo.jpg").write_bytes(photograph(4000, 3000, orientation=6))
    mask = grey(3000, 4000, (1200, 1500, 1500, 1900))
    (folder / "mask.png").write_bytes(mask)
    subprocess.run(
        [options.sample, "--model", SCENES, "--image", folder / "photo.jpg", "--mask", folder / "mask.png",
         "--reference", f"{SCENES}/reference-1.png", "--output", folder / "out.png", "--steps", "2", "--seed", "3",
         "--sampler", "ddim"], cwd=ROOT, check=True, capture_output=True)
    body = job(steps=2, seed=3)
    body["source"] = "data:image/jpeg;base64," + base64.b64encode((folder / "photo.jpg").read_bytes()).decode()
    body["mask"] = base64.b64encode(mask).decode()
    with Server(binary=options.binary) as server:
        found = paint(server, body)
        check(found == [(folder / "out.png").read_bytes()], "a photograph has other bytes")
        code, plan = server.json("POST", "/plan", {"width": 3000, "height": 4000, "mask": body["mask"]})
        check(code == 200 and plan["share"] == 300 * 400 / 12e6, f"a plan is {plan}")
        check(plan["notes"] and "only" in plan["notes"][0], f"nothing is said of a small mask: {plan}")
        region = plan["region"]
        check(region["width"] < 3000 and region["x"] <= 1200, f"the region is {region}")


@promise
def a_job_tells_how_it_goes(options, folder):
    with Server(binary=options.binary) as server:
        paint(server, job())  # so that the speed is known
        identifier = add(server, job(steps=40, count=2))
        events, found = finish(server, identifier)
        names = [name for name, _ in events]
        check(names[0] in ["queued", "progress", "preview"] and names[-1] == "done", f"events are {names}")
        steps = [data["step"] for name, data in events if name == "progress"]
        check(steps == sorted(steps) and steps[-1] == 80 and len(steps) > 5, f"steps are {steps}")
        rates = [data["rate"] for name, data in events if name == "progress"]
        check(all(rate > 0 for rate in rates), f"rates are {rates}")
        previews = [data for name, data in events if name == "preview"]
        check(previews and previews[0]["image"].startswith("data:image/png;base64,"), "there are no previews")
        check(previews[0]["region"] == {"x": 0, "y": 0, "width": SIDE, "height": SIDE}, "a preview has no region")
        check([data["index"] for name, data in events if name == "result"] == [0, 1], "results are not two")
        check([r["seed"] for r in found["results"]] == [7, 8], f"seeds are {found['results']}")
        # Whoever comes later, or again, is told what is still worth knowing, and once.
        later = [name for name, _ in server.events(identifier)]
        check(later == ["result", "result", "done"], f"later events are {later}")
        # A connection that events came through is not left open for a request that would wait.
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
        for _ in range(3):
            connection.request("GET", f"/jobs/{identifier}/events")
            check(connection.getresponse().read().endswith(b"event: done\ndata: {}\n\n"), "events on one connection")
        last = {"Last-Event-ID": str(10 ** 6)}
        code = server.request("GET", f"/jobs/{identifier}/events", headers=last)[0]
        check(code == 204, f"who knows the last event is told {code}")


@promise
def a_preview_looks_like_the_result(options, folder):
    """The last preview, against the result made as small: nearer than a grey picture is."""
    with Server(binary=options.binary) as server:
        events, found = finish(server, add(server, job(steps=60, crop="none", pasteBack=False)))
        previews = [data["image"] for name, data in events if name == "preview"]
        width, height, shown = pixels.read(base64.b64decode(previews[-1].split(",")[1]))
        _, _, made = pixels.read(server.request("GET", found["results"][0]["url"])[2])
        scale = len(made) // height
        # Each of the preview's pixels against the mean of the result's square, colour by colour.
        pairs = [
            (shown[y][x][colour], mean(
                made[y * scale + j][x * scale + i][colour] for j in range(scale) for i in range(scale)))
            for y in range(height) for x in range(width) for colour in range(3)]
        error = mean((a - b) ** 2 for a, b in pairs)
        middle = mean(b for _, b in pairs)
        spread = mean((b - middle) ** 2 for _, b in pairs)
        check(error < 0.25 * spread, f"a preview's error is {error:.0f}, the picture's variance {spread:.0f}")


def mean(values):
    values = list(values)
    return sum(values) / len(values)


# MARK: The queue


@promise
def jobs_wait_their_turn_and_the_queue_has_an_end(options, folder):
    with Server("--queue", 2, binary=options.binary) as server:
        paint(server, job(steps=20))
        first = add(server, job(**LONG))
        wait_for(lambda: state(server, first) == "running", 5, "the first job runs")
        second, third = add(server, job()), add(server, job())
        found = [server.json("GET", f"/jobs/{name}")[1] for name in [second, third]]
        check([f["place"] for f in found] == [1, 2], f"places are {found}")
        check(0 < found[0]["secondsLeft"] < found[1]["secondsLeft"], f"estimates are {found}")
        code, fields, data = server.request("POST", "/jobs", job())
        check(code == 429 and int(fields["Retry-After"]) > 0, f"a full queue says {code} {fields}")
        check(server.request("DELETE", f"/jobs/{first}")[0] == 204, "cancelling")
        for name in [second, third]:
            check(finish(server, name)[1]["state"] == "done", "a job that waited is not done")
        check(state(server, first) == "cancelled", "a cancelled job goes on")
        known = [entry["id"] for entry in server.json("GET", "/jobs")[1]["jobs"]]
        check(known[:3] == [third, second, first], "jobs are not the latest first")


@promise
def cancelling_ends_a_job_at_once(options, folder):
    with Server(binary=options.binary) as server:
        running, waiting = add(server, job(**LONG)), add(server, job())
        events = server.events(running)
        next(events)
        server.request("DELETE", f"/jobs/{waiting}")
        check([name for name, _ in server.events(waiting)][-1] == "cancelled", "a waiting job is not cancelled")
        begun = time.time()
        server.request("DELETE", f"/jobs/{running}")
        check(list(events)[-1][0] == "cancelled" and time.time() - begun < 2, "a running job is not cancelled")
        check(server.request("DELETE", f"/jobs/{running}")[0] == 204, "cancelling again")
        check(server.request("DELETE", "/jobs/" + 32 * "0")[0] == 404, "cancelling nothing")


@promise
def closing_the_page_cancels_and_a_reload_does_not(options, folder):
    with Server(binary=options.binary) as server:
        left, reloaded, unheard = (add(server, job(**LONG)) for _ in range(3))

        def follow(name):
            connection = http.client.HTTPConnection("127.0.0.1", server.port)
            connection.request("GET", f"/jobs/{name}/events")
            response = connection.getresponse()
            response.readline()
            return response  # closing it closes the connection

        follow(left).close()
        follow(reloaded).close()
        wait_for(lambda: state(server, left) == "cancelled", 15, "a job that was left is cancelled")
        # A page that comes back within ten seconds.
        name = add(server, job(**LONG))
        follow(name).close()
        time.sleep(3)
        second = follow(name)
        time.sleep(10)
        check(state(server, name) in ["queued", "running"], "a reload cancelled the job")
        second.close()
        check(state(server, unheard) != "cancelled", "a job that nobody ever followed was cancelled")


@promise
def a_job_that_fails_leaves_the_server_up(options, folder):
    with Server(binary=options.binary) as server:
        # A damaged part that only decoding finds out is told at once, other failures when they happen.
        identifier = add(server, job(scale=3e38))
        events, found = finish(server, identifier)
        check(events[-1][0] == "failed" and "not a number" in found["error"], f"scale 3e38 gave {found}")
        check(paint(server, job()), "nothing is painted after a failure")
        code, answer = server.json("POST", "/jobs", job(size="60000x60000"))
        check(code == 202, f"a job of great size got {code}: {answer}")
        events, found = finish(server, answer["id"])
        check("memory" in found["error"] and "would fit" in found["error"], f"too much memory gave {found}")
        check(paint(server, job()), "nothing is painted after too much memory was asked for")


# MARK: Beginning and ending


@promise
def a_signal_at_once_is_not_lost(options, folder):
    for _ in range(20):
        with Server(binary=options.binary) as server:
            server.process.send_signal(signal.SIGTERM)
            code = server.process.wait(timeout=10)
            check(code == 0, f"a signal right after the address gave exit code {code}")


@promise
def a_signal_ends_the_server_in_order(options, folder):
    for number in [signal.SIGTERM, signal.SIGINT]:
        with Server(binary=options.binary) as server:
            running, waiting = add(server, job(**LONG)), add(server, job())
            told = {}
            listeners = [
                threading.Thread(target=lambda n=n: told.update({n: list(server.events(n))}))
                for n in [running, waiting]]
            [listener.start() for listener in listeners]
            wait_for(lambda: state(server, running) == "running", 5, "a job runs")
            begun = time.time()
            server.process.send_signal(number)
            code = server.process.wait(timeout=10)
            [listener.join(10) for listener in listeners]
            check(code == 0 and time.time() - begun < 6, f"{number!r}: exit {code} after {time.time() - begun:.1f} s")
            for name in [running, waiting]:
                check(told[name][-1][0] == "cancelled", f"{number!r}: the queue was told {told[name][-1:]}")


@promise
def a_signal_does_not_wait_for_a_long_step(options, folder):
    with Server(binary=options.binary) as server:
        identifier = add(server, job(size="1536x1536"))
        wait_for(lambda: state(server, identifier) == "running", 5, "a job runs")
        time.sleep(0.5)
        begun = time.time()
        server.process.send_signal(signal.SIGTERM)
        code = server.process.wait(timeout=15)
        check(code == 0 and time.time() - begun < 7, f"exit {code} after {time.time() - begun:.1f} s")


@promise
def killing_loses_nothing_that_was_finished(options, folder):
    kept = folder / "results"
    with Server("--results", kept, binary=options.binary) as server:
        done = add(server, job(count=2))
        finish(server, done)
        made = [server.request("GET", f"/jobs/{done}/results/{i}")[2] for i in range(2)]
        half = add(server, job(steps=150, count=40))
        wait_for(lambda: len(server.json("GET", f"/jobs/{half}")[1]["results"]) >= 2, 60, "two results")
        second = subprocess.run(
            [options.binary, "--model", SCENES, "--port", "0", "--results", kept], cwd=ROOT, capture_output=True, text=True)
        check(second.returncode == 1 and "another process" in second.stderr, f"two servers share a folder: {second}")
        server.process.kill()
        server.process.wait()
    with Server("--results", kept, binary=options.binary) as server:
        found = {entry["id"]: entry for entry in server.json("GET", "/jobs")[1]["jobs"]}
        check(found[done]["state"] == "done", f"a finished job is {found[done]['state']}")
        check(made == [server.request("GET", f"/jobs/{done}/results/{i}")[2] for i in range(2)], "other bytes")
        broken = found[half]
        check(broken["state"] == "failed" and len(broken["results"]) >= 2, f"a killed job is {broken}")
        for result in broken["results"]:
            data = server.request("GET", result["url"])[2]
            check(data.endswith(b"IEND\xaeB`\x82"), "a kept result is not whole")
        # Strangers' files in the folder are no jobs.
        check(paint(server, job()), "nothing is painted after a restart")


@promise
def weights_leave_memory_when_nothing_is_to_do(options, folder):
    with Server("--keep", 0.02, "--model", f"again={SCENES}", binary=options.binary) as server:
        def loaded():
            return [model["isLoaded"] for model in server.json("GET", "/models")[1]["models"]]
        check(loaded() == [False, False], "weights are there before they are needed")
        first = paint(server, job())
        check(loaded() == [True, False], f"after a job {loaded()} are loaded")
        wait_for(lambda: loaded() == [False, False], 5, "weights leave")
        check(paint(server, {**job(), "model": "again"}) == first, "a model by name paints something else")


@promise
def only_this_machine_is_let_in_unless_asked(options, folder):
    def refused(*flags):
        result = subprocess.run(
            [options.binary, *(flags or ["--model", SCENES])], cwd=ROOT, capture_output=True, text=True, timeout=20)
        check(result.returncode == 2 and result.stderr.startswith("error: "), f"{flags}: {result}")
        return result.stderr
    check("--listen" in refused("--model", SCENES, "--host", "0.0.0.0"), "a stranger's address needs --listen")
    check("--listen" in refused("--model", SCENES, "--token", "abcdefghijklmnop"), "--token alone")
    refused("--model", SCENES, "--listen", "--token", "short")
    refused("--model", SCENES, "--model", SCENES)
    refused("--model", SCENES, "--port", "70000")
    with Server(binary=options.binary) as server:
        sockets = Path("/proc/net/tcp").read_text()
        check(f"0100007F:{server.port:04X}" in sockets, "it does not listen at 127.0.0.1")
        taken = subprocess.run(
            [options.binary, "--model", SCENES, "--port", str(server.port)], cwd=ROOT, capture_output=True, text=True,
            timeout=20)
        check(taken.returncode == 1 and "--port" in taken.stderr, f"a port that is taken: {taken}")


@promise
def with_listen_all_need_the_token(options, folder):
    with Server("--listen", "--allow-host", "paint.example", binary=options.binary) as server:
        token = re.search(r"token=(\w+)", server.address).group(1)
        check(len(token) >= 20, f"the token is {token}")
        for path in ["/", "/models", "/page/main.js", "/openapi.json"]:
            check(server.request("GET", path)[0] == 401, f"{path} without a token")
        check(server.request("GET", "/?token=" + token[:-1] + "!")[0] == 401, "a wrong token")
        check(server.request("GET", "/models", headers={"Authorization": "Bearer " + token[1:]})[0] == 401, "half a token")
        check(server.request("POST", "/jobs", job())[0] == 401, "a job without a token")
        code, fields, _ = server.request("GET", f"/?token={token}")
        check(code == 303 and fields["Location"] == "/", "the token does not lead to the page")
        cookie = fields["Set-Cookie"]
        check("HttpOnly" in cookie and "SameSite=Strict" in cookie, f"the cookie is {cookie}")
        own = {"Cookie": "a=b; " + cookie.split(";")[0]}
        check(server.request("GET", "/", headers=own)[0] == 200, "the cookie is not taken")
        bearer = {"Authorization": f"Bearer {token}"}
        check(server.request("GET", "/models", headers=bearer)[0] == 200, "the field is not taken")
        for host, expected in [("paint.example", 200), ("paint.example:443", 200), ("other.example", 421)]:
            check(server.request("GET", "/models", headers={**bearer, "Host": host})[0] == expected, f"host {host}")
        code = server.request(
            "POST", "/jobs", job(), {**bearer, "Host": "paint.example", "Origin": "https://paint.example"})[0]
        check(code == 202, f"a proxy's page got {code}")
        log = "\n".join(server.lines)
        check(token not in log and token[:-1] not in log, "the token is in the log")
        check(log.count(" 401 ") == 7, f"refusals in the log: {log}")


@promise
def connections_that_say_nothing_keep_nobody_out_for_long(options, folder):
    with Server(binary=options.binary) as server:
        silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(140)]
        begun = time.time()
        check(server.request("GET", "/models", timeout=30)[0] == 200, "nobody is let in")
        check(time.time() - begun < 15, f"it took {time.time() - begun:.0f} s to get in")
        [connection.close() for connection in silent]


@promise
def the_page_is_served_with_its_rules(options, folder):
    with Server(binary=options.binary) as server:
        code, fields, page = server.request("GET", "/")
        policy = fields["Content-Security-Policy"]
        check(code == 200 and b"<html" in page, "there is no page")
        for rule in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'none'"]:
            check(rule in policy, f"the policy is {policy}")
        check("unsafe" not in policy and b"<style" not in page and b"<script>" not in page, "there is inline code")
        for name in re.findall(rb'(?:src|href)="(/page/[^"#]+)"', page):
            check(server.request("GET", name.decode())[0] == 200, f"{name} is missing")
        code = server.request("GET", "/", headers={"If-None-Match": fields["ETag"]})[0]
        check(code == 304, "a page that is known is sent again")


@promise
def the_interface_is_described(options, folder):
    with Server(binary=options.binary) as server:
        paths = server.json("GET", "/openapi.json")[1]["paths"]
        check({"/models", "/plan", "/jobs", "/jobs/{id}/events"} <= set(paths), f"described are {list(paths)}")
        for path, methods in paths.items():
            address = path.replace("{id}", 32 * "0").replace("{index}", "0")
            code, fields, _ = server.request("PATCH", address)
            allowed = fields.get("Allow", "").lower().split(", ")
            check(code == 405 and sorted(allowed) == sorted(methods), f"{path} takes {allowed}")


@promise
def an_address_may_be_of_version_six(options, folder):
    if not socket.has_ipv6 or not Path("/proc/net/if_inet6").read_text().strip():
        print("  (this machine has no IPv6: not tried)")
        return
    with Server("--host", "::1", binary=options.binary) as server:
        check(server.address.startswith("http://[::1]:"), f"the address is {server.address}")
        connection = http.client.HTTPConnection("::1", server.port)
        connection.request("GET", "/models")
        check(connection.getresponse().status == 200, "it is not reached")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=BINARY)
    parser.add_argument("--sample", default=ROOT / ".build/release/pbe-sample")
    parser.add_argument("--only", help="promises whose name contains this")
    options = parser.parse_args()
    for function in PROMISES:
        if options.only and options.only not in function.__name__:
            continue
        begun = time.time()
        with tempfile.TemporaryDirectory() as folder:
            function(options, Path(folder))
        print(f"  {function.__name__.replace('_', ' ')} ({time.time() - begun:.1f} s)", flush=True)
    print(f"{len(PROMISES)} promises kept")


if __name__ == "__main__":
    main()
