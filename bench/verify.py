"""`gradrace verify`: every implementation on every hard problem, each in a process of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, TypeVarTuple

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from gradrace.bench.paths import ROOT
from gradrace.bench.problems import Make, save
from gradrace.bench.race.plan import Forecast, about
from gradrace.bench.results import BASELINE, Cell, Dtype, ErrorOverBound
from gradrace.bench.verification import judge
from gradrace.bench.verification.diagnosis import diagnosis
from gradrace.bench.verification.hard_problems import DATA, HARD, MADE_UP, WARM_UP, Exercise
from gradrace.bench.verification.judge import NO_GRADIENT, Observation, Trial, Verdict, same_bits
from gradrace.bench.verification.localize import beginning
from gradrace.bench.verification.reference import Point
from gradrace.bench.verification.scenes.play import Played
from gradrace.bench.verification.scenes.table import SCENES
from gradrace.bench.verification.scenes.truth import Truth
from gradrace.bench.workers import answers
from gradrace.bench.workers.answers import Observed
from gradrace.bench.workers.client import LEAST_PATIENCE_S, ProcessWorker, at_once, ended
from gradrace.bench.workers.process import WorkerFailed, WorkerUnavailable
from gradrace.bench.workers.task import Task
from gradrace.impls.discovery import Source
from gradrace.impls.interface import Gradient

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")
Right = TypeVar("Right")

PATIENCE_S = 2 * LEAST_PATIENCE_S
"""Seconds to wait for one answer, compilation included: several compile at once."""

COMPILING = (WARM_UP, "ordinary")
"""Problems of both layouts that kernels have, on which all compile at the same time, before their turns come."""

MOST_S = 1.0
"""A problem on which an implementation would take longer is skipped for it: pure Python, where entries are many."""


class Row(Struct, frozen=True, kw_only=True):
    """One implementation on one problem.

    digits: decimal digits to which (dw, db) agrees with the exact one. same_bits: as python_loop; None without it.
    findings: what is wrong; none if all is right. begins: where, of the first wrong problem. skipped: why it wasn't
    tried.
    """

    impl: str
    problem: str
    m: int
    n_x: int
    dtype: Dtype
    error_over_bound: ErrorOverBound | None = None
    digits: float | None = None
    same_bits: bool | None = None
    findings: tuple[str, ...] = ()
    begins: str | None = None
    skipped: str | None = None


FEW = 4
"""Problems that are worked out ahead."""

QUICK = (WARM_UP, "ordinary", "large z", "pixels")
"""Hard problems that a quick look takes."""

CALLS = 3
"""Calls on a hard problem."""

LARGEST_NARROWED = 2_000_000
"""Elements of a problem: each halving of a larger one would take seconds."""


@dataclass(slots=True)
class Subject:
    """An implementation under verification, and what the problems so far predict of its cost on others."""

    worker: ProcessWorker
    cost: Forecast = field(default_factory=Forecast)
    narrowed: bool = False

    def begins(self, exercise: Exercise, trial: Trial, gradient: Gradient) -> str | None:
        """What the wrong gradient of a problem is instead, or where the error begins; told of the first one only.

        Of one example or one feature next to nothing can be told, and of another type or shape its finding tells all.
        """
        problem = trial.case.problem
        m, n_x = problem.m, problem.n_x
        if self.narrowed or min(m, n_x) < 2 or m * n_x > LARGEST_NARROWED:
            return None
        if gradient.dw.dtype != problem.dtype or gradient.dw.shape != (n_x,) or trial.here.fault(gradient) is None:
            return None
        self.narrowed = True
        if (instead := diagnosis(trial.case, gradient)) is not None:
            return instead
        try:
            found = beginning(exercise, m, n_x, self.gradient)
        except WorkerFailed:
            return None
        return str(found) if found else None

    def gradient(self, exercise: Exercise) -> Gradient | None:
        """The first of three calls; None where it raised."""
        seen = self.worker.ask(Task.observe, exercise)
        return seen.gradients[0].gradient if seen.gradients else None

    def observed(self, exercise: Exercise, cell: Cell) -> Observed | WorkerFailed | str:
        """Return what three calls returned; or why there are none: a failure, or the reason for skipping it."""
        seen = self._asked(self.predicted_s(cell), Task.observe, exercise)
        if isinstance(seen, Observed) and exercise.name != WARM_UP:
            self.cost.note(self.worker.name, cell, seen.seconds)
        return seen

    def played(self, exercise: Exercise, truth: Truth) -> answers.Played | WorkerFailed | str:
        """Return what came of a scene; or why nothing did."""
        calls = max(1, len(truth.references) + sum(count for *_, count in truth.scene.descents))
        call = Cell(1, max(1, truth.elements // calls), exercise.dtype)
        return self._asked(calls * self.predicted_s(call) / CALLS, Task.play, exercise.name, exercise.dtype)

    def _asked(
        self, predicted_s: float, operation: Callable[[Task, *Arguments], Result], *arguments: *Arguments
    ) -> Result | WorkerFailed | str:
        if predicted_s > MOST_S:
            return f"would take {about(predicted_s)} (predicted)"
        if self.worker.hung is not None:
            return f"not tried: it {self.worker.hung} before"
        try:
            return self.worker.ask(operation, *arguments)
        except WorkerFailed as failure:
            return failure

    def predicted_s(self, cell: Cell) -> float:
        """Seconds that a problem of this size will take; 0 as long as nothing is known."""
        return self.cost.seconds(self.worker.name, cell)


def exercises(cells: Sequence[Cell], dtypes: Sequence[Dtype], seed: int, *, quick: bool = False) -> list[Exercise]:
    """Return the hard problems and the scenes in each dtype, and made-up problems of the sizes of the cells.

    quick: only the made-up ones, and where there are none a few hard problems, without any scene.
    """
    made_up = [Exercise(MADE_UP, cell.dtype, seed, cell.m, cell.n_x, cell.pixels) for cell in cells]
    hard = () if quick and cells else QUICK if quick else (*HARD, *SCENES)
    return [Exercise(name, dtype, seed) for name in hard for dtype in dtypes] + made_up


def saved(name: str, cells: Sequence[Cell], make: Make, folder: Path) -> list[Exercise]:
    """Save the case of each cell in a folder of its own; return the exercises with them."""
    exercises = []
    for number, cell in enumerate(cells):
        save(make(cell), folder / str(number))
        exercises.append(Exercise(f"{DATA}{name}", cell.dtype, 0, cell.m, cell.n_x, folder=str(folder / str(number))))
    return exercises


def verify(
    sources: Sequence[Source],
    todo: Sequence[Exercise],
    threads: int,
    tell: Callable[[str], None],
    home: Path = ROOT,
) -> Iterator[Row]:
    """A row for each problem and implementation, problem by problem, after one for each that is unavailable.

    home: the folder whose package `gradrace` they belong to.
    """
    baseline_first = sorted(sources, key=lambda source: source.name != BASELINE)
    subjects = [Subject(ProcessWorker(source, threads, PATIENCE_S, home)) for source in baseline_first]
    rights = _ahead(_right, todo)
    with ended([subject.worker for subject in subjects]) as workers:
        tell("starting the workers")
        warm_ups = [exercise for exercise in todo if exercise.name in COMPILING]
        failures = at_once(lambda worker: _failure(worker, warm_ups), workers)
        for subject, failure in zip(subjects, failures, strict=True):
            if failure is not None:
                yield _not_loaded(subject.worker.name, todo[0].dtype, failure)
        loaded = [subject for subject, failure in zip(subjects, failures, strict=True) if failure is None]
        for exercise, right in zip(todo, rights, strict=True):
            tell(str(exercise))
            yield from _played(loaded, exercise, right) if isinstance(right, Truth) else _rows(loaded, exercise, right)


def _failure(worker: ProcessWorker, warm_ups: Sequence[Exercise]) -> WorkerFailed | None:
    """Start the process and let it compile; why it can't take part, if it can't."""
    try:
        worker.start()
    except WorkerFailed as failure:
        return failure
    for exercise in warm_ups:
        with suppress(WorkerFailed):  # what goes wrong shows again when its turn comes
            worker.ask(Task.observe, exercise)
    return None if worker.hung is None else WorkerFailed(worker.hung)


def _not_loaded(name: str, dtype: Dtype, failure: WorkerFailed) -> Row:
    """A package that isn't installed is no fault; anything else that keeps a file from being loaded is."""
    blank = Row(impl=name, problem="all", m=0, n_x=0, dtype=dtype)
    if isinstance(failure, WorkerUnavailable):
        return replace(blank, skipped=f"unavailable: {failure}")
    return replace(blank, error_over_bound=NO_GRADIENT, findings=(str(failure),))


