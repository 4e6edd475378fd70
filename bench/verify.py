"""`gradrace verify`: every implementation on every hard problem, each in its own process."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Semaphore
from typing import TypeAlias, TypeVar, TypeVarTuple

from msgspec import Struct
from msgspec.structs import replace

from gradrace.bench.machine.available import cores
from gradrace.bench.paths import HERE, Home
from gradrace.bench.problems import Make, save
from gradrace.bench.race.plan import Forecast, about
from gradrace.bench.results import BASELINE, Cell, Dtype, ErrorOverBound, UnusableInput
from gradrace.bench.verification import judge
from gradrace.bench.verification.diagnosis import diagnosis
from gradrace.bench.verification.hard_problems import DATA, HARD, MADE_UP, WARM_UP, Exercise
from gradrace.bench.verification.judge import NO_GRADIENT, Observation, Trial, Verdict, same_bits
from gradrace.bench.verification.localize import beginning
from gradrace.bench.verification.overflow import remedy
from gradrace.bench.verification.scenes.play import Played
from gradrace.bench.verification.scenes.table import SCENES
from gradrace.bench.verification.scenes.truth import Right, Truth
from gradrace.bench.workers.client import LEAST_PATIENCE_S, ProcessWorker, ended
from gradrace.bench.workers.oracle import Oracles
from gradrace.bench.workers.process import WorkerFailed, WorkerUnavailable
from gradrace.bench.workers.task import Task
from gradrace.impls.discovery import Source
from gradrace.impls.interface import Gradient

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")
Begun = TypeVar("Begun")
Sizes: TypeAlias = Mapping[tuple[int, int], int]
"""{(m, n_x): count}."""

Seen: TypeAlias = "Observation | Played | WorkerFailed | str"
"""Results of an implementation, a failure, or the reason for skipping it."""

PATIENCE_S = 2 * LEAST_PATIENCE_S
"""Timeout of one answer in seconds, including compilation: several compile at once."""

COMPILING = (WARM_UP, "ordinary")
"""Problems of both layouts of kernels, on which all implementations compile at the same time, before verification."""

MOST_S = 0.75
"""Predicted seconds above which an implementation skips a problem: pure Python, on many entries."""


class Row(Struct, frozen=True, kw_only=True):
    """Results of one implementation on one problem.

    digits: decimal digits to which (dw, db) agrees with the exact one.
    same_bits: whether its bits equal those of python_loop; None without it.
    findings: the faults; none if all is right.
    begins: the mistake, or where the error begins, for the first wrong problem only.
    skipped: why the problem was skipped.
    failed: whether it raised, died or didn't answer, and so returned nothing that is wrong.
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
    failed: bool = False

    @property
    def is_asked_for(self) -> bool:
        """Return whether the problem has a requested size, or real data."""
        return self.problem == MADE_UP or self.problem.startswith(DATA)


FEW = 24
"""Problems by which an implementation may be ahead of the slowest one, so that no core waits for it; and up to which no
oracle has a process of its own.
"""

