"""What must hold of every case, and what a case says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from .case import FINE, Case
from .running import Outcome

# What a runtime prints when a program breaks instead of refusing its input.
BREAKDOWNS = (
    "Fatal error",
    "Illegal instruction",
    "Segmentation fault",
    "Stack dump",
    "Backtrace",
    "stack smashing",
    "*** ",
    "terminate called",
    "Swift/",
)

# Words of a library, which are none of the user's.
JARGON = (
    "Error Domain",
    "couldn’t be completed",
    "Optional(",
    "NSError",
    "Dictionary<",
    "NSCocoa",
    "blockOutChannels",
    "yaml_set_",
    "scanline 4294967295",
)

# Control characters apart from the line end and the tab, and what turns the direction of writing or
# breaks a line unseen.
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")

# Nobody reads more than this at once.
LONGEST_MESSAGE = 32 << 10


def faults(case: Case, outcome: Outcome) -> list[str]:
    """All that is wrong with how a case ended, a sentence each."""
    errors = outcome.errors.decode(errors="backslashreplace")
    output = outcome.output.decode(errors="backslashreplace")
    return [
        *_ending(case, outcome),
        *_words(case, output + errors),
        *_form(case, errors),
        *_characters(case, output, errors),
        *_leftovers(case, outcome),
    ]


def _ending(case: Case, outcome: Outcome) -> Iterator[str]:
    if outcome.code is None:
        yield f"still running after {case.limits.seconds:g} s"
    elif outcome.code < 0:
        yield f"ended by signal {-outcome.code}, expected exit code {case.code}"
    elif outcome.code != case.code:
        yield f"exit code {outcome.code}, expected {case.code}"


def _words(case: Case, printed: str) -> Iterator[str]:
    for fragment in case.messages:
        if fragment not in printed:
            yield f"the message lacks {fragment!r}"
    for word in BREAKDOWNS:
        if word in printed:
            yield f"prints {word!r}"
    for word in JARGON:
        if word in printed:
            yield f"says {word!r}, which tells a user nothing"


def _form(case: Case, errors: str) -> Iterator[str]:
    if 2 in case.streams.closed:
        return
    count = sum(line.startswith("error: ") for line in errors.splitlines())
    expected = int(case.code != FINE) if case.errors is None else case.errors
    if count != expected:
        yield f"{count} messages begin with 'error: ', expected {expected}"
    if len(errors) > LONGEST_MESSAGE:
        yield f"prints {len(errors)} characters of errors, which nobody reads"


def _characters(case: Case, output: str, errors: str) -> Iterator[str]:
    printed = errors if case.raw_output else output + errors
    found = sorted({f"U+{ord(character):04X}" for character in UNPRINTABLE.findall(printed)})
    if found:
        yield f"prints {', '.join(found)}, which a terminal obeys"


def _leftovers(case: Case, outcome: Outcome) -> Iterator[str]:
    for name in outcome.changes:
        is_allowed = any(fnmatchcase(name, pattern) for pattern in case.leaves)
        if not is_allowed or _is_hidden(name):
            yield f"leaves or changes {name!r}"


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))
