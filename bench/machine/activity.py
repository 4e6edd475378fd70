"""Activity of the machine during an interval: use of its cores by other processes, and lost CPU time."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import psutil

from gradrace.bench.machine import cgroup
from gradrace.bench.machine.system import System

SWAPPED = ("pswpin", "pswpout")


@dataclass(frozen=True, slots=True)
class Process:
    """Another process, and the average number of cores that it kept busy."""

    pid: int
    name: str
    command: tuple[str, ...]
    cores: float


@dataclass(frozen=True, slots=True)
class Counters:
    """Counters of the system at a moment.

    Attributes:
        at_s: monotonic time in seconds.
        ticks: ticks of /proc/stat by kind, empty if it can't be read.
        throttled: periods in which the container was throttled, None if unknown.
        overheated: thermal throttling events of all cores.
        swapped_pages: pages moved to or from swap.
    """

    at_s: float
    ticks: Mapping[str, int]
    throttled: int | None
    overheated: int
    swapped_pages: int


@dataclass(frozen=True, slots=True)
class Activity:
    """Activity of the machine between two moments.

    Attributes:
        seconds: time between the moments.
        busy: share of all cores' time that any process used, None if unknown.
        stolen: share that other guests of the same hardware took, None if unknown.
        throttled: periods in which the container was throttled, None if unknown.
        overheated: thermal throttling events of all cores.
        swapped_pages: pages moved to or from swap.
        others: other processes, the busiest first.
    """

    seconds: float
    busy: float | None = None
    stolen: float | None = None
    throttled: int | None = None
    overheated: int = 0
    swapped_pages: int = 0
    others: tuple[Process, ...] = field(default=())


def count(system: System) -> Counters:
    """Return the counters at this moment."""
    virtual = system.counts("proc/vmstat")
    heat = system.texts("sys/devices/system/cpu/cpu*/thermal_throttle/core_throttle_count")
    return Counters(
        at_s=time.monotonic(),
        ticks=_ticks(system),
        throttled=cgroup.throttled(system),
        overheated=sum(int(text) for text in heat if text.isdecimal()),
        swapped_pages=sum(virtual.get(name, 0) for name in SWAPPED),
    )


def between(before: Counters, after: Counters, others: tuple[Process, ...] = ()) -> Activity:
    """Return the machine's activity between two counts."""
    spent = {kind: max(0, after.ticks[kind] - before.ticks.get(kind, 0)) for kind in after.ticks}
    total = sum(spent.values())  # counters can decrease: a machine migrates, or a core goes offline
    throttled = None if before.throttled is None or after.throttled is None else after.throttled - before.throttled
    return Activity(
        seconds=after.at_s - before.at_s,
        busy=1 - (spent["idle"] + spent["iowait"] + spent["steal"]) / total if total > 0 else None,
        stolen=spent["steal"] / total if total > 0 else None,
        throttled=None if throttled is None else max(0, throttled),
        overheated=max(0, after.overheated - before.overheated),
        swapped_pages=max(0, after.swapped_pages - before.swapped_pages),
        others=others,
    )


def watch(system: System, seconds: float) -> Activity:
    """Sleep for `seconds`, then return the activity of the machine meanwhile.

    The other processes that were busy are included, the busiest first.
    """
    started = {process: _cpu_s(process) for process in psutil.process_iter() if process.pid != os.getpid()}
    before = count(system)
    time.sleep(seconds)
    after = count(system)
    elapsed_s = after.at_s - before.at_s
    used = [(process, (_cpu_s(process) - cpu_s) / elapsed_s) for process, cpu_s in started.items()]
    busiest = sorted((entry for entry in used if entry[1] > 0), key=lambda entry: -entry[1])
    return between(before, after, tuple(_process(process, cores) for process, cores in busiest))


def _ticks(system: System) -> dict[str, int]:
    """Return the ticks of /proc/stat by kind; user time includes guest time. Source: proc(5), /proc/stat."""
    kinds = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
    line = (system.text("proc/stat") or "").partition("\n")[0].split()
    return dict(zip(kinds, map(int, line[1:]), strict=False)) if len(line) > len(kinds) else {}


def _cpu_s(process: psutil.Process) -> float:
    """Return the CPU seconds of a process so far, or 0 if it has ended or can't be inspected."""
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)


def _process(process: psutil.Process, cores: float) -> Process:
    try:
        return Process(process.pid, process.name(), tuple(process.cmdline()), cores)
    except psutil.Error:
        return Process(process.pid, "(gone)", (), cores)
