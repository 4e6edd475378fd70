"""A scene: problems that are prepared together, the calls on them, and descents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from gradrace.bench.problems import Case
from gradrace.bench.results import Dtype
from gradrace.bench.verification.reference import Point
from gradrace.impls.interface import Problem


class Call(NamedTuple):
    """A call on a problem of the scene, by its number, at a point.

    in_place: w lies in the array of the call before; otherwise it is called twice, with the same native w and b.
    """

    problem: int
    point: Point
    in_place: bool = True


class Descent(NamedTuple):
    """A descent on a problem of the scene, by its number.

    again: so many further steps from where it has ended, as in a training that goes on, and a gradient after them.
    """

    problem: int
    start: Point
    alpha: float
    steps: int
    again: int = 0


class Long(NamedTuple):
    """A long descent, which must end where as many steps in parts end, each part beginning at the end of the last.

    The oracle works out the first part alone. Descents that an implementation doesn't make itself are left out.
    """

    problem: int
    start: Point
    alpha: float
    part: int
    parts: int


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Problems that are prepared together, and the calls and descents on them.

    Descents are made after the first half of the calls. late: each problem is prepared when it is first called.
    refilled: late, with X and Y in the memory that held those of the problem before.
    """

    problems: Sequence[Problem]
    calls: Sequence[Call] = ()
    late: bool = False
    refilled: bool = False
    descents: Sequence[Descent] = ()
    long: Sequence[Long] = ()


def single(case: Case, *points: Point) -> Scene:
    """Return one problem, called at its own point and at others."""
    return Scene([case.problem], [Call(0, point) for point in (Point(case.w, case.b), *points)])


def problem_of(X: Any, Y: Any, dtype: Dtype, scale: float = 1.0) -> Problem:
    """Return a problem of the precision; X stays of one byte if it is."""
    X, precision = np.asarray(X), np.dtype(dtype)
    return Problem(
        X if X.dtype in (np.uint8, precision) else X.astype(precision),
        np.asarray([Y]).astype(precision),
        precision,
        scale,
    )


def point(problem: Problem, w: Any, b: float) -> Point:
    """Return a point of the problem's precision."""
    return Point(np.asarray(w).astype(problem.dtype), problem.dtype.type(b))
