"""Eight clients at once for some minutes: no answer may be lost, and memory must stay level.

  python3 Serve/Tests/load.py --minutes 60 [--binary .build/release/pbe-serve]

Each client puts up jobs, follows them or asks now and then, fetches the results, cancels some, and leaves
some; when the queue is full it waits as it is told. Results must be the bytes of the first run of the same
job. Memory is level if the last third of the time needs no more than 16 MB beyond the third before.
"""

import argparse
import random
import threading
import time

from server import BINARY, Server, check, job


class Client(threading.Thread):
    def __init__(self, server, seed, until, expected, lock):
        super().__init__(daemon=True)
        self.server, self.random, self.until = server, random.Random(seed), until
        self.expected, self.lock = expected, lock
        self.counts = {"painted": 0, "cancelled": 0, "refused": 0}
        self.problem = None

    def run(self):
        try:
            while time.time() < self.until:
                self.turn()
        except Exception as error:  # told by the main thread
            self.problem = repr(error)

    def turn(self):
        case, steps, seed = self.random.randint(1, 3), self.random.choice([1, 2, 5]), self.random.randint(0, 3)
        code, fields, data = self.server.request("POST", "/jobs", job(case, steps=steps, seed=seed))
        if code == 429:
            self.counts["refused"] += 1
            time.sleep(min(int(fields["Retry-After"]), 1))
            return
        assert code == 202, (code, data)
        path = fields["Location"]
        if self.random.random() < 0.1:
            assert self.server.request("DELETE", path)[0] == 204
            self.counts["cancelled"] += 1
        if self.random.random() < 0.7:
            last = [name for name, _ in self.server.events(path.split("/")[-1])][-1]
            assert last in ["done", "cancelled"], last
        while True:
            code, found = self.server.json("GET", path)
            assert code == 200, (code, found)
            if found["state"] not in ["queued", "running"]:
                break
            time.sleep(0.05)
        if found["state"] == "done":
            made = self.server.request("GET", found["results"][0]["url"])[2]
            with self.lock:
                known = self.expected.setdefault((case, steps, seed), made)
            assert made == known, "other bytes for the same job"
            self.counts["painted"] += 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--binary", default=BINARY)
    options = parser.parse_args()
    with Server(binary=options.binary) as server:
        begun = time.time()
        until = begun + 60 * options.minutes
        expected, lock, memory = {}, threading.Lock(), []
        clients = [Client(server, seed, until, expected, lock) for seed in range(8)]
        [client.start() for client in clients]
        while any(client.is_alive() for client in clients):
            memory.append((time.time() - begun, server.memory()))
            time.sleep(1)
            check(server.process.poll() is None, f"the server ended: {server.lines[-5:]}")
            check(time.time() < until + 120, "clients wait for answers that don't come")
        problems = [client.problem for client in clients if client.problem]
        check(not problems, f"{problems}")
        total = {key: sum(client.counts[key] for client in clients) for key in clients[0].counts}
        third = 20 * options.minutes
        earlier = max(bytes for seconds, bytes in memory if third <= seconds < 2 * third)
        later = max(bytes for seconds, bytes in memory if seconds >= 2 * third)
        check(later - earlier < 16 << 20, f"memory grows: {earlier >> 20} MB, then {later >> 20} MB")
        told = ", ".join(f"{value} {key}" for key, value in total.items())
        print(f"8 clients for {options.minutes:g} min: {told}; memory {earlier >> 20} MB, then {later >> 20} MB")


if __name__ == "__main__":
    main()
