"""A cell ready to race: the saved problem and its reference gradients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gradrace.bench import problems
from gradrace.bench.problems import Make
from gradrace.bench.results import DESCENT_STEPS, Cell
from gradrace.bench.verification.judge import elsewhere
from gradrace.bench.verification.reference import Point, Reference, reference
from gradrace.bench.verification.trajectory import Trajectory, calm_alpha


class Expected(NamedTuple):
    """The case's own w and b, the reference gradient there, and the one at `elsewhere`."""

    start: Point
    here: Reference
    elsewhere: Reference


@dataclass(frozen=True, eq=False)
class ReadyCell:
    """A cell ready to race: the folder of the saved case, and its reference gradients.

    again: function that saves the case once more.
    """

    cell: Cell
    folder: Path
    expected: Expected
    rng: np.random.Generator
    again: Callable[[], None] | None = None

    @cached_property
    def descent(self) -> Trajectory:
        """Return the descent whose steps are timed: from zeros, with an alpha so small that errors hardly grow."""
        problem = problems.load(self.whole()).problem
        zeros = Point(np.zeros(problem.n_x, problem.dtype), problem.dtype.type(0))
        return Trajectory(problem, zeros, calm_alpha(problem, DESCENT_STEPS))

    def whole(self) -> Path:
        """Return the folder of the case, saving it again if an implementation has removed it."""
        if self.again is not None and not problems.is_saved(self.folder):
            self.again()
        return self.folder


def set_up(cell: Cell, make: Make, folder: Path) -> Expected:
    """Make the cell's problem and save it in the folder; return the reference gradients, and release X."""
    case = make(cell)
    problems.save(case, folder)
    here, there = (reference(case.problem, *point) for point in ((case.w, case.b), elsewhere(case)))
    return Expected(Point(case.w, case.b), here, there)
