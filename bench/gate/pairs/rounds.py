"""Rounds of a pair: alternating samples of both sides, whose log-ratios are one piece of evidence."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from gradrace.bench.gate.pairs.blame import SideOut
from gradrace.bench.gate.pairs.preparations import Prepared, fastest
from gradrace.bench.race import plan
from gradrace.bench.race.checks import Out, stage
from gradrace.bench.race.ready import ReadyCell
from gradrace.bench.results import Absence
from gradrace.bench.timing import Clock
from gradrace.bench.workers.client import Worker

SAMPLE_S = 0.0015
"""Length of a sample in seconds, where one call is no longer: many short samples cancel disturbances better.

A process on the other core comes and goes within 50 ms. It therefore affects both sides of a 6-ms round alike. Measured
with another process busy half of the time: log-ratios of pairs of the same code had a standard deviation of 0.07 with
20-ms rounds. These short rounds gave 0.02 in the same time. An eighth of the time is lost to caches that the other
process has cooled, on both sides alike.
"""

CELL_S, SEVERAL_THREADS_S = 0.4, 1.0
"""Seconds of a cell's rounds on one core, and on several, where threads need more.

At (209, 12288) and (100,000, 100) a pair's standard deviation was 0.04 to 0.08 after 0.3 s, and 0.02 to 0.04 after
1.0 s. At (10, 10) and (1000, 100) it was 0.02 after 0.3 s, and 0.01 after 1.0 s, which no test needs. Starting a pair
takes 2.5 s in any case.
"""

PREPARATIONS = 3
"""Number of measurements, each after a preparation of its own, that share SEVERAL_THREADS_S.

