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

    in_place: whether w is written to the array of the previous call. Otherwise the problem is called twice, with the
    same native w and b.
    """

    problem: int
    point: Point
    in_place: bool = True


class Descent(NamedTuple):
    """A descent on a problem of the scene, by its number.

    again: number of further steps from its end, as in a continued training, with a gradient after them.
    """

    problem: int
    start: Point
    alpha: float
    steps: int
    again: int = 0


class Long(NamedTuple):
    """A long descent, which must end at the same point as its parts, each of which begins at the end of the last.

    The oracle computes the first part alone. The descent is skipped if the implementation has no `descend`.
    """

    problem: int
    start: Point
    alpha: float
    part: int
    parts: int


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Problems that are prepared together, and the calls and descents on them.

    Descents are made after the first half of the calls.
    late: whether each problem is prepared when it is first called.
    refilled: as late, and X and Y are in the memory of the previous problem.
    dropped: as late, and X and Y are let go once they are prepared, and the prepared data at the next problem.
    """

    problems: Sequence[Problem]
    calls: Sequence[Call] = ()
    late: bool = False
    refilled: bool = False
    dropped: bool = False
    descents: Sequence[Descent] = ()
    long: Sequence[Long] = ()


def single(case: Case, *points: Point) -> Scene:
    """Return a scene of one problem, called at its own point and at others."""
    return Scene([case.problem], [Call(0, point) for point in (Point(case.w, case.b), *points)])


def problem_of(X: Any, Y: Any, dtype: Dtype, scale: float = 1.0) -> Problem:
    """Return a problem of the precision; an X of bytes keeps its type."""
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
