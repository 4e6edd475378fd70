"""Description of the machine and its software, recorded with every result."""

from __future__ import annotations

import platform
from contextlib import chdir, suppress
from importlib import metadata
from typing import Any

import psutil
from msgspec.structs import asdict
from pytest_benchmark.plugin import pytest_benchmark_generate_machine_info
from pytest_benchmark.utils import get_commit_info
from threadpoolctl import threadpool_info

from gradrace.bench.machine import available
from gradrace.bench.machine.gpu import NoGpu, gpu
from gradrace.bench.machine.system import HERE
from gradrace.bench.paths import ROOT

LIBRARIES = (
    *("numpy", "scipy", "numba", "llvmlite", "scikit-learn", "jax", "jaxlib", "torch", "triton", "cupy-cuda13x"),
    "dask",
)
CPU = "sys/devices/system/cpu/cpu0"


def machine_info() -> dict[str, Any]:
    """Return pytest-benchmark's machine_info, with the facts of this project under "gradrace"."""
    return {**pytest_benchmark_generate_machine_info(), "gradrace": facts()}


def commit_info() -> dict[str, Any]:
    """Return pytest-benchmark's commit_info of the project: revision, branch, uncommitted changes.

    It doesn't depend on the current folder. Without the project's repository git isn't called, because it would
    describe any repository around the installation.
    """
    if not (ROOT / ".git").exists():
        return {"id": "unversioned", "time": None, "dirty": False, "branch": "(unknown)"}
    with chdir(ROOT):
        info: dict[str, Any] = get_commit_info()
    return info


def facts() -> dict[str, Any]:
    """Return what the figures depend on: cores, caches, governor, load, memory, platform, libraries, BLAS and GPU."""
    return {
        "cores_allowed": available.cores(),
        "cores_physical": psutil.cpu_count(logical=False),
        "caches_bytes": caches_bytes(),
        "governor": HERE.text(f"{CPU}/cpufreq/scaling_governor"),
        "load_1min": round(psutil.getloadavg()[0], 2),
        "memory_bytes": psutil.virtual_memory().total,
        "platform": platform.platform(),
        "libraries": versions(),
        "blas": blas(),
        "gpu": the_gpu(),
    }


def the_gpu() -> dict[str, Any] | None:
    """Return the NVIDIA GPU, or None if there is none."""
    try:
        return asdict(gpu())
    except NoGpu:
        return None


def versions() -> dict[str, str]:
    """Return the versions of the installed libraries that implementations compute with."""
    found = {}
    for library in LIBRARIES:
        with suppress(metadata.PackageNotFoundError):
            found[library] = metadata.version(library)
    return found


def blas() -> str | None:
    """Return the name, version and architecture of the BLAS that NumPy loaded, or None."""
    for pool in threadpool_info():
        if pool["user_api"] == "blas":
            return f"{pool['internal_api']} {pool['version']} ({pool.get('architecture', 'unknown architecture')})"
    return None


def caches_bytes() -> dict[str, int]:
    """Return the sizes in bytes of the first core's data caches, by level; empty if they are unknown."""
    sizes = {}
    for index in sorted(HERE.root.glob(f"{CPU}/cache/index*")):
        kind, level, size = (HERE.text(f"{index}/{name}") or "" for name in ("type", "level", "size"))
        if kind != "Instruction" and size.endswith("K"):
            sizes[f"L{level}"] = int(size[:-1]) * 1024
    return sizes
