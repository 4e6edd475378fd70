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
from numpy.typing import NDArray

from gradrace.bench.timing import Clock, timed
from gradrace.bench.training.descent import EVERY, State
from gradrace.bench.training.prediction import sigmoid
from gradrace.bench.verification.bound import Bound, bound, step_rounding
from gradrace.bench.verification.exact.oracle import Magnitudes, flushed
from gradrace.impls.interface import Implementation, Problem, Technique

Vector = NDArray[np.float64]

TRIALS = 3
"""Steps that are timed to predict the time of further steps."""


class Expected(NamedTuple):
    """Expected cost J after an iteration, and the limit, to first order, of a right descent's difference from it."""

    iteration: int
    J: float
    limit: float


class Design(NamedTuple):
    """Data in float64, with the bias as one more feature: X (n_x + 1, m), |X|, Y (m,)."""

    X: Vector
    abs_X: Vector
    Y: Vector


def design(problem: Problem) -> Design:
    """Return the data of a problem, laid out for products. |X| is X itself if no entry is negative."""
    X = np.empty((problem.n_x + 1, problem.m))
    np.multiply(problem.X, problem.scale, out=X[:-1])
    X[-1] = 1.0
    return Design(X, np.abs(X) if X.min() < 0 else X, problem.Y[0].astype(np.float64))


def _gradient(data: Design, w: Vector, b: np.float64) -> tuple[np.float64, Vector, np.float64]:
    here = _Here(data, np.append(w, b))
    return here.J, here.gradient[:-1], here.gradient[-1]


REFERENCE: Implementation[Design, Vector, np.float64] = Implementation(
    technique=Technique.VECTORIZED, prepare=design, gradient=_gradient
)
"""Implementation of the reference descent, in float64 for a problem of any precision."""


def precise(problem: Problem) -> Problem:
    """Return the problem in float64, as the reference descends on it."""
    return replace(problem, dtype=np.dtype(np.float64), Y=problem.Y.astype(np.float64))


class _Here:
    """Quantities of the data at θ (n_x + 1,): z (m,), a (m,), dz (m,), J and the gradient (n_x + 1,)."""

    def __init__(self, data: Design, theta: Vector) -> None:
        self.data, self.theta = data, theta
        self.z = theta @ data.X
        self.a = sigmoid(self.z)
        self.dz = self.a - data.Y
        self.gradient = data.X @ self.dz / len(data.Y)

    @property
    def L(self) -> Vector:
        """Return the loss of each example, (m,): max(t, 0) + log1p(e^−|z|) with t = (1 − 2y)·z."""
        return np.maximum(self._t, 0) + np.log1p(np.exp(-np.abs(self.z)))

    @property
    def parts(self) -> Vector:
        """Return the parts of each loss, (m,), as `Magnitudes` counts them."""
        parts: Vector = self.L + 2 * np.maximum(-self._t, 0)
        return parts

    @property
    def J(self) -> np.float64:
        """Return the cost: the mean of the losses."""
        return np.float64(np.mean(self.L))

    @property
    def _t(self) -> Vector:
        return self.z * (1 - 2 * self.data.Y)

    def carried(self, directions: Vector, alpha: float) -> Vector:
        """Return (I − α H) times each column of directions (n_x + 1, any)."""
        X, m = self.data.X, len(self.data.Y)
        slope = (self.a * (1 - self.a))[:, np.newaxis]
        carried: Vector = directions - X @ (slope * (X.T @ directions)) * (alpha / m)
        return carried


