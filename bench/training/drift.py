"""Bound on the difference between right descents: every step's rounding, propagated to each cost that it affects.

A right implementation makes the step θ := θ − α g(θ) up to an error δ, with θ = (w, b). |δ| is at most what
`verification.bound` allows. Every later step propagates that error. To first order in the unit roundoff, the cost after
K steps is off by

    Σ_k λ_{k+1} · δ_k    λ_K = g(θ_K),  λ_k = (I − α H(θ_k)) λ_{k+1},  H = 1/m X̃ diag(a(1 − a)) X̃ᵀ

with X̃ the features and a row of ones. This is at most Σ_k |λ_{k+1}|ᵀ |δ_k|. docs/identical-gradients.md derives it.
Source: S. Linnainmaa, Taylor expansion of the accumulated rounding error, BIT 16 (1976).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gradrace.bench.timing import Clock, timed
from gradrace.bench.training.descent import EVERY, State
from gradrace.bench.training.sums import Examples, Sums, Vector, gradient, sums
from gradrace.bench.verification.bound import Bound, bound, step_rounding
from gradrace.bench.verification.exact.oracle import Magnitudes, flushed
from gradrace.impls.interface import Implementation, Problem, Technique

TRIALS = 3
"""Steps that are timed to predict the time of further steps."""


class Expected(NamedTuple):
    """Expected cost J after an iteration, and the limit, to first order, of a right descent's difference from it."""

    iteration: int
    J: float
    limit: float


def _gradient(data: Examples, w: Vector, b: np.float64) -> tuple[np.float64, Vector, np.float64]:
    J, here = gradient(data, np.append(w, b))
    return J, here[:-1], here[-1]


REFERENCE: Implementation[Examples, Vector, np.float64] = Implementation(
    technique=Technique.VECTORIZED, prepare=Examples, gradient=_gradient
)
"""Implementation of the reference descent, in float64 for a problem of any precision."""


def precise(problem: Problem) -> Problem:
    """Return the problem in float64, as the reference descends on it."""
    return replace(problem, dtype=np.dtype(np.float64), Y=problem.Y.astype(np.float64))


class _Errors:
    """Bounds of rounding at θ, in the problem's own precision and in the reference's."""

    def __init__(self, problem: Problem) -> None:
        self.precisions = problem, precise(problem)
        self.examples = Examples(problem)

    def bounds(self, theta: Vector, here: Sums) -> list[Bound]:
        """Return the bounds of J, dw and db for each precision."""
        examples = self.examples
        magnitudes = Magnitudes(
            x=examples.x,
            x_dz=here.x_dz,
            x_z=here.x_z,
            L=here.parts,
            entries=examples.entries,
            features=examples.features,
            flushed=0.0,
        )
        return [
            bound(problem, replace(magnitudes, flushed=flushed(problem.dtype, theta[:-1], examples.largest_x)))
            for problem in self.precisions
        ]

    def of_cost(self, theta: Vector, here: Sums) -> float:
        """Return the largest difference that rounding allows between two costs computed at θ."""
        return sum(one.J for one in self.bounds(theta, here))

    def of_step(self, theta: Vector, here: Sums, alpha: float) -> Vector:
        """Return the largest difference that rounding allows between two steps from θ, (n_x + 1,)."""
        both = np.zeros_like(theta)
        for one, problem in zip(self.bounds(theta, here), self.precisions, strict=True):
            both += alpha * np.append(one.dw, one.db) + step_rounding(problem.dtype, theta, alpha * here.gradient)
        return both


class _CarriedBack:
    """Costs whose errors are being propagated backwards.

    directions: gradient of each cost with respect to θ at the present iteration, (n_x + 1, costs).
    limits: accumulated bounds.
    """

    def __init__(self, errors: _Errors, n: int) -> None:
        self.errors = errors
        self.marks: list[int] = []
        self.costs: list[float] = []
        self.limits = np.empty(0)
        self.directions = np.empty((n, 0))

    def open(self, mark: int, theta: Vector) -> None:
        """Add a cost, which is reached at θ (n_x + 1,)."""
        here = sums(self.errors.examples, theta, theta[:, np.newaxis][:, :0])
        self.marks.append(mark)
        self.costs.append(here.J)
        self.limits = np.append(self.limits, self.errors.of_cost(theta, here))
        self.directions = np.column_stack([self.directions, here.gradient])

    def step(self, theta: Vector, alpha: float) -> None:
        """Propagate all costs backwards over the step that leaves θ (n_x + 1,)."""
        here = sums(self.errors.examples, theta, self.directions)
        self.limits += self.errors.of_step(theta, here, alpha) @ np.abs(self.directions)
        self.directions = self.directions - alpha * here.curved


def paces_s(problem: Problem, alpha: float, columns: int, clock: Clock) -> tuple[float, float]:
    """Return the seconds of a step of the reference, and those in which `expected` propagates one step's errors.

    Each is the median of TRIALS measurements, because neither can be derived from the other. columns: number of costs
    that the errors are propagated to.
    """
    errors, theta = _Errors(problem), np.zeros(problem.n_x + 1)
    carried = _CarriedBack(errors, len(theta))
    carried.open(0, theta)
    carried.directions = np.repeat(carried.directions, columns, axis=1)
    carried.limits = np.repeat(carried.limits, columns)

    def step() -> Vector:
        return -alpha * gradient(errors.examples, theta).of_theta

    def back() -> None:
        carried.step(step(), alpha)

    step_s, back_s = (sorted(timed(call, clock)[0] for _ in range(TRIALS))[TRIALS // 2] for call in (step, back))
    return step_s, back_s


def expected(
    problem: Problem, states: Sequence[State], rate: Callable[[int], float], marks: Sequence[int]
) -> list[Expected]:
    """Return the expected cost after each of the iterations `marks`, in their order.

    The errors are propagated backwards, EVERY steps at a time, which are recomputed from the state before them. A step
    takes two passes over X. A limit may overflow to infinity or NaN where the steps amplify errors.

    Args:
        problem: the problem of the descents.
        states: states of the reference at 0, EVERY, 2·EVERY, ... iterations, as far as the marks reach.
        rate: function that returns alpha for an iteration.
        marks: iterations whose costs are wanted.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return _expected(problem, states, rate, marks)


def _expected(
    problem: Problem, states: Sequence[State], rate: Callable[[int], float], marks: Sequence[int]
) -> list[Expected]:
    errors = _Errors(problem)
    carried = _CarriedBack(errors, problem.n_x + 1)
    starts: dict[int, Vector] = {state.iteration: np.append(state.w, state.b).astype(np.float64) for state in states}
    last, wanted = max(marks), set(marks)
    for start in range((max(last, 1) - 1) // EVERY * EVERY, -1, -EVERY):
        path = [starts[start]]
        for iteration in range(start, min(start + EVERY, last)):
            path.append(path[-1] - rate(iteration) * gradient(errors.examples, path[-1]).of_theta)
        for iteration in range(start + len(path) - 1, start, -1):
            if iteration in wanted:
                carried.open(iteration, path[iteration - start])
            carried.step(path[iteration - 1 - start], rate(iteration - 1))
    if 0 in wanted:
        carried.open(0, starts[0])
    found = dict(zip(carried.marks, zip(carried.costs, carried.limits.tolist(), strict=True), strict=True))
    return [Expected(mark, *found[mark]) for mark in marks]