At a load of 10, the log-ratios of 14 pairs of the same code at (209, 12288) had a root mean square of 0.27 with one
measurement, and of 0.16 with the median of three that had a third of the rounds each.
"""

SEVERAL_THREADS = 1.2
"""Number of busy threads above which an implementation counts as multithreaded."""

MOST_S = 1.0
"""Longest sample of OLD, in seconds, with which a cell is still measured."""


class Sampler(Protocol):
    """A side of a pair whose calls or descents are timed in a cell."""

    @property
    def worker(self) -> Worker:
        """Return its process."""

    @property
    def threads(self) -> float:
        """Return the number of threads that it keeps busy."""

    @property
    def sample_s(self) -> float:
        """Return the approximate seconds of one sample."""

    def take(self) -> float:
        """Take one sample; return its seconds per call or step. Raises WorkerFailed."""


class Extent(NamedTuple):
    """Extent of a measurement.

    Attributes:
        usual_s: Seconds of its rounds at the usual pace.
        wanted: Number of such measurements that the pair needs in the cell.
    """

    usual_s: float = 0.0
    wanted: int = 1


class Measured(NamedTuple):
    """Measurement of a pair in a cell.

    Attributes:
        log_ratio: Median over rounds of log(NEW's time / OLD's).
        old_s: Median seconds of a call of OLD.
        peaks: Peak memory of OLD and NEW in bytes; None if the system doesn't report it.
        prepared: Seconds of `prepare` of OLD and NEW.
        extent: Extent of it.
    """

    log_ratio: float
    old_s: float
    peaks: tuple[int, int] | None = None
    prepared: Prepared | None = None
    extent: Extent = Extent()


def combined(found: Sequence[Measured]) -> Measured:
    """Return one piece of evidence from several measurements of a pair, each after a preparation of its own."""
    log_ratio = float(np.median([one.log_ratio for one in found]))
    times = [one.prepared for one in found if one.prepared is not None]
    old_s = float(np.median([one.old_s for one in found]))
    extent = Extent(sum(one.extent.usual_s for one in found))
    return Measured(log_ratio, old_s, found[0].peaks, fastest(times) if times else None, extent)


class Rounds(NamedTuple):
    """Result of the rounds of a measurement: the median of their log-ratios, and its extent."""

    log_ratio: float
    extent: Extent


def rounds(
    ready: ReadyCell, old: Sampler, new: Sampler, clock: Clock, pace: float = 1.0, *, new_first: bool = False
) -> Rounds:
    """Take as many rounds as fit the time at this pace, at least one.

    Their number depends on the seconds of both sides together, so no side is favoured. It isn't predicted: a single
    sample before may be disturbed, and one pair of (1000, 100) whose descents then had one round had a ratio of 3.3.

    new_first: whether the first round begins with NEW. It has to alternate: of slow calls, it is the only one.

    Raises:
        SideOut: If one of them fails.
    """
    of, found, begun_ns, spent_s = extent(ready, old, new, pace), list[float](), clock(), 0.0
    while not found or spent_s + spent_s / len(found) / 2 < pace * of.usual_s:
        found.append(log_ratio(ready, old, new, len(found), new_first=new_first))
        spent_s = (clock() - begun_ns) * 1e-9
    return Rounds(float(np.median(found)), of)


def extent(ready: ReadyCell, old: Sampler, new: Sampler, pace: float = 1.0) -> Extent:
    """Return the extent of a measurement: several share the time if it holds at least a round of each at this pace.

    Only OLD can be too slow to be measured: SideOut. A NEW that became that slow has to fail instead.
    """
    if old.sample_s > MOST_S:
        message = f"one sample takes {plan.about(old.sample_s)}: pairs of it would take too long"
        absence = Absence(impl=old.worker.name, outcome="skipped", stage="plan", message=message, cell=ready.cell)
        raise SideOut(False, absence)
    if max(old.threads, new.threads) < SEVERAL_THREADS:
        return Extent(CELL_S, 1)
    round_s = 2 * (old.sample_s + new.sample_s)
    wanted = max(1, min(PREPARATIONS, int(pace * SEVERAL_THREADS_S / round_s)))
    return Extent(SEVERAL_THREADS_S / wanted, wanted)


def begins_with_new(number: int, *, new_first: bool) -> bool:
    """Return whether a round begins with NEW: the first one if `new_first`, and half of those on each core.

    Its core changes with every second round, and the first sample on a core differs: that of `sklearn_loss` at (10, 10)
    took half of the time. When it always was OLD's, 52 of 52 pairs of the same code were slower, by 10 % (no load).
    """
    return bool((number + number // 2 + number // 4 + new_first) % 2)


def log_ratio(ready: ReadyCell, old: Sampler, new: Sampler, number: int, *, new_first: bool = False) -> float:
    """Return the log-ratio of one round in the order ABBA or BAAB, so that steady drift affects both sides alike.

    Implementations that use one core both run on the same core, and the core changes from round to round. Two cores of
    a shared machine can differ by a factor of 1.7 for seconds, by what their neighbours do. For pairs of the same code
    at (10, 10), log-ratios had a standard deviation of 0.22 with the system's placement. On one core it was 0.01 to
    0.02. Multithreaded implementations aren't pinned: with the main thread pinned, another thread may share its core
    (0.22 at (209, 12288), against 0.02 to 0.03 unpinned).
    """
    sides = (old, new)
    if max(old.threads, new.threads) < SEVERAL_THREADS:
        for candidate in sides:
            candidate.worker.settle(number // 2)
    try:
        return _by_turns(ready, sides, (1, 0, 0, 1) if begins_with_new(number, new_first=new_first) else (0, 1, 1, 0))
    finally:  # the next cell may use several cores, also after one of them failed in this
        for candidate in sides:
            candidate.worker.settle(None)


def _by_turns(ready: ReadyCell, sides: tuple[Sampler, Sampler], order: Sequence[int]) -> float:
    """Return the log-ratio of NEW's to OLD's samples, one sample for each side named in `order`."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for side in order:
        try:
            with stage(ready, sides[side].worker, "race"):
                seconds[side].append(sides[side].take())
        except Out as out:
            raise SideOut(side == 1, out.absence) from out
    return _log_mean(seconds[1]) - _log_mean(seconds[0])


def _log_mean(seconds: Sequence[float]) -> float:
    """Return the mean logarithm. Cached results, which are found out afterwards, may take less than the clock shows."""
    return sum(math.log(max(one, sys.float_info.min)) for one in seconds) / len(seconds)