def _right(exercise: Exercise) -> Truth | Trial:
    """Return what is right on a problem, or in a scene."""
    return Truth(exercise.name, exercise.dtype) if exercise.name in SCENES else judge.trial(exercise.case())


def _ahead(make: Callable[[Exercise], Right], items: Sequence[Exercise]) -> Iterator[Right]:
    """Return what is made of each item, in order; another thread begins at once, and stays a few ahead."""
    pool = ThreadPoolExecutor(1)
    coming = deque(pool.submit(make, item) for item in items[:FEW])

    def following() -> Iterator[Right]:
        with pool:
            for item in items[FEW:]:
                yield coming.popleft().result()
                coming.append(pool.submit(make, item))
            yield from (future.result() for future in coming)

    return following()


def _rows(subjects: Sequence[Subject], exercise: Exercise, trial: Trial) -> Iterator[Row]:
    problem = trial.case.problem
    cell = Cell(problem.m, problem.n_x, exercise.dtype)
    loop: Gradient | None = None
    for subject, seen in zip(subjects, at_once(lambda one: one.observed(exercise, cell), subjects), strict=True):
        blank = Row(impl=subject.worker.name, problem=exercise.name, m=cell.m, n_x=cell.n_x, dtype=exercise.dtype)
        if not isinstance(seen, Observed):
            yield _not_seen(blank, seen)
            continue
        verdict = judge.judge(Observation(tuple(packed.gradient for packed in seen.gradients), tuple(seen.harm)), trial)
        if subject.worker.name == BASELINE:
            loop = verdict.gradient
        judged = _judged(blank, verdict, trial, loop)
        begins = subject.begins(exercise, trial, verdict.gradient) if verdict.gradient else None
        yield replace(judged, begins=begins) if begins else judged


