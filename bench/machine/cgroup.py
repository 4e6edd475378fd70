"""CPU and memory limits of this process's control groups, as a container or a service sets them (Linux, v1 and v2).

Source: Linux kernel documentation, admin-guide/cgroup-v2 and admin-guide/cgroup-v1, scheduler/sched-bwc.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from gradrace.bench.machine.system import System

BEYOND = 1 << 60
"""Bytes from which on a limit means no limit: version 1 writes a larger number for it."""


def cpu_quota(system: System) -> float | None:
    """Return the number of CPUs that the quota allows, or None without a quota.

    The strictest quota of this group and those above counts.
    """
    quotas = [quota for group in _groups(system, "cpu") if (quota := _quota(system, group)) is not None]
    return min(quotas, default=None)


def throttled(system: System) -> int | None:
    """Return the number of periods in which a used-up quota stopped this group, or one above it.

    Return None if the system doesn't count them.
    """
    counts = [system.counts(f"{group}/cpu.stat").get("nr_throttled") for group in _groups(system, "cpu")]
    return max((count for count in counts if count is not None), default=None)


def memory_limit_bytes(system: System) -> int | None:
    """Return the memory in bytes that this group may use, or None without a limit.

    The strictest limit of this group and those above counts.
    """
    return min((limit for limit, _ in _memory(system)), default=None)


def memory_left_bytes(system: System) -> int | None:
    """Return the memory in bytes that is left within the limit; None without a limit.

    Inactive files in the page cache count as free, because the kernel evicts them.
    """
    return min((max(0, limit - used) for limit, used in _memory(system)), default=None)


def _quota(system: System, group: str) -> float | None:
    quota, _, period = (system.text(f"{group}/cpu.max") or "").partition(" ")
    if not quota:
        quota, period = (system.text(f"{group}/cpu.cfs_{part}_us") or "" for part in ("quota", "period"))
    return int(quota) / int(period) if quota.isdecimal() and period.isdecimal() and int(period) else None


def _memory(system: System) -> Iterator[tuple[int, int]]:
    """Yield (limit, used) in bytes of each group that has a limit."""
    for group in _groups(system, "memory"):
        for limit_file, used_file in (
            ("memory.max", "memory.current"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes"),
        ):
            limit = system.number(f"{group}/{limit_file}")
            if limit is not None and limit < BEYOND:
                statistics = system.counts(f"{group}/memory.stat")
                idle = statistics.get("total_inactive_file", statistics.get("inactive_file", 0))
                yield limit, (system.number(f"{group}/{used_file}") or 0) - idle


def _groups(system: System, controller: str) -> Iterator[str]:
    """Yield the folders of the control groups of this process: its own first, then those around it.

    In a container the path may be that of the host, and only the topmost folder may exist.
    """
    for line in (system.text("proc/self/cgroup") or "0::/").splitlines():
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if not controllers or controller in controllers.split(","):
            folder = f"sys/fs/cgroup/{controller}" if controllers else "sys/fs/cgroup"
            own = PurePosixPath("/" + path.strip("/"))
            yield from (f"{folder}{group}".rstrip("/") for group in (own, *own.parents))
