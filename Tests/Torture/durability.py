"""The order of writes, flushes and renames, which a power failure would show: a kill does not."""

import os
from pathlib import Path

from campaign import Bed, Tally, say
from faults import Call, FaultyMachine
from works import Work


class Disk:
    """What of a program's calls would be on the disk if the power failed now."""

    def __init__(self) -> None:
        # Files and folders that were changed since they were last flushed.
        self.dirty: set[str] = set()
        self.problems: list[str] = []

    def take(self, call: Call) -> None:
        match call.name:
            case "open" | "write" | "pwrite" | "ftruncate" | "truncate":
                self.dirty.add(call.path)
            case "mkdir" | "link" | "symlink":
                self.dirty.add(os.path.dirname(call.path))
            case "fsync":
                self.dirty.discard(call.path)
            case "sync":
                self.dirty.clear()
            case "unlink" | "rmdir":
                self.dirty = {path for path in self.dirty if not _is_below(path, call.path)}
            case "rename":
                self._rename(call.source or "", call.path)

    def _rename(self, source: str, target: str) -> None:
        """What gets its name must be on the disk, and so must all that is in it."""
        if not _is_removal(target) and not _is_in_the_making(target):
            unsafe = sorted(path for path in self.dirty if _is_below(path, source))
            if unsafe:
                self.problems.append(f"{_name(target)} gets its name before {_name(unsafe[0])} is flushed")
        self.dirty = {
            target + path[len(source):] if _is_below(path, source) else path
            for path in self.dirty}
        if not _is_removal(target):
            self.dirty.add(os.path.dirname(target))

    def end(self, renamed: set[str]) -> None:
        """Folders whose names were changed by a rename must be flushed, too."""
        for folder in sorted(self.dirty & renamed):
            self.problems.append(f"the names in {_name(folder)} are never flushed")


def durability(
    machine: FaultyMachine, works: list[Work], inputs: Path, folder: Path
) -> Tally:
    tally = Tally()
    for work in works:
        if work.is_flushed_at_its_end:
            continue
        bed = Bed(machine, work, inputs, folder / "durability")
        bed.fresh()
        disk = Disk()
        calls = machine.calls(work.command, bed.folder)
        for call in calls:
            disk.take(call)
        targets = {call.path for call in calls if call.name == "rename"}
        disk.end({os.path.dirname(path) for path in targets if not _is_removal(path)})
        tally.tried += 1
        for problem in disk.problems[:5]:
            tally.find(f"{work.name}: {problem}")
    say(f"order of flushes: {tally.tried} works")
    return tally


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + "/")


def _is_removal(path: str) -> bool:
    """Whether a rename takes a name away: what lies there is about to be removed."""
    return os.path.basename(path).startswith(".pbe-")


def _is_in_the_making(path: str) -> bool:
    """Whether it lies in a folder that has not got its own name yet, which is when it counts."""
    return any(part.endswith(".partial") for part in path.split("/")[:-1])


def _name(path: str) -> str:
    return "/".join(path.split("/")[-3:])
