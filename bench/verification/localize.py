"""Localization of an error: the fewest examples, then the fewest features, with which a gradient is still wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from gradrace.bench.results import UnusableInput
from gradrace.bench.text import apart
from gradrace.bench.verification.hard_problems import Exercise
from gradrace.bench.verification.reference import reference
from gradrace.impls.interface import Gradient

Compute = Callable[[Exercise], Gradient | None]
"""Function that returns the gradient of a problem at its own point; None if the implementation fails."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """Smallest part of a problem that shows an error: its first `m` examples and `n_x` features.

    part: the worst part of the gradient there: J, db, or dw_j with j from 1 on.
    got, right: its value, and the right one.
    """

    m: int
    n_x: int
    part: str
    got: float
    right: float

    def __str__(self) -> str:
        before = [_first(self.m - 1, "example")] if self.m > 1 else []
        before += [_first(self.n_x - 1, "feature")] if self.n_x > 1 else []
        right = f" (with only {' or '.join(before)} it is right)" if before else ""
        got, exact = apart(self.got, self.right)
        return (
            f"the error begins with example {self.m} and feature {self.n_x}{right}: "
            f"there {self.part} is {got}, and {exact} is right"
        )


def beginning(exercise: Exercise, m: int, n_x: int, compute: Compute) -> Beginning | None:
    """Narrow a problem of m examples and n_x features, whose result is wrong, by bisection.

    The result is a place where right turns wrong. It is the only one if further examples or features never remove an
    error. Returns None if the part found gives no gradient of the right shape.
    """
    m = _least(lambda first: _wrong(replace(exercise, first_m=first), compute), m)
    n_x = _least(lambda first: _wrong(replace(exercise, first_m=m, first_n_x=first), compute), n_x)
    part = replace(exercise, first_m=m, first_n_x=n_x)
    gradient = compute(part)
    if gradient is None or np.shape(gradient.dw) != (n_x,):
        return None
    return Beginning(m, n_x, *_worst(part, gradient))


def _least(wrong: Callable[[int], bool], known: int) -> int:
    """Return a number that is wrong although the one below it is right, by bisection; `known` is wrong.

    It is the least wrong number if all numbers above a wrong one are wrong. 0 counts as right.
    """
    right = 0
    while known - right > 1:
        middle = (right + known) // 2
        if wrong(middle):
            known = middle
        else:
            right = middle
    return known


def _wrong(part: Exercise, compute: Compute) -> bool:
    gradient, case = compute(part), part.case()
    if gradient is None:
        return True
    try:
        return reference(case.problem, case.w, case.b).fault(gradient) is not None
    except UnusableInput:  # a part without a finite gradient shows nothing
        return False


def _worst(part: Exercise, gradient: Gradient) -> tuple[str, float, float]:
    case = part.case()
    found = reference(case.problem, case.w, case.b)
    errors = np.abs(np.asarray(gradient.dw, dtype=np.float64) - found.exact.dw.hi) / found.bound.dw
    j = int(np.argmax(np.where(np.isnan(errors), np.inf, errors)))
    parts = {
        "J": (gradient.J, found.exact.J, found.bound.J),
        f"dw_{j + 1}": (gradient.dw[j], found.exact.dw.hi[j], found.bound.dw[j]),
        "db": (gradient.db, found.exact.db, found.bound.db),
    }
    over = {}
    for name, (got, exact, bound) in parts.items():
        right = float(getattr(exact, "hi", exact))
        error = abs(float(got) - right) / float(bound)
        over[name] = (np.inf if np.isnan(error) else error, float(got), right)
    name = max(over, key=lambda name: over[name][0])
    return name, *over[name][1:]


def _first(number: int, noun: str) -> str:
    return f"the first {noun}" if number == 1 else f"the first {number} {noun}s"
