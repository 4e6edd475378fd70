"""A pair: a fresh process of each side, sampled alternately; its log-ratio and peak memory are a piece of evidence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gradrace.bench.gate.pairs.blame import SideOut, blame
from gradrace.bench.gate.pairs.preparations import Pair, Prepared, fastest, prepared
from gradrace.bench.race import entering, plan
from gradrace.bench.race.candidate import Candidate
from gradrace.bench.race.cell import verify_timed
from gradrace.bench.race.checks import Out, stage
from gradrace.bench.race.ready import ReadyCell
from gradrace.bench.results import Absence
from gradrace.bench.timing import Clock
from gradrace.bench.workers.client import Worker, at_once
from gradrace.bench.workers.task import Task

SAMPLE_S = 0.0015
"""Length of a sample in seconds, where one call is no longer: many short samples cancel disturbances better.

A process on the other core comes and goes within 50 ms. It therefore affects both sides of a 6-ms round alike. Measured
with another process busy half of the time: log-ratios of pairs of the same code had a standard deviation of 0.07 with
20-ms rounds. These short rounds gave 0.02 in the same time. An eighth of the time is lost to caches that the other
process has cooled, on both sides alike.
"""

CELL_S, SEVERAL_CORES_S = 0.4, 1.0
"""Seconds of a cell's rounds on one core, and on several, where threads need more.

At (209, 12288) and (100,000, 100) a pair's standard deviation was 0.04 to 0.08 after 0.3 s, and 0.02 to 0.04 after
1.0 s. At (10, 10) and (1000, 100) it was 0.02 after 0.3 s, and 0.01 after 1.0 s, which no test needs. Starting a pair
takes 2.5 s in any case.
"""

PREPARATIONS = 3
"""Number of measurements, each after a preparation of its own, that share SEVERAL_CORES_S.

