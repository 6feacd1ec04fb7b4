"""Runs the package's commands and measures them."""

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass
class Outcome:
    exit_code: int
    seconds: float
    # The most memory that the process ever held, its files mapped into memory included: VmHWM.
    peak_gigabytes: float


class Programs:
    """The commands in a folder, by name."""

    def __init__(self, folder, threads):
        self.folder = Path(folder)
        self.threads = threads

    def __call__(self, name, *arguments, check=True):
        """Runs a command; what it prints goes where ours goes."""
        command = [self.folder / name, *map(str, arguments), "--threads", str(self.threads)]
        start = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        process.returncode = code
        if check and code != 0:
            raise SystemExit(f"{name} ended with {code}")
        return Outcome(code, time.monotonic() - start, usage.ru_maxrss * 1024 / 1e9)
