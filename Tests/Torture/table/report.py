"""The table as people read it."""

from __future__ import annotations

import shlex

from .case import Case
from .checks import UNPRINTABLE
from .places import REPOSITORY
from .running import Outcome

# A command or a message that is longer is shown by its beginning.
LONGEST_TEXT = 400


def command(case: Case) -> str:
    """The command line as one would type it in the repository's root."""
    words = [case.program, *(_shortened(argument, 120) for argument in case.arguments)]
    return shown(" ".join(map(shlex.quote, words)))


def shown(text: str) -> str:
    """A text in which the repository is nearby and nothing moves a cursor."""
    near = text.replace(f"{REPOSITORY}/", "")
    safe = near.encode(errors="backslashreplace").decode()
    return UNPRINTABLE.sub(lambda found: repr(found.group())[1:-1], safe)


def failure(case: Case, outcome: Outcome, faults: list[str]) -> str:
    """What a failed case was expected to do, and what it did."""
    found = f"exit code {outcome.code} after {outcome.seconds:.1f} s"
    expected = ", ".join(map(repr, case.messages)) or "no particular message"
    return "\n".join(
        [
            f"{case.name}: {case.what}",
            f"  command   {command(case)}",
            f"  expected  exit code {case.code}, {expected}",
            f"  found     {found}: {_shortened(_printed(outcome), LONGEST_TEXT)}",
            *(f"  - {shown(fault)}" for fault in faults),
        ]
    )


def markdown(rows: list[tuple[Case, Outcome]]) -> str:
    """The table for the documentation: each case, how it ends and what it says."""
    lines = ["| Case | What it is | Exit code | Message |", "|---|---|---|---|"]
    for case, outcome in rows:
        message = _shortened(_message(outcome), LONGEST_TEXT)
        cells = (f"`{case.name}`", case.what, str(outcome.code), message)
        lines.append("| " + " | ".join(map(_cell, cells)) + " |")
    return "\n".join(lines) + "\n"


def _printed(outcome: Outcome) -> str:
    text = (outcome.errors + outcome.output).decode(errors="backslashreplace")
    return shown(text).strip()


def _message(outcome: Outcome) -> str:
    """The error, or nothing where there is none."""
    _, found, message = _printed(outcome).partition("error: ")
    return message if found else ""


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", "<br>")


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[:length] + "…"
