"""What a case of the table is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .places import Places

# What lies in a case's folder under a name: the text or the bytes of a file, or what makes
# something else there.
Maker = Callable[[Path, Places], None]
Content = str | bytes | Maker

FINE, BAD_DATA, USAGE = 0, 1, 2

GIBIBYTE = 1 << 30


@dataclass(frozen=True)
class Limits:
    """What a program may take before the table ends it, or before the system refuses it more."""

    seconds: float = 20
    # Of address space, which is more than a program holds.
    memory: int = 6 * GIBIBYTE
    # Bytes of a file that is written, as `ulimit -f` sets it.
    file_size: int | None = None
    # Descriptors at once, as `ulimit -n` sets it.
    open_files: int | None = None


@dataclass(frozen=True)
class Streams:
    """The standard files that a program begins with, where they are not what they usually are."""

    # What can be read from standard input; nothing by default.
    given: bytes = b""
    # Numbers of those that are closed before the program starts.
    closed: tuple[int, ...] = ()
    # A file that takes standard output.
    output: str | None = None


@dataclass(frozen=True)
class Case:
    """A command line, the files that it meets, and how it must end.

    The program runs in a new folder of the case's own, into which `files` are put first, in order.
    """

    # `topic.what-it-is`, by which `--only` finds it.
    name: str
    # What is hostile or odd about it, for the documentation.
    what: str
    program: str
    arguments: tuple[str, ...]
    code: int
    # Fragments that what is printed must hold, all of them.
    messages: tuple[str, ...] = ()
    files: Mapping[str, Content] = field(default_factory=dict)
    # How many messages begin with `error: `; None for one where the case fails. Each failed job
    # of a manifest has one, and all together have one more.
    errors: int | None = None
    # Patterns of what may lie in the folder afterwards or be changed there, beside the files as
    # they were.
    leaves: tuple[str, ...] = ()
    # Bytes that a second program writes into a pipe which is one of the files.
    written: Mapping[str, bytes] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = Limits()
    streams: Streams = Streams()
    # Root may do everything: then the program runs as nobody.
    unprivileged: bool = False
    # Whether standard output is for other programs, and may hold any byte of a path.
    raw_output: bool = False

    @property
    def topic(self) -> str:
        return self.name.split(".")[0]
