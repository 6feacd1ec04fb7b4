"""Where things are, and what is made once and kept: models, inputs, pictures, tables."""

import json
import os
import subprocess
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parents[1]
CACHE = BENCHMARKS / ".cache"
BENCH = BENCHMARKS.parent / ".build" / "release" / "pbe-bench"


def path(*parts: str) -> Path:
    """A file in the cache; its folder exists."""
    file = CACHE.joinpath(*parts)
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def model(size: str) -> Path:
    """A model folder of random weights: full, small, tiny or tiny-decoder. PBE_BENCH_MODEL names the full one."""
    given = os.environ.get("PBE_BENCH_MODEL")
    if size == "full" and given:
        return Path(given).resolve()
    folder = path("models", size)
    if not folder.exists():
        print(f"Making random weights: {folder}", flush=True)
        beside = path("models", f"{size}.new")
        subprocess.run([BENCH, "model", "--size", size, "--output", beside], check=True)
        beside.rename(folder)
    return folder


def sizes(model: Path, component: str) -> dict:
    """A component's configuration."""
    return json.loads((model / component / "config.json").read_text())