def _played(subjects: Sequence[Subject], exercise: Exercise, truth: Truth) -> Iterator[Row]:
    """Yield a row for each implementation in a scene, which is judged here: not in a process of its own."""
    problem = truth.scene.problems[0]
    for subject, seen in zip(subjects, at_once(lambda one: one.played(exercise, truth), subjects), strict=True):
        name = subject.worker.name
        blank = Row(impl=name, problem=exercise.name, m=problem.m, n_x=problem.n_x, dtype=exercise.dtype)
        if not isinstance(seen, answers.Played):
            yield _not_seen(blank, seen)
            continue
        ends = [Point(packed.gradient.dw, np.float64(b)) for packed, b in seen.ends]
        error, findings = truth.judge(Played([packed.gradient for packed in seen.gradients], ends, seen.harm))
        yield replace(blank, error_over_bound=error, findings=tuple(findings))


def _not_seen(blank: Row, why: WorkerFailed | str) -> Row:
    """Return the row of one that failed, or was skipped for this reason."""
    if isinstance(why, str):
        return replace(blank, skipped=why)
    return replace(blank, error_over_bound=NO_GRADIENT, findings=(str(why),))


def _judged(blank: Row, verdict: Verdict, trial: Trial, loop: Gradient | None) -> Row:
    gradient = verdict.gradient
    return replace(
        blank,
        error_over_bound=verdict.error_over_bound,
        digits=trial.here.digits(gradient) if gradient else None,
        same_bits=same_bits(gradient, loop) if gradient and loop else None,
        findings=verdict.findings,
    )
