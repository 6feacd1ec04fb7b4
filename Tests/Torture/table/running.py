"""Runs a case and keeps what it did."""

from __future__ import annotations

import os
import resource
import signal
import stat
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

from .case import Case
from .contents import put
from .places import Places

NOBODY = 65534


@dataclass(frozen=True)
class Outcome:
    """What is left of a case when its program has ended."""

    # Negative: the signal that ended it. None: it was still running when its time was over.
    code: int | None
    output: bytes
    errors: bytes
    # Files that were changed, removed or made, relative to the case's folder.
    changes: tuple[str, ...]
    seconds: float


def run(case: Case, places: Places) -> Outcome:
    """Runs a case in a new folder, which is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="case-", dir=places.workshop))
    try:
        for name, content in case.files.items():
            put(folder, name, content, places)
        drops_rights = case.unprivileged and os.geteuid() == 0
        if drops_rights:
            os.chown(folder, NOBODY, NOBODY)
        before = _inventory(folder)
        start = time.monotonic()
        with Writers(folder, case.written):
            code, output, errors = _execute(case, folder, places, drops_rights)
        seconds = time.monotonic() - start
        return Outcome(code, output, errors, _changes(before, _inventory(folder)), seconds)
    finally:
        rmtree(os.fsencode(folder), ignore_errors=True)


def _execute(
    case: Case, folder: Path, places: Places, drops_rights: bool
) -> tuple[int | None, bytes, bytes]:
    standard_output = open(case.streams.output, "wb") if case.streams.output else subprocess.PIPE
    identity = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if drops_rights else {}
    process = subprocess.Popen(
        [places.program(case.program), *case.arguments],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=standard_output,
        stderr=subprocess.PIPE,
        env={**os.environ, **case.environment},
        start_new_session=True,
        preexec_fn=lambda: _prepare(case),
        **identity,
    )
    try:
        output, errors = process.communicate(case.streams.given, timeout=case.limits.seconds)
        return process.returncode, output or b"", errors
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, errors = process.communicate()
        return None, output or b"", errors
    finally:
        if case.streams.output:
            standard_output.close()


def _prepare(case: Case) -> None:
    """Sets limits and closes files, in the new process."""
    limits = case.limits
    for kind, value in [
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_NOFILE, limits.open_files),
    ]:
        if value is not None:
            resource.setrlimit(kind, (value, value))
    for descriptor in case.streams.closed:
        os.close(descriptor)


class Writers:
    """Second programs, each of which writes into a pipe once somebody reads it."""

    def __init__(self, folder: Path, written: dict[str, bytes]) -> None:
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._write, args=(folder / name, content))
            for name, content in written.items()
        ]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _write(self, path: Path, content: bytes) -> None:
        # Opening a pipe that nobody reads would wait for ever, or fail: it is tried again.
        while not self._over.is_set():
            try:
                descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                time.sleep(0.01)
                continue
            os.set_blocking(descriptor, True)
            with os.fdopen(descriptor, "wb") as file:
                try:
                    file.write(content)
                except BrokenPipeError:
                    pass
            return


def _inventory(folder: Path) -> dict[str, tuple[object, ...]]:
    """What can be seen of all files in a folder without reading them.

    An empty folder is nothing half-written: an output's is made before the work begins, to see that
    it can be. Only a hidden one would be something that was left.
    """
    found = {}
    for place, folders, files in os.walk(folder):
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]
        hidden = [name for name in folders if name.startswith(".")]
        for name in {*files, *links, *hidden}:
            path = os.path.join(place, name)
            found[os.path.relpath(path, folder)] = _signature(path)
    return found


def _signature(path: str) -> tuple[object, ...]:
    status = os.lstat(path)
    if stat.S_ISLNK(status.st_mode):
        return (status.st_mode, os.readlink(path))
    if stat.S_ISREG(status.st_mode):
        return (status.st_mode, status.st_size, status.st_mtime_ns)
    return (status.st_mode,)


def _changes(
    before: dict[str, tuple[object, ...]], after: dict[str, tuple[object, ...]]
) -> tuple[str, ...]:
    names = before.keys() | after.keys()
    return tuple(sorted(name for name in names if before.get(name) != after.get(name)))
