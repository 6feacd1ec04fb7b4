"""All cases, topic by topic."""

from __future__ import annotations

from . import command_lines, configurations, manifests, pictures, states, surroundings, tables, tokenizers, weights
from .case import Case

CASES: list[Case] = [case for topic in (configurations, pictures, weights, tokenizers, manifests, tables, states, surroundings, command_lines) for case in topic.CASES]
