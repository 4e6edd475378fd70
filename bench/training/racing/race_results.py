"""What a race of descents was: everyone's looks at the cost, and what came of comparing them."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from gradrace.bench.results import Absence
from gradrace.bench.training.drift import Expected
from gradrace.bench.training.events import Done


class Look(NamedTuple):
    """One look at a descent: after so many iterations, the seconds of all steps so far, and the cost."""

    iteration: int
    seconds: float
    J: float


class Ran(NamedTuple):
    """What became of an implementation's descent.

    step_s: about what one took at the end. looks: from iteration 0 on. error_over_limit: the largest difference of a
    compared cost, in units of what rounding can make of it. stopped: why it ended early, or None. done: its classifier,
    and how good that is; None if it ended early.
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
        """Seconds per step between each two looks."""
        return [
            (after.seconds - before.seconds) / (after.iteration - before.iteration)
            for before, after in pairwise(self.looks)
        ]

    def seconds_to(self, iteration: int) -> float:
        """Seconds to an iteration; predicted from the median step where it was not reached."""
        reached = [look for look in self.looks if look.iteration <= iteration][-1]
        step_s = float(np.median(self.steps_s or [self.step_s]))
        return reached.seconds + (iteration - reached.iteration) * step_s


class Raced(NamedTuple):
    """A race of descents. costs: (iteration, J) of the reference at each look. expected: those compared, how sharply.

    absences: who took no part, failed, or was wrong. vague: the iteration from which on costs can't be compared, as the
    steps amplify what rounding does; None if there is none. notes: what a reader should know of the descent.
    """

    ran: list[Ran]
    absences: list[Absence]
    costs: list[tuple[int, float]]
    expected: list[Expected]
    vague: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def first(self) -> Ran | None:
        """Who was first at the end; None if nobody got there."""
        ended = [one for one in self.ran if one.done]
        return min(ended, key=lambda one: one.looks[-1].seconds, default=None)

    def shared(self, one: Ran) -> list[Look]:
        """Its looks where everyone looks: who stops in between has one there that nobody shares."""
        everyones = {iteration for iteration, _ in self.costs}
        return [look for look in one.looks if look.iteration in everyones]

    def iteration_at(self, J: float) -> int | None:
        """The first look at which the cost is J or less; None if there is none."""
        return next((iteration for iteration, cost in self.costs if cost <= J), None)
