"""Descents of a pair: timed alternately, as `gradrace train` makes them, and verified where they end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from statistics import median

from gradrace.bench.gate.pairs.blame import SideOut
from gradrace.bench.gate.pairs.rounds import Measured, rounds
from gradrace.bench.gate.pairs.sides import Pair, both, in_turn
from gradrace.bench.race import entering
from gradrace.bench.race.checks import (
    VERIFIED_STEPS,
    Out,
    stage,
    verify_descent,
    verify_descents_computed,
    verify_ends,
)
from gradrace.bench.race.ready import ReadyCell
from gradrace.bench.results import DESCENT_STEPS
from gradrace.bench.timing import Clock
from gradrace.bench.workers.answers import Descended
from gradrace.bench.workers.client import Arguments, Result, Worker
from gradrace.bench.workers.task import Task

SHORT_S, LONG_S = 0.005, 0.06
"""Seconds of a descent: about SHORT_S, as many short ones cancel disturbances better.

It takes up to LONG_S if that makes SOME_STEPS possible, or else one more than VERIFIED_STEPS.
"""

LEAST_STEPS, SOME_STEPS = 2, 100
"""Fewest steps of a descent, and as many as an implementation may want for another method.

Two steps of the slowest calls that are measured, 0.4 s, are short enough to be a sample. Three weren't.

`numba_fused` multiplies X by its transpose from 53 steps on at (209, 12288), which makes a step 64 times as cheap.
"""

CALLS = 3
"""Number of calls, of which the fastest says how many steps a descent has."""


@dataclass(slots=True)
class Descender:
    """A side whose descents are timed. first: its first descent, which isn't a sample."""

    worker: Worker
    ready: ReadyCell
    steps: int
    first: Descended
    timed: list[Descended] = field(default_factory=list)

    @property
    def threads(self) -> float:
        """Return the number of threads that it keeps busy."""
        return self.first.threads

    @property
    def sample_s(self) -> float:
        """Return the approximate seconds of one descent."""
        return self.steps * self.first.step_s

    def take(self) -> float:
        """Make one descent; return its seconds per step. Raises WorkerFailed."""
        self.timed.append(self.worker.ask(Task.descend, self.ready.descent.alpha, self.steps, True))
        return self.timed[-1].step_s


def steps_of(call_s: float) -> int:
    """Return the number of steps of a descent, from the seconds of one call of the gradient."""
    possible = int(LONG_S / call_s)
    some = SOME_STEPS if possible >= SOME_STEPS else min(possible, VERIFIED_STEPS + 1)
    return min(DESCENT_STEPS, max(LEAST_STEPS, some, int(SHORT_S / call_s)))


def steps_wanted(pair: Pair, ready: ReadyCell) -> int:
    """Return the number of steps with which descents are compared in a cell that both sides have just been verified in.

    The result is 0 if neither side has its own `descend`: the shared one repeats the gradient, which is measured.

    Raises:
        SideOut: If a side fails.
    """
    sides = ((False, pair.old), (True, pair.new))
    if not any(_ask(ready, worker, Task.descends, new=new) for new, worker in sides):
        return 0
    return steps_of(max(_ask(ready, worker, Task.repeat, CALLS, new=new).new_s for new, worker in sides))


def verify_descents(pair: Pair, ready: ReadyCell, steps: int, clock: Clock) -> None:
    """Verify the descents of both sides in a cell, where they also compile. Raises SideOut."""
    ready.descent.after(steps)  # once, before both sides compare with it
    both(pair, partial(_verified, ready, steps), clock)


def measured_descents(pair: Pair, ready: ReadyCell, steps: int, clock: Clock, pace: float = 1.0) -> Measured:
    """Return the times of a pair's descents, each of which is verified where it ends.

    pace: share of the usual rounds.

    Raises:
        SideOut: If one of them is wrong, fails, or takes too long.
    """
    entered = in_turn(pair, partial(_enter, ready, steps), clock)
    old, new = entered[False], entered[True]
    log_ratio, extent = rounds(ready, old, new, clock, pace, new_first=pair.new_first)
    for side, is_new in ((old, False), (new, True)):
        _finish(side, new=is_new)
    return Measured(log_ratio, median(one.step_s for one in old.timed), extent=extent)


def _verified(ready: ReadyCell, steps: int, worker: Worker, new: bool) -> None:
    """Verify the first steps one by one, and the end of a whole descent."""
    _enter(ready, steps, worker, new)
    try:
        verify_descent(ready, worker)
    except Out as out:
        raise SideOut(new, out.absence) from out


def _ask(
    ready: ReadyCell,
    worker: Worker,
    operation: Callable[[Task, *Arguments], Result],
    *arguments: *Arguments,
    new: bool,
) -> Result:
    """Run an operation in a side's process. Raises SideOut if it fails."""
    try:
        with stage(ready, worker, "descent"):
            return worker.ask(operation, *arguments)
    except Out as out:
        raise SideOut(new, out.absence) from out


def _enter(ready: ReadyCell, steps: int, worker: Worker, new: bool) -> Descender:
    try:
        entering.prepare(ready, worker, lambda: 0.0)
        with stage(ready, worker, "descent"):
            first = worker.ask(Task.descend, ready.descent.alpha, steps, True)
        verify_ends(ready, worker, [first], steps)
    except Out as out:
        raise SideOut(new, out.absence) from out
    return Descender(worker, ready, steps, first)


def _finish(side: Descender, *, new: bool) -> None:
    """Verify where the timed descents ended, and that each was computed. Raises SideOut if one isn't right."""
    try:
        verify_ends(side.ready, side.worker, side.timed, side.steps)
        verify_descents_computed(side.ready, side.worker, side.timed, side.steps)
        with stage(side.ready, side.worker, "last call"):
            side.worker.ask(Task.forget)
    except Out as out:
        raise SideOut(new, out.absence) from out
