"""What the machine is and what it can do at most."""

import json
import os
import subprocess
from pathlib import Path

from . import cache

# Of all flags those that decide how fast this can be.
FLAGS = (
    "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni",
    "avx512_bf16", "avx512_fp16", "amx_tile", "amx_bf16", "amx_int8",
)


def machine() -> dict:
    about = cpu_info()
    measured = json.loads(subprocess.check_output([cache.BENCH, "machine"]))
    present = set(about.get("flags", "").split())
    return {
        "cpu": f"{about.get('model name', 'unknown')} (family {about.get('cpu family', '?')}, "
        f"model {about.get('model', '?')})",
        "flags": [flag for flag in FLAGS if flag in present],
        "cores": len(os.sched_getaffinity(0)),
        "sgemm_gflops": measured["sgemm_gflops"],
        "fma_gflops": measured["fma_gflops"],
        "memory_gbs": measured["memory_gbs"],
    }


def cpu_info() -> dict[str, str]:
    """The first processor's entry in /proc/cpuinfo."""
    entry: dict[str, str] = {}
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if not line.strip():
            break
        key, _, value = line.partition(":")
        entry[key.strip()] = value.strip()
    return entry


def has(flag: str) -> bool:
    return flag in cpu_info().get("flags", "").split()


def allocator() -> dict[str, str]:
    """The environment of a peer's memory allocator: jemalloc or tcmalloc where the system has one,
    else glibc's told to keep what it has."""
    folders = (Path("/usr/lib/x86_64-linux-gnu"), Path("/usr/lib64"), Path("/usr/lib"))
    for name in ("libjemalloc.so.2", "libtcmalloc_minimal.so.4", "libtcmalloc.so.4"):
        for folder in folders:
            if (folder / name).exists():
                return {
                    "LD_PRELOAD": str(folder / name),
                    "MALLOC_CONF": "oversize_threshold:1,background_thread:true,"
                    "metadata_thp:auto,dirty_decay_ms:-1,muzzy_decay_ms:-1",
                }
    return {
        "MALLOC_MMAP_THRESHOLD_": str(4 << 30),
        "MALLOC_TRIM_THRESHOLD_": str(64 << 30),
        "MALLOC_TOP_PAD_": str(64 << 20),
    }
