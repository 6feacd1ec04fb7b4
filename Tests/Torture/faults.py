"""Runs programs whose file calls fail, or that are killed at one of them (faults.c)."""

import errno
import os
import re
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("faults.c")

# Every call that a fault can meet: those that change files, and those that only read them.
CHANGING = "open,write,pwrite,fsync,sync,rename,link,symlink,unlink,mkdir,rmdir,ftruncate,truncate"
READING = "openr,read,opendir,readdir,stat"


@dataclass(frozen=True)
class Fault:
    """What happens at the n-th call."""

    kind: str
    place: int
    calls: str = CHANGING
    error: int = errno.EIO
    is_sticky: bool = False

    def __str__(self) -> str:
        name = f" {errno.errorcode[self.error]}" if self.kind == "fail" else ""
        calls = "" if self.calls == CHANGING else f" of {self.calls}"
        return f"{self.kind}{name}{' from' if self.is_sticky else ''} at call {self.place}{calls}"


@dataclass(frozen=True)
class Call:
    """A call that a program made."""

    name: str
    path: str
    # Of a rename or a link: what it comes from.
    source: str | None


@dataclass(frozen=True)
class Outcome:
    """How a run ended. A negative code is the signal that killed it."""

    code: int
    output: str

    @property
    def was_killed(self) -> bool:
        return self.code == -signal.SIGKILL

    @property
    def complaint(self) -> str | None:
        """What is wrong with how it ended, whatever it was asked; None for an orderly end."""
        if self.code not in (0, 1, 2):
            return f"ended with {self.code}"
        if re.search(r"Fatal error|Illegal instruction|Swift runtime|^#\d+ 0x", self.output, re.M):
            return "a trap or a stack trace"
        if self.code != 0 and "error: " not in self.output:
            return "no message"
        return None


class FaultyMachine:
    """Builds the library once; runs commands before it."""

    def __init__(self, folder: Path):
        self.library = folder / "faults.so"
        subprocess.run(
            ["clang", "-shared", "-fPIC", "-O1", "-o", self.library, SOURCE], check=True)

    def run(self, command: list[str], folder: Path, fault: Fault | None = None) -> Outcome:
        """Runs a command in a folder; the fault concerns files below it alone."""
        return run(command, folder, self._environment(folder, fault) if fault else {})

    def calls(self, command: list[str], folder: Path, calls: str = CHANGING) -> list[Call]:
        """The calls that a command makes, which must succeed."""
        log = folder.with_suffix(".calls")
        log.unlink(missing_ok=True)
        environment = self._environment(folder, Fault("count", 0, calls))
        outcome = run(command, folder, environment | {"FAULT_LOG": str(log)})
        assert outcome.code == 0, f"{' '.join(command)}\n{outcome.output}"
        lines = log.read_bytes().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        fields = [os.fsdecode(line).split("\t") for line in lines]
        return [Call(name, _whole(path, folder), _whole(source, folder) if source else None)
                for _, name, path, source in fields]

    def _environment(self, folder: Path, fault: Fault) -> dict[str, str]:
        environment = {
            "LD_PRELOAD": str(self.library), "FAULT_FOLDER": str(folder), "FAULT": fault.kind,
            "FAULT_AT": str(fault.place), "FAULT_CALLS": fault.calls,
            "FAULT_ERROR": str(fault.error)}
        return environment | ({"FAULT_STICKY": "1"} if fault.is_sticky else {})


# Swift's own backtrace would read files, too, and fail with the rest.
BARE = {"SWIFT_BACKTRACE": "enable=no"}


def _whole(path: str, folder: Path) -> str:
    """The path from the root: programs are run in the folder."""
    return os.path.normpath(folder / path)


def run(
    command: list[str], folder: Path, environment: dict[str, str] | None = None,
    seconds: float = 120
) -> Outcome:
    """Runs a command to its end; what lasts too long counts as killed by SIGALRM."""
    process = subprocess.Popen(
        command, cwd=folder, env=os.environ | BARE | (environment or {}), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        output, _ = process.communicate(timeout=seconds)
        code = process.returncode
    except subprocess.TimeoutExpired:
        process.kill()
        output, _ = process.communicate()
        code = -signal.SIGALRM
    return Outcome(code, output.decode(errors="replace"))
