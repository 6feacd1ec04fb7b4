"""A process that holds one work in memory and does it when told, ours or a peer's."""

import json
import os
import selectors
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from . import cache

# A worker is ended when the machine has less memory left than this: better no figure than a
# machine that hangs.
LEAST_MEMORY = 1200 << 20


class WorkerFailed(Exception):
    """It ended, or said what was wrong."""


@dataclass
class Contestant:
    """One way to do a work."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    # Contestants of one family do the same in different settings; the fastest counts.
    family: str = ""
    # Whether it takes part when time is short.
    quick: bool = True

    def __post_init__(self) -> None:
        self.family = self.family or self.name


class Worker:
    """Starts a contestant; use as a context manager."""

    def __init__(self, contestant: Contestant) -> None:
        self.contestant = contestant
        self.log = cache.path("logs", f"{contestant.name.replace('/', '-')}.log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                contestant.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, **contestant.environment},
                cwd=cache.BENCHMARKS,
            )
        self.rest = b""
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)
        try:
            about = self.answer()
        except BaseException:
            self.stop()
            raise
        self.cases: list[str] = about["cases"]
        self.details: str = about.get("details", "")

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def run(self, case: str) -> dict:
        return self.ask(f"run {case}")

    def result(self, file: Path, case: str) -> None:
        self.ask(f"result {file} {case}")

    def pause(self) -> None:
        """Stops it, so that its waiting threads take nothing from the others."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def ask(self, line: str) -> dict:
        try:
            self.process.stdin.write(f"{line}\n".encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # the answer says why
        answer = self.answer()
        if "error" in answer:
            raise WorkerFailed(f"{self.contestant.name}: {answer['error']}")
        return answer

    def answer(self) -> dict:
        while b"\n" not in self.rest:
            if self.selector.select(timeout=0.1):
                data = os.read(self.process.stdout.fileno(), 1 << 16)
                if not data:
                    raise WorkerFailed(self.last_words())
                self.rest += data
            elif available_memory() < LEAST_MEMORY:
                self.process.kill()
                raise WorkerFailed(f"{self.contestant.name}: does not fit into memory")
        line, self.rest = self.rest.split(b"\n", 1)
        return json.loads(line)

    def last_words(self) -> str:
        """Why it ended: the line of its log that says so, or the last one."""
        lines = self.log.read_text(errors="replace").strip().splitlines() or ["ended silently"]
        reasons = [line for line in lines if line.lower().startswith("error")]
        return f"{self.contestant.name}: {(reasons or lines[-1:])[0]}"

    def stop(self) -> None:
        """Ends it and gives its memory back."""
        if self.process.poll() is None:
            self.resume()
            try:
                self.process.communicate(b"quit\n", timeout=10)
            except (subprocess.TimeoutExpired, BrokenPipeError, ValueError):
                self.process.kill()
        self.process.wait()
        self.selector.close()
        self.process.stdin.close()
        self.process.stdout.close()


def available_memory() -> int:
    """Bytes that may still be taken."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 1 << 62
