"""Ours and the peers' processes, in the settings that are tried."""

import itertools
import os
import sys
from dataclasses import replace
from pathlib import Path

from . import cache
from .contest import OURS
from .machine import allocator
from .worker import Contestant

THREADS = len(os.sched_getaffinity(0))


def environment(threads: int = THREADS) -> dict[str, str]:
    """Of every peer: its threads, its allocator, nothing from the network."""
    return {
        "OMP_NUM_THREADS": str(threads),
        "HF_HUB_OFFLINE": "1",
        "NO_ALBUMENTATIONS_UPDATE": "1",
        "TORCHINDUCTOR_CACHE_DIR": str(cache.CACHE / "inductor"),
        "TORCHINDUCTOR_FREEZING": "1",
        **allocator(),
    }


def ours(
    work: str, *arguments: object, threads: int = THREADS, name: str = OURS, family: str = OURS
) -> Contestant:
    command = [str(cache.BENCH), "work", work, *map(str, arguments), "--threads", str(threads)]
    return Contestant(name, command, family=family)


def peer(
    name: str, module: str, *arguments: object, family: str = "", quick: bool = True,
    threads: int = THREADS,
) -> Contestant:
    command = [sys.executable, "-m", f"peers.{module}", *map(str, arguments)]
    return Contestant(name, command, environment(threads), family or name, quick)


def settings(
    base: str, module: str, *arguments: object, flags: list[str], quick: set[str]
) -> list[Contestant]:
    """A peer in every combination of its flags; `quick` is the one tried when time is short."""
    made = []
    for count in range(len(flags) + 1):
        for some in itertools.combinations(flags, count):
            suffix = ", ".join(flag.lstrip("-") for flag in some) or "plain"
            made.append(
                peer(
                    f"{base} ({suffix})", module, *arguments, *some, family=base,
                    quick=set(some) == quick,
                )
            )
    return made


def networks(name: str, model: Path, inputs: Path, precision: str = "fp32") -> list[Contestant]:
    """PyTorch in its settings, then OpenVINO, for one call of a network."""
    given = ("--model", model, "--inputs", inputs, "--precision", precision)
    return settings(
        "PyTorch", "torch_network", name, *given, flags=["--channels-last", "--compile"],
        quick={"--channels-last"},
    ) + [openvino("openvino_network", name, *given)]


def openvino(module: str, *arguments: object) -> Contestant:
    """OpenVINO, which says itself in which precision and with which instructions it runs."""
    return peer("OpenVINO", module, *arguments, "--cache", cache.CACHE / "openvino")


def reference(first: Contestant) -> Contestant:
    """The first of some peers in fp32, to compare others with; it is not timed."""
    return replace(first, name=f"{first.name}, fp32", family="reference", quick=True)
