"""Cores and memory available to this process, within all limits."""

from __future__ import annotations

import math
import os

import psutil

from gradrace.bench.machine import cgroup
from gradrace.bench.machine.system import HERE, System


def cores(system: System = HERE) -> int:
    """Return the number of cores that this process may run on, at most its container's CPU quota (rounded up)."""
    shown, quota = len(cores_allowed()), cgroup.cpu_quota(system)
    return shown if quota is None else max(1, min(shown, math.ceil(quota)))


def cores_allowed() -> set[int]:
    """Return the numbers of the cores that this process may run on, as the system numbers them."""
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else {*range(os.cpu_count() or 1)}


def nearest_cores(threads: int, system: System = HERE) -> set[int]:
    """Return up to `threads` of the allowed cores: one of each physical core first, of as few memory nodes as possible.

    Two threads of one physical core share its units, its caches and its requests to the memory.
    """
    allowed = cores_allowed()
    nodes = {
        core: number
        for number, text in enumerate(system.texts("sys/devices/system/node/node[0-9]*/cpulist"))
        for core in listed(text)
    }

    def place(core: int) -> tuple[int, int, int]:
        same = listed(system.text(f"sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list") or "")
        return sum(other < core for other in same & allowed), nodes.get(core, 0), core

    return {*sorted(allowed, key=place)[:threads]}


def listed(text: str) -> set[int]:
    """Parse a list of cores as the kernel writes it, such as 0-3,8."""
    ends = (part.partition("-") for part in text.split(",") if part)
    return {core for first, _, last in ends for core in range(int(first), int(last or first) + 1)}


def memory_bytes(system: System = HERE) -> int:
    """Return the free memory in bytes, within the limits of the container and of `ulimit -v`."""
    limits = [int(psutil.virtual_memory().available), cgroup.memory_left_bytes(system), _address_space_left_bytes()]
    return min(limit for limit in limits if limit is not None)


def _address_space_left_bytes() -> int | None:
    """Return the bytes that `ulimit -v` leaves of this process's address space. Return None without such a limit."""
    try:
        import resource
    except ModuleNotFoundError:
        return None
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return None
    return max(0, limit - int(psutil.Process().memory_info().vms))
