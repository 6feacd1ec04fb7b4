"""Measures the archive: its size, and how soon its programs answer. Prints docs/dist.md's table.

  python3 Distribution/measure.py .build/dist/NAME.tar.gz .build/release

Each time is a median of many starts, from the command to its end, or, for pbe-serve, to the first byte of
the page, with its model's weights on disk. The archive's programs and the ordinary build's take turns.
"""

import argparse
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROUNDS = 31
SERVER_ROUNDS = 11


def megabytes(files):
    return sum(file.lstat().st_size for file in files if file.is_file() and not file.is_symlink()) / 1e6


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return "an unnamed processor"


def run_time(*command):
    start = time.perf_counter()
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def page_time(program, model):
    """Until GET / has answered, asked for again every 2 ms."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start = time.perf_counter()
    server = subprocess.Popen([program, "--model", model, "--port", str(port)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while server.poll() is None:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).read(1)
                return time.perf_counter() - start
            except (ConnectionError, urllib.error.URLError):
                time.sleep(0.002)
        raise SystemExit(f"error: {program} ended with {server.returncode}")
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def sizes(archive, tree):
    yield "the archive", archive.stat().st_size / 1e6
    yield "unpacked", megabytes(tree.rglob("*"))
    for folder, words in [("lib", "the program and its libraries"),
                          ("share/paint-by-example/models", "the model")]:
        yield f"of that {words}", megabytes((tree / folder).rglob("*"))


def times(tree, ordinary):
    """What is started; the medians of the archive's program and of the ordinary one."""
    model = tree / "share/paint-by-example/models/scenes"
    for name, arguments in [("pbe-sample", "--version"), ("pbe-sample", "--help"), ("pbe-train", "--help")]:
        found = [[run_time(folder / name, arguments) for folder in (tree / "bin", ordinary)]
                 for _ in range(ROUNDS)]
        yield f"`{name} {arguments}`", [statistics.median(column) for column in zip(*found)]
    programs = [folder / "pbe-serve" for folder in (tree / "bin", ordinary)]
    if not programs[0].exists():
        print("pbe-serve is not in the archive and was not measured", file=sys.stderr)
        return
    known = [program for program in programs if program.exists()]
    found = [[page_time(program, model) for program in known] for _ in range(SERVER_ROUNDS)]
    yield "`pbe-serve`, until the page is there", [statistics.median(column) for column in zip(*found)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=Path)
    parser.add_argument("ordinary", type=Path, help="the folder of the ordinary build's programs")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["tar", "xf", arguments.archive, "-C", folder], check=True)
        tree = next(Path(folder).iterdir())
        print("| Size | MB |\n|---|---|")
        for name, size in sizes(arguments.archive, tree):
            print(f"| {name} | {size:.1f} |")
        print(f"\nOn {os.cpu_count()} cores of {processor()}, medians of {ROUNDS} starts ({SERVER_ROUNDS} of the "
              "server):\n\n| Start | Archive | Ordinary build | Ratio |\n|---|---|---|---|")
        for name, medians in times(tree, arguments.ordinary):
            cells = [f"{1000 * median:.0f} ms" for median in medians]
            if len(medians) == 2:
                cells.append(f"{medians[0] / medians[1]:.2f}")
            print(f"| {name} | {' | '.join(cells + ['–'] * (3 - len(cells)))} |")


main()