At a load of 10, the log-ratios of 14 pairs of the same code at (209, 12288) had a root mean square of 0.27 with one
measurement, and of 0.16 with the median of three that had a third of the rounds each.
"""

SEVERAL_CORES = 1.2
"""Number of busy cores above which an implementation counts as multithreaded."""

MOST_S = 1.0
"""Longest sample of OLD, in seconds, with which a cell is still measured."""


class Measured(NamedTuple):
    """Measurement of a pair in a cell.

    Attributes:
        log_ratio: Median over rounds of log(NEW's time / OLD's).
        old_s: Median seconds of a call of OLD.
        peaks: Peak memory of OLD and NEW in bytes; None if the system doesn't report it.
        wanted: Number of such measurements that the pair needs in the cell.
        prepared: Seconds of `prepare` of OLD and NEW.
    """

    log_ratio: float
    old_s: float
    peaks: tuple[int, int] | None = None
    wanted: int = 1
    prepared: Prepared | None = None


def verify_pair(pair: Pair, ready: ReadyCell, clock: Clock) -> None:
    """Verify both sides in a cell, where they also compile; both run at the same time, as nothing is timed.

    Raises:
        SideOut: If one of them is wrong or fails.
    """
    sides = [True] if pair.old is pair.new else [True, False]
    (reason, new_s), *others = at_once(lambda new: _reason(ready, pair.new if new else pair.old, clock, new=new), sides)
    if reason is not None:
        raise blamed(pair, ready, clock, reason, new_s) if others else reason
    for other, _ in others:
        if other is not None:
            raise other


def blamed(pair: Pair, ready: ReadyCell, clock: Clock, new: SideOut, new_s: float) -> SideOut:
    """Return whose fault counts if NEW has one, after OLD has done the same work alone; see `blame`."""
    return new if new.is_certain else blame(new, new_s, *_reason(ready, pair.old, clock, new=False))


def prepared_or_blamed(pair: Pair, ready: ReadyCell, clock: Clock) -> Prepared:
    """Return the seconds of `prepare` on both sides. Raises SideOut if a side fails."""
    begun_ns = clock()
    try:
        return prepared(pair, ready)
    except SideOut as reason:
        if not reason.new:
            raise
        raise blamed(pair, ready, clock, reason, (clock() - begun_ns) * 1e-9) from reason


def measured(pair: Pair, ready: ReadyCell, clock: Clock) -> Measured:
    """Return the times and the peak memory of a pair, with both sides verified before and after.

    Raises:
        SideOut: If one of them is wrong, fails, or takes too long.
    """
    times, entered = prepared_or_blamed(pair, ready, clock), dict[bool, Candidate]()
    for new, worker in pair.in_turn():
        begun_ns = clock()
        try:
            entered[new] = _enter(ready, worker, times, new=new)
        except SideOut as reason:
            if not new:
                raise
            raise blamed(pair, ready, clock, reason, (clock() - begun_ns) * 1e-9) from reason
    old, new_one = entered[False], entered[True]
    rounds, wanted = _rounds(ready, old, new_one)
    ratios = [_round(ready, old, new_one, number) for number in range(rounds)]
    peaks = _finish(ready, old, new=False), _finish(ready, new_one, new=True)
    known = None if peaks[0] is None or peaks[1] is None else (peaks[0], peaks[1])
    return Measured(float(np.median(ratios)), float(np.median(old.samples_s)), known, wanted, times)


def combined(found: Sequence[Measured]) -> Measured:
    """Return one piece of evidence from several measurements of a pair, each after a preparation of its own."""
    log_ratio = float(np.median([one.log_ratio for one in found]))
    times = fastest([one.prepared for one in found if one.prepared is not None])
    return Measured(log_ratio, float(np.median([one.old_s for one in found])), found[0].peaks, prepared=times)


def _reason(ready: ReadyCell, worker: Worker, clock: Clock, *, new: bool) -> tuple[SideOut | None, float]:
    """Return why a worker can't enter a cell, None if it can, and the seconds that it took.

    A worker that has hung before isn't asked again: the seconds are those of its timeout.
    """
    begun_ns, fault = clock(), None
    try:
        _enter(ready, worker, None, new=new)
    except SideOut as reason:
        fault = reason
    return fault, max((clock() - begun_ns) * 1e-9, worker.lost_s)


def _enter(ready: ReadyCell, worker: Worker, times: Prepared | None, *, new: bool) -> Candidate:
    """Verify and calibrate a side in a cell, which it prepares unless it took `times` for that before."""
    before = None if times is None else entering.Prepared(times.new_s if new else times.old_s, 0.0)
    try:
        candidate = entering.enter(ready, worker, lambda: 0.0, prepared=before, descents=False)
    except Out as out:
        raise SideOut(new, out.absence) from out
    candidate.calls = max(1, round(SAMPLE_S / candidate.call_s))
    return candidate


def _rounds(ready: ReadyCell, old: Candidate, new: Candidate) -> tuple[int, int]:
    """Return the number of rounds of a measurement, at least one, and of the measurements that share the time.

    Only OLD can be too slow to be measured. A NEW that became that slow has to fail instead.
    """
    if old.sample_s > MOST_S:
        message = f"one call takes {plan.about(old.call_s)}: pairs of it would take too long"
        absence = Absence(impl=old.worker.name, outcome="skipped", stage="plan", message=message, cell=ready.cell)
        raise SideOut(False, absence)
    several, round_s = max(old.cores, new.cores) >= SEVERAL_CORES, 2 * (old.sample_s + new.sample_s)
    rounds = max(1, int((SEVERAL_CORES_S if several else CELL_S) / round_s))
    wanted = min(PREPARATIONS, rounds) if several else 1
    return rounds // wanted, wanted


def _round(ready: ReadyCell, old: Candidate, new: Candidate, number: int) -> float:
    """Return the log-ratio of one round in the order ABBA or BAAB, so that steady drift affects both sides alike.

    Implementations that use one core both run on the same core, and the core changes from round to round. Two cores of
    a shared machine can differ by a factor of 1.7 for seconds, by what their neighbours do. For pairs of the same code
    at (10, 10), log-ratios had a standard deviation of 0.22 with the system's placement. On one core it was 0.01 to
    0.02. Multithreaded implementations aren't pinned: with the main thread pinned, another thread may share its core
    (0.22 at (209, 12288), against 0.02 to 0.03 unpinned).
    """
    sides = (old, new)
    if max(old.cores, new.cores) < SEVERAL_CORES:
        for candidate in sides:
            candidate.worker.settle(number // 2)
    try:
        return _by_turns(ready, sides, (0, 1, 1, 0) if number % 2 == 0 else (1, 0, 0, 1))
    finally:  # the next cell may use several cores, also after one of them failed in this
        for candidate in sides:
            candidate.worker.settle(None)


def _by_turns(ready: ReadyCell, sides: tuple[Candidate, Candidate], order: Sequence[int]) -> float:
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
    return sum(map(math.log, seconds)) / len(seconds)


def _finish(ready: ReadyCell, candidate: Candidate, *, new: bool) -> int | None:
    """Verify what was timed: the last gradient, and that calls computed and finished; return the peak memory in bytes.

    Raises SideOut if it isn't right.
    """
    try:
        verify_timed(ready, candidate)
        with stage(ready, candidate.worker, "last call"):
            return candidate.worker.ask(Task.forget).peak_rss_bytes
    except Out as out:
        raise SideOut(new, out.absence) from out
