"""One implementation in the race: its worker process, restarted after a crash."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol, TypeVar, TypeVarTuple

from gradrace.bench.machine.available import cores
from gradrace.bench.paths import HERE, Home
from gradrace.bench.results import Absence, Outcome
from gradrace.bench.timing import NEVER, Deadline
from gradrace.bench.workers import process
from gradrace.bench.workers.process import (
    WorkerFailed,
    WorkerHung,
    WorkerLost,
    WorkerOutOfBudget,
    WorkerProcess,
    WorkerStarved,
    WorkerUnavailable,
)
from gradrace.bench.workers.task import Task
from gradrace.impls.discovery import Source

LEAST_PATIENCE_S = 30.0
"""Minimum timeout of an answer in seconds: the largest kernels compile in some 10 s on a slow machine."""

Arguments = TypeVarTuple("Arguments")
AnyWorker = TypeVar("AnyWorker", bound="Startable")
Item = TypeVar("Item")
Result = TypeVar("Result")


class Worker(Protocol):
    """Interface between the race and an implementation, independent of where it runs."""

    @property
    def name(self) -> str:
        """Return the implementation's name."""

    @property
    def technique(self) -> str:
        """Return the family that the implementation belongs to."""

    @property
    def startup_s(self) -> float | None:
        """Return the seconds of the import and the first call of the process."""

    @property
    def lost_s(self) -> float:
        """Return the seconds lost while waiting for this worker until its timeout."""

    @property
    def ran_s(self) -> float:
        """Return the seconds with a core of the last timeout that other processes caused by using all cores."""

    def ask(self, operation: Callable[[Task, *Arguments], Result], *arguments: *Arguments) -> Result:
        """Run an operation of `Task`, as in `ask(Task.sample, calls)`. Raises WorkerFailed with the reason."""

    def settle(self, place: int | None) -> None:
        """Pin the main thread to one core, counted cyclically from 0; None: unpin it."""

    def bind(self, *, bound: bool) -> None:
        """Let each OpenMP thread stay on its own core from the next operation on, or not; a change ends the process."""

    def compile_anew(self, *, anew: bool) -> None:
        """Let Numba use no kernel that was compiled before, from the next operation on, or not; it ends the process."""


class Startable(Worker, Protocol):
    """A worker that can be started and ended."""

    def start(self) -> None:
        """Load the implementation. Raises WorkerFailed with the reason if it can't be loaded."""

    def end(self) -> None:
        """End the worker in any state."""


@dataclass(slots=True)
class ProcessWorker:
    """A worker in its own process.

    patience_s: timeout of one answer in seconds. After one timeout, no operation is run again: each would cost as much.
    home: the package `gradrace` that the process imports, and its interpreter.
    bound: whether each OpenMP thread stays on its own core.
    anew: whether Numba uses no kernel that was compiled before.
    unhurried: whether time in which it waits for a core doesn't count towards a timeout, as there is no budget.
    until: end of the budget, at which it is ended if it is still working.
    """

    source: Source
    threads: int
    patience_s: float
    home: Home = HERE
    bound: bool = False
    anew: bool = False
    unhurried: bool = False
    until: Deadline = NEVER
    technique: str = ""
    startup_s: float | None = None
    lost_s: float = 0.0
    ran_s: float = 0.0
    hung: WorkerHung | None = None
    _process: WorkerProcess | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Read what the source imports, which must not happen in a thread beside others (`static.PARSING`)."""
        self.source.missing()
        self.source.is_foreign(self.home.folder / "gradrace")

    @property
    def name(self) -> str:
        """Return the implementation's name."""
        return self.source.name

    def start(self) -> None:
        """Start the process and load the implementation. Raises WorkerFailed with the reason if it is unavailable."""
        self._process = process.start(
            self.source, self.threads, self.home, bound=self.bound, anew=self.anew, unhurried=self.unhurried
        )
        try:
            self.technique = self._process.expect(str, self._timeout_s())
        except WorkerFailed as error:
            self.end()
            raise self._reason(error) from error

    def ask(self, operation: Callable[[Task, *Arguments], Result], *arguments: *Arguments) -> Result:
        """Run an operation of `Task` in the process, restarting it after a crash. Raises WorkerFailed."""
        if self.hung is not None:
            raise type(self.hung)(f"not called again: it {self.hung}")
        if self._process is None:
            self.start()
        assert self._process is not None
        try:
            return self._process.ask(operation, *arguments, timeout_s=self._timeout_s())
        except WorkerLost as lost:
            self._process = None
            error = self._reason(lost)
            if isinstance(error, WorkerHung):
                self.hung, self.lost_s = error, self.lost_s + self.patience_s
            raise error from lost

    def _timeout_s(self) -> float:
        """Return the timeout of an answer in seconds: the budget may end sooner, but it is above 0."""
        return min(self.patience_s, max(1e-3, self.until.left_s()))

    def _reason(self, error: WorkerFailed) -> WorkerFailed:
        """Return the error, or that the budget is over if it is a timeout; note the time with a core."""
        if isinstance(error, WorkerHung) and self.until.left_s() <= 0:
            return WorkerOutOfBudget()
        if isinstance(error, WorkerStarved):
            self.ran_s = error.ran_s
        return error

    def settle(self, place: int | None) -> None:
        """Pin the main thread to one core, counted cyclically from 0; None: unpin it."""
        if self._process is not None:
            process.settle(self._process.process.pid, place, self.threads)

    def bind(self, *, bound: bool) -> None:
        """Let each OpenMP thread stay on its own core from the next operation on, or not; a change ends the process."""
        if bound != self.bound:
            self.bound = bound
            self.end()

    def compile_anew(self, *, anew: bool) -> None:
        """Let Numba use no kernel that was compiled before, from the next operation on, or not; it ends the process."""
        self.anew = anew
        self.end()

    def end(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.end()
            self._process = None


def begin(worker: Startable) -> Absence | None:
    """Start a worker; return its absence from the race if it can't be started."""
    try:
        worker.start()
    except WorkerFailed as failure:
        return absence(worker, failure, "import")
    return None


def absence(worker: Worker, failure: WorkerFailed, stage: str) -> Absence:
    """Return the absence of a worker from all cells."""
    return Absence(impl=worker.name, outcome=outcome_of(failure), stage=stage, message=str(failure))


def outcome_of(failure: WorkerFailed) -> Outcome:
    """Return what a worker's failure says of its implementation. One without a core, or a budget, isn't to blame."""
    if isinstance(failure, WorkerUnavailable):
        return "unavailable"
    return "skipped" if isinstance(failure, WorkerStarved | WorkerOutOfBudget) else "failed"


@contextmanager
def ended(workers: Sequence[AnyWorker]) -> Iterator[Sequence[AnyWorker]]:
    """Yield the workers, and end them afterwards in any case."""
    try:
        yield workers
    finally:
        for worker in workers:
            worker.end()


def at_once(start: Callable[[Item], Result], workers: Sequence[Item], most: int = sys.maxsize) -> list[Result]:
    """Call `start` for `most` workers at a time, or as many as there are cores; return the results in order.

    After an interruption no further calls begin.
    """
    pool = ThreadPoolExecutor(min(most, cores()))
    try:
        return list(pool.map(start, workers))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
