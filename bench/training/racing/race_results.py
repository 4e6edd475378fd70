"""Results of a race of descents: the looks at the cost of each implementation, and the comparison of these costs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from gradrace.bench.results import Absence
from gradrace.bench.training.drift import Expected
from gradrace.bench.training.events import Done


class Look(NamedTuple):
    """Look at a descent after some iterations: seconds of all steps so far, and the cost."""

    iteration: int
    seconds: float
    J: float


class Ran(NamedTuple):
    """Result of an implementation's descent.

    Attributes:
        impl: name of the implementation.
        technique: its technique.
        step_s: approximate seconds per step at the end.
        looks: looks at the cost from iteration 0 on.
        error_over_limit: largest difference of a compared cost, divided by the largest one that rounding can explain.
        stopped: reason why it ended early, or None.
        done: its classifier and the quality of it; None if it ended early.
    """

    impl: str
    technique: str
    step_s: float
    looks: list[Look]
    error_over_limit: float
    stopped: str | None
    done: Done | None

    @property
    def steps_s(self) -> list[float]:
        """Return the seconds per step between successive looks."""
        return [
            (after.seconds - before.seconds) / (after.iteration - before.iteration)
            for before, after in pairwise(self.looks)
        ]

    def seconds_to(self, iteration: int) -> float:
        """Return the seconds to an iteration, predicted from the median step if it was not reached."""
        reached = [look for look in self.looks if look.iteration <= iteration][-1]
        step_s = float(np.median(self.steps_s or [self.step_s]))
        return reached.seconds + (iteration - reached.iteration) * step_s


class Raced(NamedTuple):
    """Result of a race of descents.

    Attributes:
        ran: results of the implementations that are right.
        absences: implementations that were unavailable, skipped, failed or wrong.
        costs: (iteration, J) of the reference at each look.
        expected: compared costs and their limits.
        vague: first iteration whose cost can't be compared, because the steps amplify rounding errors, or None.
        notes: words of the notes on the reference descent.
        early: (iteration, J) of the reference between its first two looks.
    """

    ran: list[Ran]
    absences: list[Absence]
    costs: list[tuple[int, float]]
    expected: list[Expected]
    vague: int | None = None
    notes: tuple[str, ...] = ()
    early: Sequence[tuple[int, float]] = ()

    @property
    def first(self) -> Ran | None:
        """Return the implementation that finished first, or None if none finished."""
        ended = [one for one in self.ran if one.done]
        return min(ended, key=lambda one: one.looks[-1].seconds, default=None)

    def shared(self, one: Ran) -> list[Look]:
        """Return the looks of an implementation at those iterations at which all look.

        A descent that stopped in between has one more look there.
        """
        everyones = {iteration for iteration, _ in self.costs}
        return [look for look in one.looks if look.iteration in everyones]

    def iteration_at(self, J: float) -> int | None:
        """Return the iteration of the first look at which the cost is J or less, or None if there is none."""
        return next((iteration for iteration, cost in self.costs if cost <= J), None)
