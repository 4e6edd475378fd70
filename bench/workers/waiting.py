"""Time in which the threads of a process could run, but had no core, as other processes used them all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic_ns
from typing import NamedTuple

import psutil


class Schedule(NamedTuple):
    """Times of the threads of a process and of its children, as the system counts them up to a moment.

    at_ns: monotonic nanoseconds. cores: number of cores that the process may use.
    ran_ns and waited_ns: nanoseconds that each thread has run, and has waited for a core.
    """

    at_ns: int
    cores: int
    ran_ns: Mapping[int, int]
    waited_ns: Mapping[int, int]


def schedule(pid: int) -> Schedule:
    """Return what the system tells of the threads of a process; nothing where it doesn't (macOS)."""
    found = dict[int, list[int]]()
    with suppress(psutil.Error):
        for process in (pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))):
            for thread in Path("/proc", str(process), "task").glob("*"):
                with suppress(OSError):  # it has ended meanwhile
                    found[int(thread.name)] = [*map(int, (thread / "schedstat").read_text().split())]
    ran_ns, waited_ns = ({thread: times[place] for thread, times in found.items()} for place in (0, 1))
    return Schedule(monotonic_ns(), _allowed(pid), ran_ns, waited_ns)


def waited_s(before: Schedule, now: Schedule) -> float:
    """Return the seconds that the thread which waited longest has waited because of other processes.

    The share of the cores' time that the process itself used is subtracted: of many threads that hang busily, one
    always waits, for the others.
    """
    longest_ns = max((ns - before.waited_ns.get(thread, 0) for thread, ns in now.waited_ns.items()), default=0)
    ran_ns = sum(ns - before.ran_ns.get(thread, 0) for thread, ns in now.ran_ns.items())
    return longest_ns * 1e-9 * max(0.0, 1 - ran_ns / max(1, now.cores * (now.at_ns - before.at_ns)))


def _allowed(pid: int) -> int:
    with suppress(AttributeError, OSError):
        return len(os.sched_getaffinity(pid))
    return os.cpu_count() or 1
