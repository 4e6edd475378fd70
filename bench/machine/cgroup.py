"""What a container, or a service, allows: CPU and memory of this process's control groups (Linux, versions 1 and 2).

Source: Linux kernel documentation, admin-guide/cgroup-v2 and admin-guide/cgroup-v1, scheduler/sched-bwc.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from gradrace.bench.machine.system import HERE, System

BEYOND = 1 << 60
"""Bytes: version 1 writes a limit that is none as a number above."""


def cpu_quota(system: System = HERE) -> float | None:
    """CPUs that the quota pays for, of this group or the strictest above it; None without one."""
    quotas = [quota for group in _groups(system, "cpu") if (quota := _quota(system, group)) is not None]
    return min(quotas, default=None)


def throttled(system: System = HERE) -> int | None:
    """How many periods this group, or one above it, was stopped in as its quota was used up; None if nobody counts."""
    counts = [system.counts(f"{group}/cpu.stat").get("nr_throttled") for group in _groups(system, "cpu")]
    return max((count for count in counts if count is not None), default=None)


def memory_limit_bytes(system: System = HERE) -> int | None:
    """The memory that this group may use, or the strictest above it; None without a limit."""
    return min((limit for limit, _ in _memory(system)), default=None)


def memory_left_bytes(system: System = HERE) -> int | None:
    """What is left of it: files in the page cache that nobody uses make room. None without a limit."""
    return min((max(0, limit - used) for limit, used in _memory(system)), default=None)


def _quota(system: System, group: str) -> float | None:
    quota, _, period = (system.text(f"{group}/cpu.max") or "").partition(" ")
    if not quota:
        quota, period = (system.text(f"{group}/cpu.cfs_{part}_us") or "" for part in ("quota", "period"))
    return int(quota) / int(period) if quota.isdecimal() and period.isdecimal() and int(period) else None


def _memory(system: System) -> Iterator[tuple[int, int]]:
    """(limit, used) of each group that has a limit."""
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
    """Folders of the groups that this process is in, its own first, then those around it.

    In a container the path may be the host's, and only the topmost folder be there.
    """
    for line in (system.text("proc/self/cgroup") or "0::/").splitlines():
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if not controllers or controller in controllers.split(","):
            folder = f"sys/fs/cgroup/{controller}" if controllers else "sys/fs/cgroup"
            own = PurePosixPath("/" + path.strip("/"))
            yield from (f"{folder}{group}".rstrip("/") for group in (own, *own.parents))
