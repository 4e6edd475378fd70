"""The exact points of a descent after each step, and the bound of a right descent's distance from them."""

from __future__ import annotations

import math

import numpy as np

from gradrace.bench.text import multiple
from gradrace.bench.verification.bound import step_rounding
from gradrace.bench.verification.exact.double_double import Float64
from gradrace.bench.verification.reference import Point, References
from gradrace.impls.interface import Problem

SLACK = 4
"""Multiple of the sum of its steps' bounds beyond which a descent is wrong: each step carries on earlier errors."""

STEEP = 2.0
"""Product of alpha and the largest curvature up to which no step makes an error larger."""


class Trajectory:
    """A descent by the oracle's gradients, in float64, extended step by step on demand."""

    def __init__(self, problem: Problem, start: Point, alpha: float) -> None:
        self.problem, self.start, self.alpha = problem, start, alpha
        self._references = References(problem)
        at = np.append(start.w, start.b).astype(np.float64)
        self._ends: list[tuple[Float64, Float64]] = [(at, step_rounding(problem.dtype, at, 0.0))]
        self._grows = alpha * mean_square(problem) / 4 > STEEP

    def fault(self, end: Point, count: int) -> str | None:
        """Return what is wrong with the end of a descent of `count` steps; None if it is right."""
        if malformed := self.malformed(end):
            return malformed
        at, limit = self.after(count)
        with np.errstate(all="ignore"):
            over = np.max(np.abs(np.append(end.w, end.b).astype(np.float64) - at) / limit)
        if over <= 1:
            return None
        return f"step {count} of a descent with alpha {self.alpha:.3g} is off by {multiple(over)} times its limit"

    def malformed(self, end: Point) -> str | None:
        """Return what w is at an end, if it isn't of the start's precision and shape; None if it is."""
        if end.w.dtype == self.start.w.dtype and end.w.shape == self.start.w.shape:
            return None
        return f"a descent returns w of {end.w.dtype} and shape {end.w.shape}"

    def after(self, count: int) -> tuple[Float64, Float64]:
        """Return w and b in one array (n_x + 1,) after `count` steps, and the largest error of each."""
        while len(self._ends) <= count:
            self._step()
        return self._ends[count]

    def _step(self) -> None:
        at, limit = self._ends[-1]
        right = self._references.at(at[:-1], at[-1])
        change = self.alpha * np.append(right.exact.dw.hi, right.exact.db.hi)
        bound = self.alpha * np.append(right.bound.dw, right.bound.db)
        rounding = step_rounding(self.problem.dtype, at, change)
        self._ends.append((at - change, self._growth(at) * limit + SLACK * (bound + rounding)))

    def _growth(self, at: Float64) -> float:
        """Return the factor by which a step may grow errors: |1 - alpha h|, for the largest curvature h of J."""
        if not self._grows:
            return 1.0
        X = np.vstack([self.problem.X * self.problem.scale, np.ones(self.problem.m)]).astype(np.float64)
        e = np.exp(-np.abs(at @ X))
        weighted = X * np.sqrt(e) / (1 + e)  # a (1 - a) = e / (1 + e)^2
        largest = np.linalg.norm(weighted, 2) ** 2 / self.problem.m
        return max(1.0, float(self.alpha * largest) - 1)


def mean_square(problem: Problem) -> float:
    """Return the mean of |x|^2 over the examples, with the bias as a feature of ones."""
    return 1.0 + float(np.mean(np.sum(np.square(problem.X * problem.scale, dtype=np.float64), axis=0)))


def calm_alpha(problem: Problem, steps: int) -> float:
    """Return the largest power of two for alpha with which `steps` steps grow no error by more than a factor of e.

    A step turns errors e into (I - alpha H) e, where no eigenvalue of H exceeds mean |x|^2 / 4, with the bias as a
    feature of ones. So all steps grow them by exp(steps * alpha * mean |x|^2 / 4) at most.
    """
    return 2.0 ** math.floor(math.log2(4 / (steps * mean_square(problem))))