class _Errors:
    """Bounds of rounding at θ, in the problem's own precision and in the reference's."""

    def __init__(self, problem: Problem, data: Design) -> None:
        self.precisions = problem, precise(problem)
        self.data = data
        nonzero = data.X != 0
        self.x = data.abs_X.mean(axis=1)
        self.entries = np.count_nonzero(nonzero, axis=1).astype(np.float64)
        self.features = int(np.count_nonzero(nonzero, axis=0).max())
        self.largest_x = float(data.abs_X[:-1].sum(axis=0).max())

    def bounds(self, here: _Here) -> list[Bound]:
        """Return the bounds of J, dw and db for each precision."""
        m = len(self.data.Y)
        magnitudes = Magnitudes(
            x=self.x,
            x_dz=self.data.abs_X @ np.abs(here.dz) / m,
            x_z=self.data.abs_X @ (np.abs(here.theta) @ self.data.abs_X) / m,
            L=float(here.parts.mean()),
            entries=self.entries,
            features=self.features,
            flushed=0.0,
        )
        w = here.theta[:-1]
        return [
            bound(problem, replace(magnitudes, flushed=flushed(problem.dtype, w, self.largest_x)))
            for problem in self.precisions
        ]

    def of_cost(self, here: _Here) -> float:
        """Return the largest difference that rounding allows between two costs computed at θ."""
        return sum(one.J for one in self.bounds(here))

    def of_step(self, here: _Here, alpha: float) -> Vector:
        """Return the largest difference that rounding allows between two steps from θ, (n_x + 1,)."""
        both = np.zeros_like(here.theta)
        for one, problem in zip(self.bounds(here), self.precisions, strict=True):
            both += alpha * np.append(one.dw, one.db) + step_rounding(problem.dtype, here.theta, alpha * here.gradient)
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

    def open(self, mark: int, here: _Here) -> None:
        """Add a cost."""
        self.marks.append(mark)
        self.costs.append(float(here.J))
        self.limits = np.append(self.limits, self.errors.of_cost(here))
        self.directions = np.column_stack([self.directions, here.gradient])

    def step(self, here: _Here, alpha: float) -> None:
        """Propagate all costs backwards over the step that leaves θ."""
        self.limits += self.errors.of_step(here, alpha) @ np.abs(self.directions)
        self.directions = here.carried(self.directions, alpha)


def pace_s(problem: Problem, alpha: float, columns: int, clock: Clock) -> float:
    """Return the seconds in which `expected` propagates one step's errors backwards to this many costs (`columns`).

    It is the median of TRIALS measurements, because it can't be derived from the time of a reference step. A product
    with several columns takes 3 to 38 times as long (209 examples of 12,288 features, 1797 of 64).
    """
    data = design(problem)
    carried = _CarriedBack(_Errors(problem, data), problem.n_x + 1)
    here = _Here(data, np.zeros(problem.n_x + 1))
    for _ in range(columns):
        carried.open(0, here)

    def back() -> None:
        carried.step(_Here(data, -alpha * _Here(data, here.theta).gradient), alpha)

    return float(np.median([timed(back, clock)[0] for _ in range(TRIALS)]))


def expected(
    problem: Problem, states: Sequence[State], rate: Callable[[int], float], marks: Sequence[int]
) -> list[Expected]:
    """Return the expected cost after each of the iterations `marks`, in their order.

    The errors are propagated backwards, EVERY steps at a time, which are recomputed from the state before them. A step
    takes six products of X with a vector, and two with a column for each mark. A limit may overflow to infinity or NaN
    where the steps amplify errors.

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
    data = design(problem)
    carried = _CarriedBack(_Errors(problem, data), problem.n_x + 1)
    starts: dict[int, Vector] = {state.iteration: np.append(state.w, state.b).astype(np.float64) for state in states}
    last, wanted = max(marks), set(marks)
    for start in range((max(last, 1) - 1) // EVERY * EVERY, -1, -EVERY):
        path = [starts[start]]
        for iteration in range(start, min(start + EVERY, last)):
            path.append(path[-1] - rate(iteration) * _Here(data, path[-1]).gradient)
        for iteration in range(start + len(path) - 1, start, -1):
            if iteration in wanted:
                carried.open(iteration, _Here(data, path[iteration - start]))
            carried.step(_Here(data, path[iteration - 1 - start]), rate(iteration - 1))
    if 0 in wanted:
        carried.open(0, _Here(data, starts[0]))
    found = dict(zip(carried.marks, zip(carried.costs, carried.limits.tolist(), strict=True), strict=True))
    return [Expected(mark, *found[mark]) for mark in marks]
