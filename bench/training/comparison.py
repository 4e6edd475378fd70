"""Costs of descents, compared with those of a reference descent: what rounding can't explain is wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gradrace.bench.datasets.formats.stored import is_stored
from gradrace.bench.machine import available
from gradrace.bench.stepping import step
from gradrace.bench.timing import Clock, timed
from gradrace.bench.training import drift
from gradrace.bench.training.descent import EVERY, Diverged, Schedule, train
from gradrace.bench.training.drift import Expected
from gradrace.impls.interface import Problem

MOST_MARKS = 20
"""Costs that are compared: each is one more column in the products that carry errors back."""

VAGUE = 0.01
"""Share of the cost that rounding may change; where it may change more, a wrong descent can't be recognized."""

COPIES = 4
"""Arrays in float64 of the size of X that the comparison holds at its peak."""

SLOWER = 1.5
"""Factor by which comparing may take longer than some of its steps predict, on a busy machine."""

LEAST_S = 2.0
"""Seconds that comparing may take, where the descent took less."""


class Compared(NamedTuple):
    """A comparison with the reference descent.

    iteration: the last whose cost was compared; 0 if none. error_over_limit: the largest difference, in units of what
    rounding can make of it.
    """

    iteration: int
    error_over_limit: float = 0.0


def compare(
    problem: Problem, schedule: Schedule, costs: Sequence[tuple[int, float]], limit_s: float, clock: Clock
) -> Compared:
    """Compare the costs of a descent from zeros, {iteration: J}, as far as that takes no longer than `limit_s`.

    Nothing is compared where X is on disk or too large in float64 for the memory, or where the steps amplify errors too
    much.
    """
    entries = problem.m * (problem.n_x + 1)
    if is_stored(problem.X) or COPIES * entries * np.dtype(np.float64).itemsize > available.memory_bytes():
        return Compared(0)
    precise, last = drift.precise(problem), costs[-1][0]
    data, zeros = drift.design(precise), (np.zeros(problem.n_x), np.float64(0))
    steps_s = [
        timed(lambda: step(drift.REFERENCE, data, *zeros, schedule.alpha), clock)[0] for _ in range(drift.TRIALS)
    ]
    most = int(limit_s / SLOWER / max(float(np.median(steps_s)) + carrying_s(problem, schedule, clock), 1e-9))
    reach = last if last <= most else most // EVERY * EVERY
    if reach == 0:
        return Compared(0)
    try:
        states = [*train(drift.REFERENCE, precise, replace(schedule, iterations=reach, tolerance=0.0))]
    except Diverged:
        return Compared(0)
    marks = marks_of([iteration for iteration, _ in costs], [], reach)
    expected, _ = told_apart(drift.expected(problem, states, schedule.rate, marks))
    return Compared(expected[-1].iteration if expected else 0, error_over_limit(dict(costs), expected))


def told_apart(expected: Sequence[Expected]) -> tuple[list[Expected], int | None]:
    """Return the costs before the first whose limit exceeds VAGUE of it, and the iteration of that one, if any."""
    for place, (mark, J, limit) in enumerate(expected):
        if not limit <= VAGUE * abs(J):  # NaN, too
            return list(expected[:place]), mark
    return list(expected), None


def carrying_s(problem: Problem, schedule: Schedule, clock: Clock) -> float:
    """Return the seconds in which the errors of a step are carried back, with half of the costs open."""
    return drift.pace_s(problem, schedule.alpha, MOST_MARKS // 2, clock)


def affordable(last: int, back_s: float, left_s: float) -> int:
    """Return the iteration up to which errors can be carried back in the time, EVERY at the least.

    back_s: seconds in which those of a step are.
    """
    return min(last, max(EVERY, int(left_s / SLOWER / max(back_s, 1e-9))))


def marks_of(ends: Sequence[int], stops: Sequence[int], most: int) -> list[int]:
    """Return the iterations whose costs are compared: at most MOST_MARKS looks, and where a descent stopped."""
    within = [end for end in ends if end <= most]
    every = math.ceil((len(within) - 1) / MOST_MARKS) or 1
    return sorted({0, *within[::-every], *(stop for stop in stops if stop <= most)})


def error_over_limit(costs: Mapping[int, float], expected: Sequence[Expected]) -> float:
    """Return the largest difference of {iteration: J} from the expected costs, in units of what rounding can make."""
    errors = [abs(costs[mark] - J) / limit for mark, J, limit in expected if mark in costs]
    return max((math.inf if math.isnan(error) else error for error in errors), default=0.0)
