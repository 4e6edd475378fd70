"""One pair: a fresh process of each side, sampled by turns; its log-ratio is one piece of evidence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gradrace.bench.race import plan
from gradrace.bench.race.candidate import Candidate
from gradrace.bench.race.cell import enter, verify_timed
from gradrace.bench.race.checks import Out, stage
from gradrace.bench.race.ready import ReadyCell
from gradrace.bench.results import Absence
from gradrace.bench.workers.client import Worker, at_once
from gradrace.bench.workers.task import Task

SAMPLE_S = 0.0015
"""A sample's length, where one call is no longer: many short ones. A neighbour on the other core comes and goes within
50 ms, and what it does to a round of 6 ms falls on both sides alike. With rounds of 20 ms, the log-ratios of pairs of
the same code had a standard deviation of 0.07 while another process kept a core busy half of the time; with these,
in as much time, 0.02. (An eighth of it is lost to a cold cache after the turns of others, of both sides alike.)
"""

CELL_S, SEVERAL_CORES_S = 0.4, 1.0
"""Seconds of a cell's rounds, where they can be so short: threads need more. At (209, 12288) and (100,000, 100) the
standard deviation of a pair was 0.04 to 0.08 after 0.3 s and 0.02 to 0.04 after 1.0 s; at (10, 10) and (1000, 100) 0.02
after 0.3 s and 0.01 after 1.0 s, which no test needs. Starting a pair takes 2.5 s in any case.
"""

SEVERAL_CORES = 1.2
"""Who keeps more than so many busy has threads."""

MOST_S = 1.0
"""The longest sample of OLD with which a cell is measured at all."""


class Pair(NamedTuple):
    """A process of each side, for the same implementation; NEW twice where OLD has none, which can only be verified.

    new_first: NEW enters a cell before OLD. By turns, so that what entering first may bring favours neither.
    """

    old: Worker
    new: Worker
    new_first: bool = False


class SideOut(Exception):
    """One side of a pair can't be measured in a cell; the absence says why."""

    def __init__(self, new: bool, absence: Absence) -> None:
        super().__init__(absence.message)
        self.new = new
        self.absence = absence


def verify_pair(pair: Pair, ready: ReadyCell) -> None:
    """Whether both are right in a cell; what compiles, compiles here. The two sides at once: nothing is timed.

    Raises SideOut if one of them is wrong or fails.
    """
    sides = [True] if pair.old is pair.new else [True, False]  # NEW first: its fault counts, whatever OLD does
    for reason in at_once(lambda new: _reason(ready, pair.new if new else pair.old, new=new), sides):
        if reason is not None:
            raise reason


def log_ratio(pair: Pair, ready: ReadyCell) -> float:
    """The median over rounds of log(NEW's time / OLD's), both verified before and after.

    Raises SideOut if one of them is wrong, fails, or takes too long.
    """
    if pair.new_first:
        new, old = _enter(ready, pair.new, new=True), _enter(ready, pair.old, new=False)
    else:
        old, new = _enter(ready, pair.old, new=False), _enter(ready, pair.new, new=True)
    rounds = _rounds(ready, old, new)
    ratios = [_round(ready, old, new, number) for number in range(rounds)]
    for number, candidate in enumerate((old, new)):
        _finish(ready, candidate, new=number == 1)
    return float(np.median(ratios))


def _reason(ready: ReadyCell, worker: Worker, *, new: bool) -> SideOut | None:
    try:
        _enter(ready, worker, new=new)
    except SideOut as reason:
        return reason
    return None


def _enter(ready: ReadyCell, worker: Worker, *, new: bool) -> Candidate:
    try:
        candidate = enter(ready, worker, lambda: 0.0)
    except Out as out:
        raise SideOut(new, out.absence) from out
    candidate.calls = max(1, round(SAMPLE_S / candidate.call_s))
    return candidate


def _rounds(ready: ReadyCell, old: Candidate, new: Candidate) -> int:
    """As many as fit the time, one in any case. Only OLD can be too slow: a NEW that became so must not get away."""
    if old.sample_s > MOST_S:
        message = f"one call takes {plan.about(old.call_s)}: pairs of it would take too long"
        absence = Absence(impl=old.worker.name, outcome="skipped", stage="plan", message=message, cell=ready.cell)
        raise SideOut(False, absence)
    seconds = CELL_S if max(old.cores, new.cores) < SEVERAL_CORES else SEVERAL_CORES_S
    return max(1, int(seconds / (2 * (old.sample_s + new.sample_s))))


def _round(ready: ReadyCell, old: Candidate, new: Candidate, number: int) -> float:
    """ABBA or BAAB: what drifts evenly during a round falls on both sides alike.

    Where one core is all they use, both run on the same, each core in its turn: two cores of a shared machine can
    differ by 1.7 for seconds, by what their neighbours do. (Of pairs of the same code at (10, 10), the log-ratios had a
    standard deviation of 0.22 where the system had put them, and of 0.01 to 0.02 on one core.) Several threads stay
    free: with the main one held, another may share its core (0.22 at (209, 12288), and 0.02 to 0.03 without).
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
    """One sample of a side at each place of the order; the log-ratio of NEW's to OLD's."""
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


def _finish(ready: ReadyCell, candidate: Candidate, *, new: bool) -> None:
    """Verify what was timed: the last gradient, and that calls computed and finished. Raises SideOut if not."""
    try:
        verify_timed(ready, candidate)
        with stage(ready, candidate.worker, "last call"):
            candidate.worker.ask(Task.forget)
    except Out as out:
        raise SideOut(new, out.absence) from out
