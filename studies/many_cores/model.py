"""Time of a gradient and of the limit with many threads, simulated thread by thread.

The calling thread wakes the others one after the other. A thread that is awake reads its part of X. All that read at
the same time share the bandwidth: n threads, each of which reads `core` bytes per second alone, read
1 / (1 / (n · core) + 1 / b) in all. That is the throughput of a closed queue with one server, the memory: each core has
a fixed number of requests under way, which wait longer the more there are. b follows from what all cores of a socket
reach. Then the threads' sums are added, and the calling thread goes on when all are finished.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from gradrace.bench.race.floor import numbers
from gradrace.impls._simd.fours import STREAMS
from gradrace.impls._simd.fused import threads_for
from gradrace.impls._simd.layout import TOTALS, layout
from gradrace.impls._simd.team import SHARED_FROM
from gradrace.impls._simd.vector import BYTES
from studies.cluster.cluster_model import Task
from studies.many_cores.machines import Machine

WAKE_S = 1.8e-6
"""Seconds of the system call that wakes sleeping threads, for each: 13, 25 and 134 µs for 8, 16 and 64.

Measured in C with futexes on two virtual cores of an Intel Emerald Rapids.
"""

ANSWER_S = 5e-6
"""Seconds until a woken thread runs (docs/performance-trials.md: 5 to 9 µs with the call that wakes it)."""

OVERLAP = 0.75
"""Bytes that one thread of the kernel processes, in units of those that it could read: docs/performance-trials.md."""

FIRST_CACHE = 60e9
"""Bytes per second that the kernel adds from a core's own first-level cache."""

IN_FLIGHT = 10e9 * 60e-9
"""Bytes that a core requests from another core's cache at a time.

10 GB/s were measured on the Emerald Rapids (98 kB, written by the other core), at about 60 ns each.
"""

Adding = Literal["serial", "tree", "together", "free"]


@dataclass(frozen=True, slots=True)
class Way:
    """Assumptions of the simulation.

    Attributes:
        threads: Number of threads; None for the number that `numba_fused` chooses.
        adding: The threads' sums are added by one thread; in a tree; or by all threads together, each a slice of them.
        even: Whether X can be divided into equal parts.
        awake: Whether all threads are awake.
    """

    threads: int | None = None
    adding: Adding | None = None
    even: bool = False
    awake: bool = False


PRESENT = Way()
"""The present code."""


def gradient_s(machine: Machine, cores: int, task: Task, way: Way = PRESENT) -> float:
    """Return the seconds of a gradient on so many cores of a machine, as `numba_fused` computes it by default."""
    threads = way.threads or threads_for(task.n_x, task.m, task.itemsize, cores)
    parts = [task.bytes / threads] * threads if way.even else shares(task, threads)
    begins = starts(threads, awake=way.awake)
    ends = reading(parts, begins, rate(machine, task.bytes, threads, OVERLAP))
    if layout(task.n_x, task.m, task.itemsize, threads).tiled:
        ends = [end + task.n_x * TOTALS * task.itemsize / FIRST_CACHE for end in ends]
    together: Adding = "together" if threads > 2 and task.n_x + 2 >= SHARED_FROM else "tree"
    sums = task.n_x * task.itemsize
    means_s = sums * machine.line_s / IN_FLIGHT if threads > 1 else 0.0  # the calling thread divides them by m
    return added(begins, ends, sums, machine, way.adding or together) + means_s + finishing_s(threads, machine, way)


def limit_s(machine: Machine, cores: int, task: Task) -> float:
    """Return the seconds to read X once by the fastest number of threads that the limit tries."""

    def read_s(threads: int) -> float:
        each = rate(machine, task.bytes, threads, 1)
        ends = reading([task.bytes / threads] * threads, starts(threads, awake=False), each)
        return max(ends) + finishing_s(threads, machine, PRESENT)

    return min(map(read_s, numbers(cores)))


def shares(task: Task, threads: int) -> list[float]:
    """Return the bytes of X that each thread reads, as `accumulate` divides it."""
    tiled = layout(task.n_x, task.m, task.itemsize, threads).tiled
    block = BYTES // task.itemsize if tiled else STREAMS
    blocks = math.ceil(task.m / block)
    ends = [min(block * (blocks * thread // threads), task.m) for thread in range(threads + 1)]
    return [task.n_x * task.itemsize * (stop - start) for start, stop in pairwise(ends)]


def starts(threads: int, *, awake: bool) -> list[float]:
    """Return when each thread begins; the calling one begins when it has woken the others."""
    if awake or threads == 1:
        return [0.0] * threads
    return [WAKE_S * (threads - 1), *(ANSWER_S + WAKE_S * thread for thread in range(threads - 1))]


def finishing_s(threads: int, machine: Machine, way: Way) -> float:
    """Return the seconds from the last thread's end until the calling thread goes on: it sleeps, unless it is last."""
    if threads == 1:
        return 0.0
    return machine.line_s if way.awake else ANSWER_S


def rate(machine: Machine, size: float, threads: int, overlap: float) -> Callable[[int], float]:
    """Return {threads that read at the same time: bytes per second of each}, for X of `size` bytes.

    overlap: bytes that a thread processes, in units of those that it could read.
    """
    if size / threads <= machine.private:
        return lambda _: overlap * machine.cached
    if size <= machine.shared:
        return lambda _: overlap * machine.from_shared
    bound = 1 / (1 / machine.socket - 1 / (machine.cores * machine.core))
    return lambda reading: 1 / (1 / (overlap * machine.core) + reading / bound)


def reading(parts: Sequence[float], begins: Sequence[float], rate_of: Callable[[int], float]) -> list[float]:
    """Return when each thread has read its part, if it begins at its time and all that read share the bandwidth."""
    left, ends, now = dict(enumerate(parts)), [0.0] * len(parts), 0.0
    while left:
        active = [thread for thread in left if begins[thread] <= now]
        each = rate_of(max(len(active), 1))
        waits = [begins[thread] - now for thread in left if begins[thread] > now]
        step = min([*waits, *(left[thread] / each for thread in active)])
        now += step
        for thread in active:
            left[thread] -= step * each
            if left[thread] <= 1e-6:
                ends[thread] = now
                del left[thread]
    return ends


def added(begins: Sequence[float], ends: Sequence[float], size: float, machine: Machine, adding: Adding) -> float:
    """Return when the sums of all threads, `size` bytes each, are added.

    The threads begin their parts at `begins` and finish them at `ends`. Those that finish before all have begun leave.
    """
    one_s = machine.line_s + size * machine.line_s / IN_FLIGHT
    match adding:
        case "free":
            return max(ends)
        case "serial":
            return max(ends) + (len(ends) - 1) * one_s
        case "tree":
            while len(ends) > 1:
                pairs = [max(ends[k : k + 2]) + one_s for k in range(0, len(ends) - 1, 2)]
                ends = [*pairs, *ends[len(pairs) * 2 :]]
            return ends[0]
        case "together":
            there = sum(end >= max(begins) for end in ends)
            slices = math.ceil(len(ends) / there)
            return max(ends) + (2 * machine.line_s * len(ends) + slices * one_s if len(ends) > 1 else 0)