QUICK = (WARM_UP, "ordinary", "large z", "pixels")
"""Hard problems of a quick verification."""

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
                    with suppress(WorkerFailed):  # a failure shows again when the problem is verified
                        self.worker.ask(Task.observe, exercise)
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

        A problem of one example or one feature reveals next to nothing, and a wrong type or shape is a finding itself.
        An overflow is reported once. Other mistakes are still looked for.
        """
        problem, gradient = trial.case.problem, verdict.gradient
        if (advice := remedy(trial.case, gradient, verdict.findings)) is not None:
            told, self.overflowed = self.overflowed, True
            return None if told else advice
        m, n_x = problem.m, problem.n_x
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


def require_verified(rows: Sequence[Row]) -> None:
    """Raise UnusableInput if no implementation was verified: at all, or on a problem of a requested size or real data.

    Of hard problems, any number may be skipped.
    """
    asked = {(row.problem, row.m, row.n_x, row.dtype) for row in rows if row.is_asked_for}
    for key in [*sorted(asked), None]:
        its = [row for row in rows if key in (None, (row.problem, row.m, row.n_x, row.dtype))]
        if its and all(row.skipped for row in its):
            where = f"m = {its[0].m}, n_x = {its[0].n_x}: " if key else ""
            told = f"{where}no implementation was verified ({its[0].impl}: {its[0].skipped})"
            raise UnusableInput(f"{told}; {'give a smaller --m' if key else 'name others with --impl'}")


def exercises(cells: Sequence[Cell], dtypes: Sequence[Dtype], seed: int, *, quick: bool = False) -> list[Exercise]:
    """Return the hard problems and the scenes in each dtype, and made-up problems of the cells' sizes.

    quick: only the made-up ones; without cells, a few hard problems and no scene.
    """
    made_up = [Exercise(MADE_UP, cell.dtype, seed, cell.m, cell.n_x, cell.pixels) for cell in cells]
    hard = () if quick and cells else QUICK if quick else (*HARD, *SCENES)
    return [Exercise(name, dtype, seed) for name in hard for dtype in dtypes] + made_up


def saved(name: str, cells: Sequence[Cell], make: Make, folder: Path) -> list[Exercise]:
    """Save the case of each cell in its own folder; return the exercises with them."""
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
    home: Home = HERE,
    patience_s: float | None = None,
) -> Generator[Row, None, None]:
    """Yield a row for each problem and implementation, problem by problem, after one for each that can't be loaded.

    home: the package `gradrace` that the implementations belong to, and the interpreter that runs them.
    patience_s: timeout of one answer in seconds. By default it is PATIENCE_S, and time without a core doesn't count.
    """
    baseline_first = sorted(sources, key=lambda source: source.name != BASELINE)
    workers = [
        ProcessWorker(source, threads, patience_s or PATIENCE_S, home, unhurried=patience_s is None)
        for source in baseline_first
    ]
    with _subjects(workers) as subjects, Oracles(min(2, cores()) if len(todo) > FEW else 0) as oracles:

        def begin(exercise: Exercise) -> tuple[Exercise, Future[Right], list[Future[Seen]]]:
            right = oracles.right(exercise)
            return exercise, right, [subject.queue.submit(subject.seen, exercise, right) for subject in subjects]

        tell("starting the workers")
        warm_ups = [exercise for exercise in todo if exercise.name in COMPILING]
        starts = [subject.queue.submit(subject.start, warm_ups) for subject in subjects]
        begun = _ahead(begin, todo)
        for subject, start in zip(subjects, starts, strict=True):
            start.result()
            if subject.absent is not None:
                yield _not_loaded(subject.worker.name, todo[0].dtype, subject.absent)
        for exercise, right, seen in begun:
            tell(str(exercise))
            taking_part = {subject: one for subject, one in zip(subjects, seen, strict=True) if not subject.absent}
            yield from _rows(taking_part, exercise, right.result())


@contextmanager
def _subjects(workers: Sequence[ProcessWorker]) -> Iterator[list[Subject]]:
    """Yield a subject for each worker; at the end, cancel pending requests, and end the workers."""
    turns = Semaphore(cores())
    subjects = [Subject(worker, turns) for worker in workers]
    with ended(workers):
        try:
            yield subjects
        finally:
            for subject in subjects:
                subject.queue.shutdown(wait=False, cancel_futures=True)


def _not_loaded(name: str, dtype: Dtype, failure: WorkerFailed) -> Row:
    """Return the row of an implementation that can't be loaded.

    A missing package is no fault; any other reason is.
    """
    blank = Row(impl=name, problem="all", m=0, n_x=0, dtype=dtype)
    if isinstance(failure, WorkerUnavailable):
        return replace(blank, skipped=f"unavailable: {failure}")
    return replace(blank, error_over_bound=NO_GRADIENT, findings=(str(failure),))


def _ahead(begin: Callable[[Exercise], Begun], items: Sequence[Exercise]) -> Iterator[Begun]:
    """Return an iterator over the results of `begin` for each item, in order.

    The first FEW items begin at once, and each later one so far ahead.
    """
    begun = deque(map(begin, items[:FEW]))

    def following() -> Iterator[Begun]:
        for item in items[FEW:]:
            yield begun.popleft()
            begun.append(begin(item))
        yield from begun

    return following()


def _rows(seen: Mapping[Subject, Future[Seen]], exercise: Exercise, right: Right) -> Iterator[Row]:
    """Yield a row for each implementation. The results are judged in this process, not in the workers."""
    size = right if isinstance(right, Truth) else right.case.problem
    loop: Gradient | None = None
    for subject, future in seen.items():
        name, one = subject.worker.name, future.result()
        blank = Row(impl=name, problem=exercise.name, m=size.m, n_x=size.n_x, dtype=exercise.dtype)
        if isinstance(one, Observation) and isinstance(right, Trial):
            verdict = judge.judge(one, right)
            loop = verdict.gradient if name == BASELINE else loop
            yield _judged(blank, verdict, right, loop, subject.begins(exercise, right, verdict))
        elif isinstance(one, Played) and isinstance(right, Truth):
            error, findings = right.judge(one)
            yield replace(blank, error_over_bound=error, findings=tuple(findings))
        elif isinstance(one, str):
            yield replace(blank, skipped=one)
        else:
            yield replace(blank, error_over_bound=NO_GRADIENT, findings=(str(one),), failed=True)


def _judged(blank: Row, verdict: Verdict, trial: Trial, loop: Gradient | None, begins: str | None) -> Row:
    gradient = verdict.gradient
    return replace(
        blank,
        error_over_bound=verdict.error_over_bound,
        digits=trial.here.digits(gradient) if gradient else None,
        same_bits=same_bits(gradient, loop) if gradient and loop else None,
        findings=verdict.findings,
        begins=begins,
    )
