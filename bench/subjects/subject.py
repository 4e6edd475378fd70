"""An implementation under verification, in its own worker process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Semaphore
from typing import TypeAlias, TypeVar, TypeVarTuple

from gradrace.bench.race.plan import Forecast, about
from gradrace.bench.results import Cell, Dtype
from gradrace.bench.verification.diagnosis import diagnosis
from gradrace.bench.verification.hard_problems import WARM_UP, Exercise
from gradrace.bench.verification.judge import CHANGES, Observation, Trial, Verdict
from gradrace.bench.verification.localize import beginning
from gradrace.bench.verification.overflow import remedy
from gradrace.bench.verification.scenes.play import Played
from gradrace.bench.verification.scenes.truth import Right, Truth
from gradrace.bench.workers.client import ProcessWorker
from gradrace.bench.workers.process import WorkerFailed, WorkerUnavailable
from gradrace.bench.workers.task import Task
from gradrace.impls.interface import Gradient

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")

Sizes: TypeAlias = Mapping[tuple[int, int], int]
"""{(m, n_x): count}."""

Seen: TypeAlias = "Observation | Played | WorkerFailed | str"
"""Results of an implementation, a failure, or the reason for skipping it."""

MOST_S = 0.75
"""Predicted seconds above which an implementation skips a problem: pure Python, on many entries."""

CALLS = 3
"""Number of calls on a hard problem."""

LARGEST_NARROWED = 2_000_000
"""Largest number of elements of a problem that is narrowed: each halving of a larger one would take seconds."""


@dataclass(slots=True, eq=False)
class Subject:
    """An implementation under verification, and the costs predicted from the problems so far.

    turns: limits how many implementations compute at the same time.
    queue: runs the implementation's own requests, one after the other.
    """

    worker: ProcessWorker
    turns: Semaphore
    queue: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    prepare: Forecast = field(default_factory=Forecast)
    call: Forecast = field(default_factory=Forecast)
    absent: WorkerFailed | None = None
    narrowed: bool = False
    overflowed: bool = False

    def start(self, warm_ups: Sequence[Exercise]) -> None:
        """Start the process and let it compile; set `absent` to the reason if it can't take part."""
        try:
            with self.turns:
                self.worker.start()
                for exercise in warm_ups:
                    try:
                        self.worker.ask(Task.observe, exercise)
                    except WorkerFailed as failure:
                        if isinstance(failure, WorkerUnavailable):
                            raise  # others show again when the problem is verified
        except WorkerFailed as failure:
            self.absent = failure
        if self.worker.hung is not None:
            self.absent = self.worker.hung

    def compile(self, exercise: Exercise) -> None:
        """Compile on a problem whose size the exercise names, unless a call would take too long, as predicted.

        Its descents may need further kernels.
        """
        size = exercise.m, exercise.n_x
        self._observed(exercise, Cell(*size, exercise.dtype))
        self._asked(self.predicted_s(exercise.dtype, {size: 1}, {size: CALLS}), Task.descend_on, exercise)

    def seen(self, exercise: Exercise, right: Future[Right]) -> Seen:
        """Return the results on a problem or in a scene."""
        if self.absent is not None:
            return self.absent
        truth = right.result()
        if isinstance(truth, Truth):
            return self._played(exercise, truth)
        problem = truth.case.problem
        return self._observed(exercise, Cell(problem.m, problem.n_x, exercise.dtype))

    def begins(self, exercise: Exercise, trial: Trial, verdict: Verdict) -> str | None:
        """Return the mistake in a wrong gradient, or where the error begins; None after the first one.

        A problem of one example or one feature reveals next to nothing. A wrong type or shape, and a changed input, are
        findings themselves.
        An overflow is reported once. Other mistakes are still looked for.
        """
        problem, gradient = trial.case.problem, verdict.gradient
        if (advice := remedy(trial.case, gradient, verdict.findings)) is not None:
            told, self.overflowed = self.overflowed, True
            return None if told else advice
        m, n_x = problem.m, problem.n_x
        self.narrowed |= any(finding.startswith(CHANGES) for finding in verdict.findings)
        if gradient is None or self.narrowed or min(m, n_x) < 2:
            return None
        if gradient.dw.dtype != problem.dtype or gradient.dw.shape != (n_x,) or trial.here.fault(gradient) is None:
            return None
        instead = diagnosis(trial.case, gradient)
        self.narrowed = instead is not None or m * n_x <= LARGEST_NARROWED
        if instead is not None or not self.narrowed:
            return instead
        try:
            found = self.queue.submit(beginning, exercise, m, n_x, self.gradient).result()
        except WorkerFailed:
            return None
        return str(found) if found else None

    def gradient(self, exercise: Exercise) -> Gradient | None:
        """Return the first of three gradients; None if a call raised."""
        with self.turns:
            seen = self.worker.ask(Task.observe, exercise)
        return seen.gradients[0] if seen.gradients else None

    def _observed(self, exercise: Exercise, cell: Cell) -> Observation | WorkerFailed | str:
        size = cell.m, cell.n_x
        seen = self._asked(self.predicted_s(cell.dtype, {size: 1}, {size: CALLS}), Task.observe, exercise)
        if isinstance(seen, Observation) and seen.gradients and exercise.name != WARM_UP:
            self.prepare.note(self.worker.name, cell, seen.prepare_s)
            self.call.note(self.worker.name, cell, seen.call_s)
        return seen

    def _played(self, exercise: Exercise, truth: Truth) -> Played | WorkerFailed | str:
        predicted_s = self.predicted_s(exercise.dtype, truth.problems, truth.calls)
        return self._asked(predicted_s, Task.play, exercise.name, exercise.dtype)

    def _asked(
        self, predicted_s: float, operation: Callable[[Task, *Arguments], Result], *arguments: *Arguments
    ) -> Result | WorkerFailed | str:
        if predicted_s > MOST_S:
            return f"would take {about(predicted_s)} (predicted)"
        if self.worker.hung is not None:
            return f"not tried: it {self.worker.hung} before"
        try:
            with self.turns:
                return self.worker.ask(operation, *arguments)
        except WorkerFailed as failure:
            return failure

    def predicted_s(self, dtype: Dtype, problems: Sizes, calls: Sizes) -> float:
        """Return the predicted seconds to prepare problems and to make calls, numbers of each by size.

        It is 0 as long as no cost is known.
        """

        def seconds(cost: Forecast, counts: Sizes) -> float:
            return sum(n * cost.seconds(self.worker.name, Cell(*size, dtype)) for size, n in counts.items())

        return seconds(self.prepare, problems) + seconds(self.call, calls)
