"""Verification of a gradient: its error against the oracle, in units of the largest error that rounding can make."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from gradrace.bench.problems import made_up_point
from gradrace.bench.results import ErrorOverBound, UnusableInput
from gradrace.bench.text import multiple
from gradrace.bench.verification.bound import Bound, bound, step_rounding
from gradrace.bench.verification.exact.double_double import DoubleDouble
from gradrace.bench.verification.exact.oracle import ExactGradients, Oracle
from gradrace.impls.interface import Float, FloatArray, Gradient, Implementation, Problem


class Point(NamedTuple):
    """Point of a descent: w (n_x,) and b."""

    w: FloatArray
    b: Float


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The exact gradient of a problem of m examples at (w, b), and the bound of a right one's error."""

    exact: Oracle
    bound: Bound
    dtype: np.dtype[Any]
    m: int

    def error_over_bound(self, gradient: Gradient) -> ErrorOverBound:
        """Return error / bound of J, db and the worst component of dw: none is above 1 if the gradient is right.

        It is infinite for a value that isn't finite, and for a dw of another shape than (n_x,) or another precision.
        """
        return ErrorOverBound(
            J=_worst(_error(gradient.J, self.exact.J), self.bound.J),
            dw=math.inf if self.malformed(gradient) else _worst(_error(gradient.dw, self.exact.dw), self.bound.dw),
            db=_worst(_error(gradient.db, self.exact.db), self.bound.db),
        )

    def fault(self, gradient: Gradient) -> str | None:
        """Return what is wrong with a gradient, in a few words; None if it is right."""
        if malformed := self.malformed(gradient):
            return malformed
        errors = self.error_over_bound(gradient)
        for name in ("J", "dw", "db"):
            if not np.isfinite(getattr(gradient, name)).all():
                return f"{name} isn't finite"
            if (ratio := getattr(errors, name)) > 1:
                return f"{name} is off by {multiple(ratio)} times the error bound"
        return None

    def step_fault(self, before: Point, after: Point, alpha: float) -> str | None:
        """Return what is wrong with one step w − α dw, b − α db from the reference's own point; None if it is right."""
        w_error = _step_error(before.w, after.w, alpha, self.exact.dw, self.bound.dw, self.dtype)
        b_error = _step_error(before.b, after.b, alpha, self.exact.db, self.bound.db, self.dtype)
        if max(w_error, b_error) <= 1:
            return None
        return f"w is off by {multiple(w_error)} times, b by {multiple(b_error)} times the error bound"

    def digits(self, gradient: Gradient) -> float:
        """Return the decimal digits to which (dw, db) is exact, in the maximum norm: at most those of the precision."""
        if not math.isfinite(self.error_over_bound(gradient).worst):
            return 0.0
        error = max(_worst(_error(gradient.dw, self.exact.dw)), _worst(_error(gradient.db, self.exact.db)))
        largest = max(_worst(np.abs(self.exact.dw.hi)), _worst(np.abs(self.exact.db.hi)))
        u = float(np.finfo(self.dtype).eps) / 2
        if error <= u * largest:
            return -math.log10(u)
        return math.log10(largest / error) if largest > error else 0.0

    def malformed(self, gradient: Gradient) -> str | None:
        """Return what dw is, if it isn't of the working precision and shape (n_x,), and what to do; None if it is."""
        dw, shape = np.asarray(gradient.dw), self.bound.dw.shape
        if dw.shape == shape and dw.dtype == self.dtype:
            return None
        advice = ""
        if dw.shape == shape:
            advice = "; return np.asarray(dw, w.dtype)" if np.issubdtype(dw.dtype, np.floating) else ""
        elif dw.size == self.bound.dw.size:
            advice = "; return np.ravel(dw)"
        elif dw.size == self.m:
            advice = ", but a number for each example; sum over the examples, as X @ dz does"
        return f"dw is {dw.dtype} of shape {dw.shape}, not {self.dtype} of shape {shape}{advice}"


class References:
    """References of a problem, at one point after another: quicker than one by one, as some work is done once."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self._exact = problem, ExactGradients(problem)

    def at(self, w: FloatArray, b: Float) -> Reference:
        """Return the exact gradient at w (n_x,), b, with its error bound.

        Raises UnusableInput if there is no finite one.
        """
        with np.errstate(all="ignore"):
            found = self._exact.at(w, b)
            limits = bound(self.problem, found.magnitudes)
        if not (math.isfinite(limits.J) and math.isfinite(limits.db) and np.isfinite(limits.dw).all()):
            raise UnusableInput("no finite gradient: X, w or b hold NaN, infinity or huge values; rescale the features")
        return Reference(exact=found, bound=limits, dtype=self.problem.dtype, m=self.problem.m)


def reference(problem: Problem, w: FloatArray, b: Float) -> Reference:
    """Return the reference of a problem at w (n_x,) and b. Raises UnusableInput as `References.at` does."""
    return References(problem).at(w, b)


def _error(value: Any, exact: DoubleDouble) -> Any:
    """Return |value - exact|.

    value - hi comes first. It is exact if they are near, so that the digits of lo count.
    """
    return np.abs((np.asarray(value, dtype=np.float64) - exact.hi) - exact.lo)


def _worst(errors: Any, unit: Any = 1.0) -> float:
    """Return the largest error in its unit; infinite if one isn't a number."""
    with np.errstate(over="ignore"):  # the ratio may exceed 1e308 bounds
        ratios = errors / unit
    return float(np.max(np.where(np.isnan(ratios), np.inf, ratios)))


def _step_error(before: Any, after: Any, alpha: float, d: DoubleDouble, limit: Any, dtype: np.dtype[Any]) -> float:
    """Return the largest error of before − α·d in units of its bound: α times that of d, plus the step's roundings."""
    start, end = (np.asarray(value, dtype=np.float64) for value in (before, after))
    rounding = step_rounding(dtype, start, alpha * d.hi)
    return _worst(np.abs((end - start) + alpha * d.hi) / (alpha * limit + rounding))


class WrongGradient(Exception):
    """Error of an implementation whose gradient is beyond the error bound, with the excess as text."""


def require_right(implementation: Implementation[Any, Any, Any], data: Any, problem: Problem) -> None:
    """Raise WrongGradient if the gradient is wrong at a made-up point, where less cancels than at zeros."""
    w, b = made_up_point(problem)
    gradient = implementation.read(implementation.gradient(data, *implementation.native(w, b)))
    if fault := reference(problem, w, b).fault(gradient):
        raise WrongGradient(fault)
