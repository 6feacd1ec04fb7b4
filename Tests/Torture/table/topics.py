"""All cases, topic by topic."""

from __future__ import annotations

from . import (
    adapters,
    command_lines,
    configurations,
    evaluations,
    imports,
    manifests,
    pictures,
    states,
    surroundings,
    tables,
    tokenizers,
    weights,
)
from .case import Case

TOPICS = (
    configurations,
    pictures,
    weights,
    adapters,
    tokenizers,
    manifests,
    tables,
    imports,
    evaluations,
    states,
    surroundings,
    command_lines,
)
CASES: list[Case] = [case for topic in TOPICS for case in topic.CASES]
