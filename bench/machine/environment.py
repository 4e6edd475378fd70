"""What machine this is, and what runs on it: recorded with every result."""

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
    """pytest-benchmark's own machine_info, with our facts under "gradrace"."""
    return {**pytest_benchmark_generate_machine_info(), "gradrace": facts()}


def commit_info() -> dict[str, Any]:
    """pytest-benchmark's commit_info of the project, wherever it is run from: revision, branch, uncommitted changes.

    Installed without its repository, it asks nobody: git would answer for whatever repository stands around it.
    """
    if not (ROOT / ".git").exists():
        return {"id": "unversioned", "time": None, "dirty": False, "branch": "(unknown)"}
    with chdir(ROOT):
        info: dict[str, Any] = get_commit_info()
    return info


def facts() -> dict[str, Any]:
    """What the figures depend on: cores, caches, governor, load, memory, libraries, BLAS."""
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
    """The NVIDIA GPU, if there is one."""
    try:
        return asdict(gpu())
    except NoGpu:
        return None


def versions() -> dict[str, str]:
    """The versions of the libraries that implementations compute with, those that are installed."""
    found = {}
    for library in LIBRARIES:
        with suppress(metadata.PackageNotFoundError):
            found[library] = metadata.version(library)
    return found


def blas() -> str | None:
    """The BLAS that NumPy loaded, and its version."""
    for pool in threadpool_info():
        if pool["user_api"] == "blas":
            return f"{pool['internal_api']} {pool['version']} ({pool.get('architecture', 'unknown architecture')})"
    return None


def caches_bytes() -> dict[str, int]:
    """The sizes of the first core's data caches, by level; empty where the system doesn't tell."""
    sizes = {}
    for index in sorted(HERE.root.glob(f"{CPU}/cache/index*")):
        kind, level, size = (HERE.text(f"{index}/{name}") or "" for name in ("type", "level", "size"))
        if kind != "Instruction" and size.endswith("K"):
            sizes[f"L{level}"] = int(size[:-1]) * 1024
    return sizes
