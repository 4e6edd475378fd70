"""Start, compilation and verification of a race's implementations.

Meanwhile the data are read and the reference descends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

from gradrace.bench.machine.available import cores
from gradrace.bench.race.checks import Out, stage, verify_two
from gradrace.bench.race.ready import ReadyCell
from gradrace.bench.results import BASELINE, Absence
from gradrace.bench.timing import Deadline
from gradrace.bench.training.descent import EVERY
from gradrace.bench.training.racing.runner import Runner, absence
from gradrace.bench.workers.client import ProcessWorker, begin
from gradrace.bench.workers.process import WorkerHung
from gradrace.bench.workers.task import Task
from gradrace.impls.discovery import Source

FIRST = (BASELINE, "numpy_vectorized", "numba_loop")
"""Implementations that start first, because the others are compared with them and time may not suffice for all."""

QUICK_S = 0.002
"""Seconds per step below which descents of EVERY steps are timed as well, at most two."""


class Ready(NamedTuple):
    """Problem that is ready to race, and the deadline for entering the race."""

    cell: ReadyCell
    until: Deadline


def in_order(sources: Sequence[Source]) -> list[Source]:
    """Return the sources in the order in which they start."""
    return sorted(sources, key=lambda source: FIRST.index(source.name) if source.name in FIRST else len(FIRST))


@contextmanager
def entering(
    workers: Sequence[ProcessWorker], ready: Future[Ready], alpha: float, until: Deadline
) -> Iterator[list[Future[Runner | Absence]]]:
    """Start entering workers in the background, as many at a time as there are cores, and yield their futures.

    No further worker starts after the with block. If it is left before all futures are done, the waiting workers are
    stopped.

    Args:
        workers: processes of the implementations.
        ready: the problem and the later deadline, set once the data are read.
        alpha: learning rate of the steps that are timed.
        until: deadline while `ready` isn't set.
    """
    pool = ThreadPoolExecutor(cores(), "entering")
    futures = [pool.submit(enter, ready, worker, alpha, until) for worker in workers]
    try:
        yield futures
    finally:
        if not all(future.done() for future in futures):  # the race was aborted: no further requests or starts
            ready.cancel()
            for worker in workers:
                worker.hung = WorkerHung("is no longer needed")
        pool.shutdown(wait=False, cancel_futures=True)


def enter(ready: Future[Ready], worker: ProcessWorker, alpha: float, until: Deadline) -> Runner | Absence:
    """Start the worker, prepare, verify two gradients and time a step of a descent, all before the deadline.

    Return the runner, or the reason why the implementation is absent.
    """
    if reason := worker.source.missing():
        return absence(worker.name, "unavailable", "import", reason)
    until = ready.result().until if ready.done() else until
    if until.left_s() <= 0:
        return absence(worker.name, "skipped", "import", "no time is left to start it; raise --budget")
    found: Runner | Absence | None = None
    try:
        if (found := begin(in_time(worker, until))) is None:
            cell, until = ready.result()
            found = _enter(cell, worker, alpha, until)
    finally:
        if not isinstance(found, Runner):
            worker.end()
    if isinstance(found, Absence) and found.outcome == "failed" and until.left_s() <= 0:
        message = "was not started, compiled and verified in time; raise --budget"
        return absence(worker.name, "skipped", found.stage, message)
    return found


def _enter(ready: ReadyCell, worker: ProcessWorker, alpha: float, until: Deadline) -> Runner | Absence:
    try:
        with stage(ready, worker, "prepare"):
            in_time(worker, until).ask(Task.prepare, str(ready.folder))
        with stage(ready, worker, "first call"):
            first = in_time(worker, until).ask(Task.compute)
        verify_two(ready, in_time(worker, until), first)
        with stage(ready, worker, "descent"):
            return paced(worker, alpha, until)
    except Out as out:
        return out.absence


def paced(worker: ProcessWorker, alpha: float, until: Deadline) -> Runner:
    """Return the runner with the seconds of one step.

    With a `descend` of its own, the first descent of each length isn't counted, as it may compile.
    """
    descends = worker.ask(Task.descends)
    for steps in (1, EVERY):  # many steps may run other code than one
        for _ in range(1 + descends):
            step_s = in_time(worker, until).ask(Task.descend, alpha, steps, False).step_s
        if step_s >= QUICK_S:
            break
    return Runner(worker, step_s, descends)


def in_time(worker: ProcessWorker, until: Deadline) -> ProcessWorker:
    """Return the worker with its timeout set to the deadline."""
    worker.patience_s = max(0.0, until.left_s())
    return worker
