"""Real file systems that are too small: what doesn't fit is said, and goes on where there is room."""

import shutil
import subprocess
from pathlib import Path

from campaign import Bed, Tally, say
from faults import FaultyMachine
from works import Work, leftovers


def disks(
    machine: FaultyMachine, works: list[Work], inputs: Path, folder: Path
) -> Tally:
    """Each work on disks of a few sizes; needs the right to mount one."""
    tally = Tally()
    place = folder / "disk"
    place.mkdir()
    for work in works:
        bed = Bed(machine, work, inputs, folder / "disks")
        expected = _result(bed, folder / "roomy")
        size = sum(file.stat().st_size for file in bed.folder.rglob("*") if file.is_file())
        for share in (0.2, 0.6, 0.9):
            if not _mount(place, int(size * share)):
                say("small disks: not tried, because nothing may be mounted here")
                return tally
            try:
                _try(bed, expected, tally, place, share)
            finally:
                subprocess.run(["umount", "--lazy", place], check=True)
    say(f"small disks: {tally.tried}")
    return tally


def _result(bed: Bed, roomy: Path) -> dict[str, str]:
    """What the work makes where there is room: beside the disk, as paths in results are relative."""
    folder = _begin(bed, roomy)
    bed.machine.run(bed.work.command, folder)
    found = bed.work.digest(folder)
    shutil.rmtree(folder)
    return found


def _begin(bed: Bed, disk: Path) -> Path:
    folder = disk / "work"
    folder.mkdir(parents=True)
    (folder / "inputs").symlink_to(bed.inputs)
    return folder


def _mount(place: Path, size: int) -> bool:
    pages = size // 4096 + 1
    return subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={pages * 4096}", "tmpfs", place],
        stderr=subprocess.DEVNULL).returncode == 0


def _try(
    bed: Bed, expected: dict[str, str], tally: Tally, disk: Path, share: float
) -> None:
    folder = _begin(bed, disk)
    outcome = bed.machine.run(bed.work.command, folder)
    tally.tried += 1
    what = f"{bed.work.name} on a disk of {share:.0%} of what it needs"
    if outcome.complaint:
        tally.find(f"{what}: {outcome.complaint}\n{outcome.output}")
    elif outcome.code == 0 and bed.work.digest(folder) != expected:
        tally.find(f"{what}: says nothing of what failed")
    elif outcome.code == 1 and "no space left on the disk" not in outcome.output:
        tally.find(f"{what}: does not say why\n{outcome.output}")
    elif "nothing was left half-written" in outcome.output and leftovers(folder):
        tally.find(f"{what}: claims to have left nothing, but there is {leftovers(folder)[0]}")
