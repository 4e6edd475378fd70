"""Is an implementation right on a problem: at every call, and without harm to what it was given?"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from msgspec.structs import asdict

from bench.results import ErrorOverBound
from bench.verify import Reference, reference
from impls.interface import Float, FloatArray, Gradient, Implementation, Problem

NO_GRADIENT = ErrorOverBound(J=np.inf, dw=np.inf, db=np.inf)


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """Where a gradient is taken, w (n_x,) and b, and what is right there."""

    w: FloatArray
    b: Float
    reference: Reference


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A problem and two points: the oracle's work is done once, then any number of implementations can be checked."""

    problem: Problem
    first: Point
    second: Point


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """error_over_bound: the worst of all calls. findings: what is wrong, a line each; none if all is right.

    gradient: what the first call returned, to compare its bits with another's; None if an exception came instead.
    """

    error_over_bound: ErrorOverBound
    findings: tuple[str, ...]
    gradient: Gradient | None


@dataclass(frozen=True, slots=True, eq=False)
class _Call:
    """One call: what it returned, how NumPy read that at once, and whether w was still what it had been."""

    point: Point
    native: tuple[Any, Any, Any]
    gradient: Gradient
    kept_w: bool


def trial(problem: Problem, w: FloatArray, b: Float) -> Trial:
    """The problem at (w, b) and at (−w, b + 1), which is another point whatever w and b are, with z about as large."""
    first, second = (Point(w_, b_, reference(problem, w_, b_)) for w_, b_ in ((w, b), (-w, b + b.dtype.type(1))))
    return Trial(problem, first, second)


def check(implementation: Implementation[Any, Any, Any], trial: Trial) -> Verdict:
    """Prepare the problem; take the gradient at the first point, at the second, and at the first again.

    Right is: within the error bound each time, of the problem's dtype and shape, no RuntimeWarning (NumPy's overflow or
    invalid value), X, Y and w left as they were, and nothing returned that a later call changes. Where calls differ in
    their last bits, within the bound, that is right too. What the implementation raises becomes a finding.
    """
    problem = trial.problem
    X, Y = problem.X.copy(), problem.Y.copy()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", RuntimeWarning)
        try:
            calls = _calls(implementation, trial)
            later = [_read(implementation, call.native) for call in calls]
        except Exception as error:  # an implementation may raise anything
            return Verdict(NO_GRADIENT, (f"raises {type(error).__name__}: {_first_line(error)}",), None)
    worst = _worst([call.point.reference.error_over_bound(call.gradient) for call in calls])
    well_formed = all(
        (call.gradient.dw.dtype, call.gradient.dw.shape) == (problem.dtype, X.shape[:1]) for call in calls
    )
    faults = {
        **{f"error / bound of {part} is {over:.2g}": not over <= 1 for part, over in asdict(worst).items()},
        f"dw is not {problem.dtype} of shape ({problem.n_x},)": not well_formed,
        **{f"warns: {_first_line(warning.message)}": True for warning in caught},
        "changes X": not np.array_equal(problem.X, X),
        "changes Y": not np.array_equal(problem.Y, Y),
        "changes w": not all(call.kept_w for call in calls),
        "a later call changes what an earlier one returned": not all(
            map(same_bits, (c.gradient for c in calls), later)
        ),
    }
    return Verdict(worst, tuple(fault for fault, found in faults.items() if found), calls[0].gradient)


def same_bits(one: Gradient, other: Gradient) -> bool:
    """Whether J, dw and db are equal to the last bit: NaN equals itself, 0 and −0 differ."""
    parts = ((one.J, other.J), (one.dw, other.dw), (one.db, other.db))
    return all(np.asarray(a).tobytes() == np.asarray(b).tobytes() for a, b in parts)


def _calls(implementation: Implementation[Any, Any, Any], trial: Trial) -> list[_Call]:
    """One array holds w at every call, and the third call is given the native w and b of the first once more.

    So an implementation that recognizes w by its identity and not by its values is found out, and so is one that
    changes a native w that NumPy can't see: its third gradient is that of another point.
    """
    data = implementation.prepare(trial.problem)
    w = trial.first.w.copy()

    def call(point: Point, native: tuple[Any, Any]) -> _Call:
        result = implementation.gradient(data, *native)
        return _Call(point, result, _read(implementation, result), kept_w=np.array_equal(w, point.w))

    native = implementation.native(w, trial.first.b)
    first = call(trial.first, native)
    w[:] = trial.second.w
    second = call(trial.second, implementation.native(w, trial.second.b))
    w[:] = trial.first.w
    return [first, second, call(trial.first, native)]


def _read(implementation: Implementation[Any, Any, Any], result: tuple[Any, Any, Any]) -> Gradient:
    """The result as it is now, in memory of its own, also where `to_numpy` returns a view."""
    gradient = implementation.read(*result)
    return Gradient(J=float(gradient.J), dw=np.array(gradient.dw), db=float(gradient.db))


def _worst(errors: list[ErrorOverBound]) -> ErrorOverBound:
    """The largest of each part."""
    return ErrorOverBound(J=max(e.J for e in errors), dw=max(e.dw for e in errors), db=max(e.db for e in errors))


def _first_line(message: object) -> str:
    return str(message).strip().partition("\n")[0]
