"""One implementation in the race: its worker process, started again after a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar, TypeVarTuple

from gradrace.bench.machine.available import cores
from gradrace.bench.paths import ROOT
from gradrace.bench.results import Absence, Outcome
from gradrace.bench.workers import process
from gradrace.bench.workers.process import WorkerFailed, WorkerHung, WorkerLost, WorkerProcess, WorkerUnavailable
from gradrace.bench.workers.task import Task
from gradrace.impls.discovery import Source

LEAST_PATIENCE_S = 30.0
"""Least seconds to wait for an answer: the largest kernels compile in some 10 s on a slow machine."""

Arguments = TypeVarTuple("Arguments")
AnyWorker = TypeVar("AnyWorker", bound="Startable")
Item = TypeVar("Item")
Result = TypeVar("Result")


class Worker(Protocol):
    """What the race asks of an implementation, wherever that runs."""

    @property
    def name(self) -> str:
        """The implementation's name."""

    @property
    def technique(self) -> str:
        """The family it belongs to."""

    @property
    def startup_s(self) -> float | None:
        """Seconds for the import and the first call ever."""

    @property
    def lost_s(self) -> float:
        """Seconds lost while waiting for this worker until its timeout."""

    def ask(self, operation: Callable[[Task, *Arguments], Result], *arguments: *Arguments) -> Result:
        """Run an operation of `Task`, as in `ask(Task.sample, calls)`. Raises WorkerFailed with the reason."""

    def settle(self, place: int | None) -> None:
        """Keep its main thread on one core, counted from 0 on and around again; None: let it go."""


class Startable(Worker, Protocol):
    """A worker with a beginning and an end."""

    def start(self) -> None:
        """Load the implementation. Raises WorkerFailed with the reason if it can't be."""

    def end(self) -> None:
        """End it, in whatever state it is."""


@dataclass(slots=True)
class ProcessWorker:
    """A worker in a process of its own.

    patience_s: how long one answer may take. One that has hung once isn't asked again: it would cost as much each time.
    home: the folder whose package `gradrace` it imports. bound: OpenMP's threads stay each on a core of its own.
    """

    source: Source
    threads: int
    patience_s: float
    home: Path = ROOT
    bound: bool = False
    technique: str = ""
    startup_s: float | None = None
    lost_s: float = 0.0
    hung: str | None = None
    _process: WorkerProcess | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The implementation's name."""
        return self.source.name

    def start(self) -> None:
        """Start the process and load the implementation. Raises WorkerFailed with the reason if it is unavailable."""
        self._process = process.start(self.source, self.threads, self.home, bound=self.bound)
        try:
            self.technique = self._process.expect(str, self.patience_s)
        except WorkerFailed:
            self.end()
            raise

    def ask(self, operation: Callable[[Task, *Arguments], Result], *arguments: *Arguments) -> Result:
        """Run an operation of `Task` in the process, which is started again after a crash. Raises WorkerFailed."""
        if self.hung is not None:
            raise WorkerFailed(f"not asked again: it {self.hung}")
        if self._process is None:
            self.start()
        assert self._process is not None
        try:
            return self._process.ask(operation, *arguments, timeout_s=self.patience_s)
        except WorkerLost as error:
            self._process = None
            if isinstance(error, WorkerHung):
                self.hung, self.lost_s = str(error), self.lost_s + self.patience_s
            raise

    def settle(self, place: int | None) -> None:
        """Keep its main thread on one core, counted from 0 on and around again; None: let it go."""
        if self._process is not None:
            process.settle(self._process.process.pid, place, self.threads)

    def end(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.end()
            self._process = None


def begin(worker: Startable) -> Absence | None:
    """Start a worker; return why it is absent from the race if it can't be started."""
    try:
        worker.start()
    except WorkerFailed as failure:
        outcome: Outcome = "unavailable" if isinstance(failure, WorkerUnavailable) else "failed"
        return Absence(impl=worker.name, outcome=outcome, stage="import", message=str(failure))
    return None


@contextmanager
def ended(workers: Sequence[AnyWorker]) -> Iterator[Sequence[AnyWorker]]:
    """Hand the workers on, and end them afterwards in any case."""
    try:
        yield workers
    finally:
        for worker in workers:
            worker.end()


def at_once(start: Callable[[Item], Result], workers: Sequence[Item]) -> list[Result]:
    """Start as many as there are cores at a time; the results in order. After an interruption no further one starts."""
    pool = ThreadPoolExecutor(cores())
    try:
        return list(pool.map(start, workers))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
