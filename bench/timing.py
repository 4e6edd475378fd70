"""The clock, the calibration, one sample. The clock is passed in, so that tests of timing are exact and never sleep."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter_ns, process_time_ns, thread_time_ns
from typing import Any, TypeAlias, TypeVar

Clock: TypeAlias = Callable[[], int]
"""Function that returns monotonic nanoseconds, such as time.perf_counter_ns."""

T = TypeVar("T")

Point: TypeAlias = tuple[Any, Any]
"""w and b in an implementation's own types."""

Points: TypeAlias = Callable[[int], Sequence[Point]]
"""Function that makes so many points, all different, as a result at a repeated point could be cached."""

Call: TypeAlias = Callable[[Any, Any], T]
"""The timed call, at w and b."""

RESOLUTIONS_PER_SAMPLE = 1000
"""Length of a sample in resolutions of the clock: it is then known to 0.1 %."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """Time on the clock by which an activity must end; end_ns is infinite without a deadline."""

    clock: Clock
    end_ns: float

    def left_s(self) -> float:
        """Return the seconds that are left; negative after the deadline."""
        return (self.end_ns - self.clock()) * 1e-9

    def sooner(self, kept_s: float) -> Deadline:
        """Return the deadline of an activity that must leave `kept_s` seconds to the next one."""
        return Deadline(self.clock, self.end_ns - kept_s * 1e9)

    def within(self, seconds: float) -> Deadline:
        """Return the deadline of an activity of at most `seconds` seconds from now on, never later than this one."""
        return Deadline(self.clock, min(self.end_ns, self.clock() + seconds * 1e9))


NEVER = Deadline(perf_counter_ns, math.inf)
"""Deadline that never comes."""


def resolution_ns(clock: Clock) -> int:
    """Return the smallest of 100 observed steps between readings of the clock, in nanoseconds."""

    def step() -> int:
        start = clock()
        while (end := clock()) == start:
            pass
        return end - start

    return min(step() for _ in range(100))


def timed(call: Callable[[], T], clock: Clock) -> tuple[float, T]:
    """Return the seconds of one call, and its result."""
    start = clock()
    value = call()
    return (clock() - start) * 1e-9, value


def busy_threads(call: Callable[[], T]) -> tuple[float, T]:
    """Return the number of threads that one call keeps busy, and its result.

    The number is the processor time of all threads divided by that of the calling one. Unlike processor time divided by
    elapsed time, it doesn't depend on how many cores other processes leave free. A calling thread that only waits for
    another one counts as several, as pinning it would pin nothing. Child processes and a GPU don't count.
    """
    all_ns, own_ns = process_time_ns(), thread_time_ns()
    value = call()
    return (process_time_ns() - all_ns) / max(thread_time_ns() - own_ns, 1), value


def interruptions() -> int:
    """Return how often the system took the core from the calling thread, which didn't wait for anything.

    It is 0 where the system doesn't say (Windows, macOS).
    """
    try:
        from resource import RUSAGE_THREAD, getrusage
    except ImportError:
        return 0
    return getrusage(RUSAGE_THREAD).ru_nivcsw


def calibrate(call: Call[T], points: Points, clock: Clock, least_s: float) -> tuple[int, float]:
    """Return the number of calls in a sample of at least `least_s` seconds, and the approximate seconds of one call.

    A slow call is called once, a fast one thousands of times.
    """
    calls = 1
    while (elapsed_s := _elapsed_ns(call, points(calls), clock)[0] * 1e-9) < least_s:
        # 1.5 times the estimated number, as the estimate still includes the warm-up. At most tenfold at a time, as an
        # early stretch is too short for a reliable estimate.
        needed = calls * 1.5 * least_s / elapsed_s if elapsed_s > 0 else calls * 10
        calls = max(calls + 1, min(int(needed), calls * 10))
    return calls, elapsed_s / calls


def sample(call: Call[T], points: Sequence[Point], clock: Clock) -> tuple[float, T]:
    """Return the seconds per call of one timed stretch with a call at each point, and the last call's result.

    With several points, the first call is untimed: other processes have used the caches since the last sample.
    """
    if len(points) > 1:
        call(*points[0])
        points = points[1:]
    elapsed_ns, value = _elapsed_ns(call, points, clock)
    return elapsed_ns * 1e-9 / len(points), value


def _elapsed_ns(call: Call[T], points: Sequence[Point], clock: Clock) -> tuple[int, T]:
    """Time one stretch, with the garbage collector disabled, as timeit does."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        start = clock()
        for w, b in points:
            value = call(w, b)
        return clock() - start, value
    finally:
        if collecting:
            gc.enable()
