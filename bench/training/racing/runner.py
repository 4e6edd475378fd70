"""Implementation that descends in a race: its turns, and its share of the time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from gradrace.bench.race import plan
from gradrace.bench.race.rounds import turns
from gradrace.bench.results import Absence, Outcome
from gradrace.bench.timing import Deadline
from gradrace.bench.training.data import Request
from gradrace.bench.training.events import Tell
from gradrace.bench.training.racing.race_results import Look
from gradrace.bench.workers.answers import Advanced
from gradrace.bench.workers.client import ProcessWorker
from gradrace.bench.workers.process import WorkerFailed
from gradrace.bench.workers.task import Task

LOOK_S = 0.005
"""Seconds of a turn in addition to its steps and its cost: the worker wakes up and answers."""

MORE = 1.5
"""Safety factor for the time reserved for an implementation, relative to its predicted time.

A slow implementation uses up its share, and the time that a quick one needs must be left until the end.
"""


@dataclass(slots=True)
class Runner:
    """Implementation that descends.

    Attributes:
        worker: its process.
        step_s: approximate seconds per step.
        descends: whether it has its own `descend`; then the first descent of each length is made twice.
        looks: looks at the cost from iteration 0 on.
        point: the present w, b and J, or None at the start.
        stopped: reason why it stopped within the race, or None.
        failure: reason why it is absent from the results, or None.
        made: lengths of the descents so far.
    """

    worker: ProcessWorker
    step_s: float
    descends: bool = False
    looks: list[Look] = field(default_factory=list)
    point: Advanced | None = None
    stopped: str | None = None
    failure: Absence | None = None
    made: set[int] = field(default_factory=set)

    @property
    def iteration(self) -> int:
        """Return the iteration that it has reached."""
        return self.looks[-1].iteration if self.looks else 0

    @property
    def seconds(self) -> float:
        """Return the seconds of its steps so far."""
        return self.looks[-1].seconds if self.looks else 0.0

    @property
    def is_out(self) -> bool:
        """Return whether it goes no further."""
        return bool(self.stopped or self.failure)

    def needs_s(self, steps: int) -> float:
        """Return the predicted seconds of `steps` steps and the cost after them.

        If it `descends`, the steps count twice for a new length.
        """
        return self.step_s * (steps * (1 + (self.descends and steps not in self.made)) + 1)

    def remaining_s(self, last: int, looks: int) -> float:
        """Return the seconds to reserve until the iteration `last`, with `looks` looks at the cost on the way."""
        return MORE * (self.step_s * (last - self.iteration + looks) + LOOK_S * looks)

    def advance(self, end: int, alpha: float, until: Deadline) -> None:
        """Descend to the iteration `end`, or as far as the time allows."""
        while self.iteration < end or not self.looks:
            wanted = end - self.iteration
            steps = self._affordable(wanted, until.left_s())
            if steps < 0 and not self.looks:
                self._skip(f"no time is left for one gradient of {plan.about(self.step_s)}")
            elif steps <= 0 < wanted:
                whole_s = self.seconds + self.step_s * wanted
                self.stopped = f"iteration {end} would be reached after {plan.about(whole_s)} (predicted)"
            else:
                self._make(steps, alpha, until)
            if self.is_out:
                return

    def _affordable(self, wanted: int, left_s: float) -> int:
        """Return how many of the wanted steps, with a cost, are predicted to fit the time.

        The result is −1 if not even the cost fits.
        """
        if self.needs_s(wanted) <= left_s:
            return wanted
        return min(wanted - 1, math.floor((left_s / max(self.step_s, 1e-9) - 1) / (1 + self.descends)))

    def _make(self, steps: int, alpha: float, until: Deadline) -> None:
        """Make `steps` steps, and record their time and the cost."""
        self.worker.patience_s = max(0.0, until.left_s())
        try:
            self.point = self.worker.ask(Task.advance, alpha, steps)
        except WorkerFailed as failure:
            if until.left_s() > 0:
                self.failure = absence(self.worker.name, "failed", "descent", str(failure))
            elif self.looks:
                self.stopped = f"gave no answer to {steps} more steps within --budget"
            else:
                self._skip("no time is left")
            return
        self.made.add(steps)
        self.looks.append(Look(self.iteration + steps, self.seconds + self.point.seconds, self.point.J))
        if steps:  # a better estimate: more steps may fit the time
            self.step_s = self.point.seconds / steps

    def _skip(self, reason: str) -> None:
        self.failure = absence(self.worker.name, "skipped", "descent", f"{reason}; raise --budget")


def take_turns(runners: Sequence[Runner], ends: Sequence[int], request: Request, until: Deadline, tell: Tell) -> None:
    """Advance each implementation to each iteration in `ends`, in balanced random order.

    Each implementation is limited to its share of the time.
    """
    for end, runner in turns(runners, np.random.default_rng(request.seed), ends):
        looks = sum(at >= end for at in ends)
        needs = [one.remaining_s(ends[-1], looks) for one in runners if not one.is_out]
        share_s = fair_share_s(needs, until.left_s())
        tell(f"to iteration {end}: {runner.worker.name}", sum(min(need, share_s) for need in needs))
        runner.advance(end, request.schedule.rate(runner.iteration), until.within(share_s))


def fair_share_s(needs: Sequence[float], seconds: float) -> float:
    """Return the most seconds that each implementation may take so that all fit.

    Implementations that need less leave the rest to the others. The result is infinite if there is enough for all.
    """
    for place, need in enumerate(sorted(needs)):
        share_s = seconds / (len(needs) - place)
        if need > share_s:
            return share_s
        seconds -= need
    return math.inf


def absence(impl: str, outcome: Outcome, at: str, message: str) -> Absence:
    """Return the record of why an implementation is missing in the race."""
    return Absence(impl=impl, outcome=outcome, stage=at, message=message)
