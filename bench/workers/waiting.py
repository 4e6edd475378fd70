"""Time in which the threads of a process could run, but had no core, as other processes used them all."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil


def waits_ns(pid: int) -> dict[int, int]:
    """Return the nanoseconds that each thread of a process, and of its children, has waited for a core.

    It is empty where the system doesn't say (macOS).
    """
    found = dict[int, int]()
    with suppress(psutil.Error):
        for process in (pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))):
            for thread in Path("/proc", str(process), "task").glob("*"):
                with suppress(OSError):  # it has ended meanwhile
                    found[int(thread.name)] = int((thread / "schedstat").read_text().split()[1])
    return found


def waited_s(before: Mapping[int, int], now: Mapping[int, int]) -> float:
    """Return the seconds of the thread that waited longest between two results of `waits_ns`."""
    return max((ns - before.get(thread, 0) for thread, ns in now.items()), default=0) * 1e-9
