"""Comparison of a descent's costs with those of a reference descent: differences beyond rounding are errors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from gradrace.bench.datasets.formats.stored import is_stored
from gradrace.bench.text import duration
from gradrace.bench.timing import Clock
from gradrace.bench.training import drift
from gradrace.bench.training.blocks import first_blocks
from gradrace.bench.training.descent import EVERY, Diverged, Schedule, train
from gradrace.bench.training.drift import Expected
from gradrace.impls.interface import Problem

MOST_MARKS = 20
"""Maximum number of costs that are compared. Each is a column in the products that propagate errors backwards."""

VAGUE = 0.01
"""Share of the cost that rounding may change. Beyond it, a wrong descent can't be recognized."""

SLOWER = 1.5
"""Safety factor for the time of a comparison, which is predicted from a few steps, on a busy machine."""

TRIED_BLOCKS = {1: 1 / 4, 8: 1.0}
"""Blocks of examples that are tried first, and the share of a step's predicted time that it takes at least.

One block overrates a step by up to 3.1, as its features cost as much as those of all examples. Several stay in the
cache, so a step seems to take 0.3 to 1 of its time. If even this is too long, the rest needn't be tried: with 209
images of 12,288 features one block takes 6 ms, eight take 20 ms, and all of them 140 ms.
"""

LEAST_S = 2.0
"""Minimum seconds allowed for a comparison, even if the descent took less."""


class Compared(NamedTuple):
    """Result of a comparison with the reference descent.

    iteration: the last iteration whose cost was compared, 0 if none. error_over_limit: the largest difference, divided
    by the largest one that rounding can explain. why: reason why none was compared.
    """

    iteration: int
    error_over_limit: float = 0.0
    why: str = ""


def compare(
    problem: Problem, schedule: Schedule, costs: Sequence[tuple[int, float]], limit_s: float, clock: Clock
) -> Compared:
    """Compare the costs of a descent from zeros, (iteration, J), up to the iteration that `limit_s` seconds allow.

    Nothing is compared if X is on disk, or if the reference descent diverges.
    Costs are left out from the first one where the steps amplify errors too much (VAGUE).
    """
    if is_stored(problem.X):
        return Compared(0, why="X is on disk")
    last = costs[-1][0]
    blocks = [(first_blocks(problem, count), share) for count, share in TRIED_BLOCKS.items()]
    for tried, share in {tried.m: (tried, share) for tried, share in (*blocks, (problem, 1.0))}.values():
        both_s = share * sum(paces_s(tried, schedule, clock)) * problem.m / tried.m
        most = int(limit_s / SLOWER / max(both_s, 1e-9))
        reach = last if last <= most else most // EVERY * EVERY
        if reach == 0:
            needed = duration(SLOWER * both_s * min(last, EVERY), 2)
            return Compared(0, why=f"its first {min(last, EVERY)} iterations would take {needed}")
    try:
        states = [*train(drift.REFERENCE, drift.precise(problem), replace(schedule, iterations=reach, tolerance=0.0))]
    except Diverged:
        return Compared(0, why="that one diverges")
    marks = marks_of([iteration for iteration, _ in costs], [], reach)
    expected, _ = told_apart(drift.expected(problem, states, schedule.rate, marks))
    if not expected or not expected[-1].iteration:
        return Compared(0, error_over_limit(dict(costs), expected), f"rounding may change costs by {100 * VAGUE:g} %")
    return Compared(expected[-1].iteration, error_over_limit(dict(costs), expected))


def told_apart(expected: Sequence[Expected]) -> tuple[list[Expected], int | None]:
    """Return the costs before the first whose limit exceeds VAGUE times the cost, and the iteration of that one.

    The iteration is None if there is no such cost.
    """
    for place, (mark, J, limit) in enumerate(expected):
        if not limit <= VAGUE * abs(J):  # also true for NaN
            return list(expected[:place]), mark
    return list(expected), None


def paces_s(problem: Problem, schedule: Schedule, clock: Clock) -> tuple[float, float]:
    """Return the seconds of a reference step, and of propagating one step's errors, with half of MOST_MARKS costs."""
    return drift.paces_s(problem, schedule.alpha, MOST_MARKS // 2, clock)


def affordable(last: int, back_s: float, left_s: float) -> int:
    """Return the iteration up to which errors can be propagated backwards in `left_s` seconds, at least EVERY.

    back_s: seconds for the errors of one step. The result is never above `last`.
    """
    return min(last, max(EVERY, int(left_s / SLOWER / max(back_s, 1e-9))))


def marks_of(ends: Sequence[int], stops: Sequence[int], most: int) -> list[int]:
    """Return the iterations up to `most` whose costs are compared: 0, at most MOST_MARKS later looks, and all stops."""
    within = [end for end in ends if end <= most]
    every = math.ceil((len(within) - 1) / MOST_MARKS) or 1
    return sorted({0, *within[::-every], *(stop for stop in stops if stop <= most)})


def error_over_limit(costs: Mapping[int, float], expected: Sequence[Expected]) -> float:
    """Return the largest difference of the costs {iteration: J} from the expected ones, divided by its limit.

    A difference that is NaN counts as infinite.
    """
    errors = [abs(costs[mark] - J) / limit for mark, J, limit in expected if mark in costs]
    return max((math.inf if math.isnan(error) else error for error in errors), default=0.0)
