"""Checks of the resources that this process may use: cores, memory, disk space and environment variables."""

from __future__ import annotations

import os
import shutil
import tempfile

import psutil

from gradrace.bench.machine import available, cgroup
from gradrace.bench.machine.activity import Activity
from gradrace.bench.machine.finding import Finding
from gradrace.bench.machine.system import System
from gradrace.bench.machine.variables import SPOILERS

ROOM_BYTES = 2 << 30
"""Bytes of memory or disk that a run needs: problems have up to 80 MB by default and 1 GB in the full grid.

Twelve processes hold the problem, one after the other.
"""

TELLING = (
    *dict.fromkeys(spoiler.variable for spoiler in SPOILERS),
    *("OMP_PROC_BIND", "OMP_PLACES", "GOMP_CPU_AFFINITY", "KMP_AFFINITY", "MALLOC_ARENA_MAX"),
    *("NUMBA_THREADING_LAYER", "PYTHONPROFILEIMPORTTIME"),
)
"""Variables that change which code runs, or where. Numbers of threads aren't included, because a race sets its own."""


def quota(system: System, activity: Activity) -> Finding | None:
    """Check whether a container's CPU quota is less than the number of cores that it shows."""
    paid, shown = cgroup.cpu_quota(system), len(available.cores_allowed())
    if paid is None:
        return Finding(f"{available.cores(system)}, without a quota")
    if paid >= shown and not activity.throttled:
        return Finding(f"{available.cores(system)}, quota {paid:g}")
    return Finding(
        f"{shown} shown, the quota pays for {paid:g}",
        "warning",
        "a process that has used its share is stopped for the rest of 100 ms: random samples take far longer",
        f"give the container whole cores (docker run --cpuset-cpus), or measure with --threads {max(1, int(paid))}",
    )


def memory(system: System, _: Activity) -> Finding | None:
    """Check whether there is enough free memory for problems of usual sizes."""
    left, limit = available.memory_bytes(system), cgroup.memory_limit_bytes(system)
    seen = f"{left / 1e9:.1f} GB free" + (f" of the container's {limit / 1e9:.1f}" if limit else "")
    if left >= ROOM_BYTES:
        return Finding(seen)
    return Finding(
        seen, "note", "cells that need more are skipped, with the figure", "end programs, or raise the limit"
    )


def swap(_: System, activity: Activity) -> Finding | None:
    """Check whether memory is being swapped."""
    used = psutil.swap_memory().used
    if activity.swapped_pages == 0:
        return Finding(f"{used / 1e9:.1f} GB used, none moving")
    return Finding(
        f"{activity.swapped_pages} pages moved within {activity.seconds:.0f} s",
        "warning",
        "pages are read back from disk during samples, at milliseconds per page",
        "end the programs that use the memory, or measure smaller --m and --nx",
    )


def room(_: System, __: Activity) -> Finding | None:
    """Check whether the temporary folder has enough space for problems."""
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    if free >= ROOM_BYTES:
        return Finding(f"{free / 1e9:.0f} GB free")
    return Finding(
        f"{free / 1e9:.1f} GB free",
        "note",
        "each problem is saved there for the workers: a problem that doesn't fit ends the run",
        "make room, or name another folder: TMPDIR=/somewhere gradrace run",
    )


def variables(_: System, __: Activity) -> Finding | None:
    """Check whether environment variables change what is measured."""
    found = [name for name in TELLING if os.environ.get(name)]
    if not found:
        return Finding("none that changes measurements")
    return Finding(
        ", ".join(f"{name}={os.environ[name][:20]}" for name in found),
        "note",
        "libraries run other code than usual, or on other cores",
        f"unset {' '.join(found)}",
    )
