"""Verification of NEW on all hard problems, within a share of the budget, while OLD compiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from typing import NamedTuple

from gradrace.bench import verify as verification
from gradrace.bench.gate.code.sides import Side
from gradrace.bench.gate.findings import Finding
from gradrace.bench.results import Cell
from gradrace.bench.timing import Deadline
from gradrace.bench.verification.hard_problems import Exercise
from gradrace.bench.workers.client import ProcessWorker, ended
from gradrace.bench.workers.process import WorkerFailed
from gradrace.bench.workers.task import Task
from gradrace.impls.discovery import Source


class Hard(NamedTuple):
    """Results on the hard problems.

    Attributes:
        faults: The first problem that each implementation is wrong on.
        done: Number of problems that were verified.
        all: Number of problems.
    """

    faults: list[Finding]
    done: int
    all: int


def verify(
    new: Side,
    sources: Sequence[Source],
    old: Sequence[ProcessWorker],
    cells: Sequence[Cell],
    seed: int,
    until: Deadline,
    tell: Callable[[str], None],
) -> Hard:
    """Verify implementations of NEW on pixels, odd sizes and extreme values, until the deadline.

    Those that can't be loaded, fail or don't answer are left for the gate, which compares them with OLD.

    Args:
        new: The side that they belong to.
        sources: The implementations.
        old: Workers of OLD, not yet started, which compile meanwhile.
        cells: Cells of the check: their precisions and threads.
        seed: Seed of the problems.
        until: Deadline.
        tell: Callback for progress.
    """
    threads, todo = cells[0].threads, verification.exercises((), sorted({cell.dtype for cell in cells}), seed)
    found: dict[str, Finding] = {}
    problems: set[tuple[str, str]] = set()
    patience_s = min(verification.PATIENCE_S, max(1.0, until.left_s()))
    rows = verification.verify(sources, todo, threads, lambda what: tell(f"verifying: {what}"), new.folder, patience_s)
    with _compiling(old, todo), closing(rows):
        for row in rows:
            problems.add((row.problem, row.dtype))
            if row.findings and row.m and not row.failed:
                cell = Cell(row.m, row.n_x, row.dtype, threads)
                reason = f"on the hard problem {row.problem!r}: {row.findings[0]}"
                fault = Finding(impl=row.impl, cell=cell, outcome="wrong", reason=reason, problem=row.problem)
                found.setdefault(row.impl, fault)
            if until.left_s() <= 0:
                break
    return Hard([*found.values()], len(problems), len(todo))


@contextmanager
def _compiling(workers: Sequence[ProcessWorker], todo: Sequence[Exercise]) -> Iterator[None]:
    """Let the workers compile, one after the other, beside what else is done; end them afterwards."""

    def compile_all() -> None:
        for worker in workers:
            with suppress(WorkerFailed):  # it shows again when the pair is verified
                worker.start()
                for exercise in todo:
                    if exercise.name in verification.COMPILING:
                        worker.ask(Task.observe, exercise)
            worker.end()

    with ended(workers):
        pool = ThreadPoolExecutor(1)
        compiling = pool.submit(compile_all)
        try:
            yield
            compiling.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
