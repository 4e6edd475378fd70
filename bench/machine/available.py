"""Cores and memory available to this process, within all limits."""

from __future__ import annotations

import math
import os
from collections import Counter
from functools import cache

import psutil

from gradrace.bench.machine import cgroup
from gradrace.bench.machine.system import HERE, System


def cores(system: System = HERE) -> int:
    """Return the number of cores that this process may run on, at most its container's CPU quota (rounded up)."""
    shown, quota = len(cores_allowed()), cgroup.cpu_quota(system)
    return shown if quota is None else max(1, min(shown, math.ceil(quota)))


def load() -> float:
    """Return the load average of the last minute for each core of the machine: 1 if all are busy."""
    return os.getloadavg()[0] / (os.cpu_count() or 1)


def cores_allowed() -> set[int]:
    """Return the numbers of the cores that this process may run on, as the system numbers them."""
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else {*range(os.cpu_count() or 1)}


def nearest_cores(threads: int, system: System = HERE) -> set[int]:
    """Return up to `threads` of the allowed cores: one of each physical core first, of as few memory nodes as possible.

    Two threads of one physical core share its units, its caches and its requests to the memory. Within a node, faster
    cores come first.
    """
    return {*_by_nearness(frozenset(cores_allowed()), system)[:threads]}


@cache
def _by_nearness(allowed: frozenset[int], system: System) -> list[int]:
    """Return the allowed cores in the order in which they are taken.

    Reading the system's files takes 0.07 ms for each core, and the gate needs the cores four times a round.
    """
    nodes = dict.fromkeys(allowed, 0) | {
        core: number
        for number, text in enumerate(system.texts("sys/devices/system/node/node[0-9]*/cpulist"))
        for core in listed(text)
    }
    files = {core: f"sys/devices/system/cpu/cpu{core}" for core in allowed}
    siblings = {
        core: listed(system.text(f"{file}/topology/thread_siblings_list") or "") for core, file in files.items()
    }
    rank = {core: sum(other < core for other in siblings[core] & allowed) for core in allowed}
    sizes = Counter(nodes[core] for core in allowed if rank[core] == 0)

    def place(core: int) -> tuple[int, ...]:
        capacity = system.number(f"{files[core]}/cpu_capacity") or 0
        return rank[core], -sizes[nodes[core]], nodes[core], -capacity, core

    return sorted(allowed, key=place)


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
