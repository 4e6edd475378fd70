"""`gradrace verify`: every implementation on every hard problem, each in its own process."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from threading import Semaphore
from typing import TypeVar

from gradrace.bench.machine.available import cores
from gradrace.bench.paths import HERE, Home
from gradrace.bench.problems import Make, save
from gradrace.bench.results import BASELINE, Cell, Dtype
from gradrace.bench.subjects.rows import Row, judged, not_loaded
from gradrace.bench.subjects.subject import Seen, Subject
from gradrace.bench.timing import NEVER, Deadline
from gradrace.bench.verification.hard_problems import DATA, HARD, MADE_UP, WARM_UP, Exercise
from gradrace.bench.verification.scenes.table import SCENES
from gradrace.bench.verification.scenes.truth import Right
from gradrace.bench.workers.client import LEAST_PATIENCE_S, ProcessWorker, ended
from gradrace.bench.workers.oracle import Oracles
from gradrace.impls.discovery import Source

Begun = TypeVar("Begun")

PATIENCE_S = 2 * LEAST_PATIENCE_S
"""Timeout of one answer in seconds, including compilation: several compile at once."""

COMPILING = (WARM_UP, "ordinary")
"""Problems of both layouts of kernels, on which all implementations compile at the same time, before verification."""

FEW = 24
"""Problems by which an implementation may be ahead of the slowest one, so that no core waits for it; and up to which no
oracle has a process of its own.
"""

QUICK = (WARM_UP, "ordinary", "large z", "pixels")
"""Hard problems of a quick verification."""


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
    until: Deadline = NEVER,
) -> Generator[Row, None, None]:
    """Yield a row for each problem and implementation, problem by problem, after one for each that can't be loaded.

    home: the package `gradrace` that the implementations belong to, and the interpreter that runs them.
    patience_s: timeout of one answer in seconds. By default it is PATIENCE_S, and time without a core doesn't count.
    until: end of the budget, at which processes that still work are ended.
    """
    baseline_first = sorted(sources, key=lambda source: source.name != BASELINE)
    workers = [
        ProcessWorker(source, threads, patience_s or PATIENCE_S, home, unhurried=patience_s is None, until=until)
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
                yield not_loaded(subject.worker.name, todo[0].dtype, subject.absent)
        for exercise, right, seen in begun:
            tell(str(exercise))
            taking_part = {subject: one for subject, one in zip(subjects, seen, strict=True) if not subject.absent}
            yield from judged(taking_part, exercise, right.result())


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
