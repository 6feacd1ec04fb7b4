"""What can lie in a case's folder beside ordinary files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from .case import Content, Maker
from .places import Places


def put(folder: Path, name: str, content: Content, places: Places) -> None:
    """Makes one of a case's files, and the folders above it."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        path.write_bytes(content.encode())
    elif isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content(path, places)


def folder(path: Path, _: Places) -> None:
    path.mkdir()


def pipe(path: Path, _: Places) -> None:
    """A pipe that nobody writes into, unless the case says so."""
    os.mkfifo(path)


def link(target: str) -> Maker:
    """A symbolic link, which may lead nowhere."""
    return lambda path, _: path.symlink_to(target)


def lazily(build: Callable[..., bytes], *arguments: object) -> Maker:
    """A file that is too large to be built before its case's turn."""

    def make(path: Path, _: Places) -> None:
        path.write_bytes(build(*arguments))

    return make


def sparse(start: bytes, size: int) -> Maker:
    """A file of `size` bytes that takes no space on the disk: zeros follow its start."""

    def make(path: Path, _: Places) -> None:
        path.write_bytes(start)
        os.truncate(path, size)

    return make


def copy(source: Path) -> Maker:
    """A copy of a file or folder of the repository, links as they are."""
    return lambda path, _: _copy(source, path)


def scenes(path: Path, places: Places) -> None:
    """The data set that all cases share."""
    path.symlink_to(places.scenes)


def bench(path: Path, places: Places) -> None:
    """A bench of two cases."""
    _copy(places.scenes / "bench", path)


def run(path: Path, places: Places) -> None:
    """A finished training of two steps."""
    _copy(places.run, path)


def study(path: Path, places: Places) -> None:
    """A study of two runs."""
    _copy(places.study, path)


def cut(keeping: int) -> Maker:
    """Takes the end of a file that is there already."""
    return lambda path, _: os.truncate(path, keeping)


def removed(path: Path, _: Places) -> None:
    """Takes away a file or folder that is there already."""
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def instead(content: Content) -> Maker:
    """Something in the place of a file or folder that is there already."""

    def make(path: Path, places: Places) -> None:
        removed(path, places)
        put(path.parent, path.name, content, places)

    return make


def locked(path: Path, _: Places) -> None:
    """A folder in which nobody may write."""
    path.mkdir()
    path.chmod(0o555)


def _copy(source: Path, path: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, path, symlinks=True)
    else:
        shutil.copyfile(source, path)
