"""One implementation in the race: its worker process, started again after a crash."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from gradrace.bench.machine.available import cores
from gradrace.bench.paths import ROOT
from gradrace.bench.verification.hard_problems import Exercise
from gradrace.bench.workers import messages, process
from gradrace.bench.workers.messages import Advanced, Calibrated, Computed, Descended, Forgotten, Request
from gradrace.bench.workers.process import WorkerFailed, WorkerHung, WorkerLost, WorkerProcess
from gradrace.impls.discovery import Source

SomeReply = TypeVar("SomeReply")
Item = TypeVar("Item")
Result = TypeVar("Result")


class Worker(Protocol):
    """What the race asks of an implementation, wherever that runs. Each call may raise WorkerFailed."""

    @property
    def name(self) -> str:
        """The implementation's name."""

    @property
    def technique(self) -> str:
        """The family it belongs to."""

    @property
    def startup_s(self) -> float | None:
        """Seconds for the import and the first call ever."""

    def prepare(self, folder: Path) -> float:
        """Prepare the case saved in the folder; the seconds that took."""

    @property
    def lost_s(self) -> float:
        """Seconds that its hanging has cost the others."""

    def compute(self, *, elsewhere: bool = False) -> Computed:
        """One gradient, timed; at the case's own point, or elsewhere."""

    def calibrate(self, least_s: float) -> Calibrated:
        """How many calls make a sample of at least so many seconds."""

    def sample(self, calls: int) -> float:
        """One sample: seconds per call."""

    def last(self) -> Computed:
        """The gradient that the last sample computed last."""

    def late(self) -> float:
        """How much longer a fresh result takes to be read than one that is finished beyond doubt, in seconds."""

    def descend(self, alpha: float, steps: int) -> Descended:
        """A descent from the case's own w and b."""

    def forget(self) -> Forgotten:
        """Let go of the case; what it took, and what was made of it."""

    def settle(self, place: int | None) -> None:
        """Keep its main thread on one core, counted from 0 on and around again; None: let it go."""


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
            self.technique = self._process.expect(messages.Ready, self.patience_s).technique
        except WorkerFailed:
            self.end()
            raise

    def prepare(self, folder: Path) -> float:
        """Prepare the case saved in the folder; the seconds that took."""
        return self._ask(messages.Prepare(str(folder)), messages.Prepared).prepare_s

    def compute(self, *, elsewhere: bool = False) -> Computed:
        """One gradient, timed; at the case's own point, or elsewhere."""
        return self._ask(messages.Compute(elsewhere), Computed)

    def calibrate(self, least_s: float) -> Calibrated:
        """How many calls make a sample of at least so many seconds."""
        return self._ask(messages.Calibrate(least_s), Calibrated)

    def sample(self, calls: int) -> float:
        """One sample: seconds per call."""
        return self._ask(messages.Sample(calls), messages.Sampled).call_s

    def last(self) -> Computed:
        """The gradient that the last sample computed last."""
        return self._ask(messages.Last(), Computed)

    def late(self) -> float:
        """How much longer a fresh result takes to be read than one that is finished beyond doubt, in seconds."""
        return self._ask(messages.BeLate(), messages.Late).late_s

    def descend(self, alpha: float, steps: int) -> Descended:
        """A descent from the case's own w and b."""
        return self._ask(messages.Descend(alpha, steps), Descended)

    def advance(self, alpha: float, steps: int) -> Advanced:
        """So many steps further on a descent from zeros."""
        return self._ask(messages.Advance(alpha, steps), Advanced)

    def forget(self) -> Forgotten:
        """Let go of the case; what it took, and what was made of it."""
        return self._ask(messages.Forget(), Forgotten)

    def settle(self, place: int | None) -> None:
        """Keep its main thread on one core, counted from 0 on and around again; None: let it go."""
        if self._process is not None:
            process.settle(self._process.process.pid, place, self.threads)

    def observe(self, exercise: Exercise) -> messages.Observed:
        """What three calls on a problem do and return."""
        return self._ask(messages.Observe(exercise), messages.Observed)

    def end(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.end()
            self._process = None

    def _ask(self, request: Request, reply_type: type[SomeReply]) -> SomeReply:
        if self.hung is not None:
            raise WorkerFailed(f"not asked again: it {self.hung}")
        if self._process is None:
            self.start()
        assert self._process is not None
        try:
            return self._process.ask(request, reply_type, self.patience_s)
        except WorkerLost as error:
            self._process = None
            if isinstance(error, WorkerHung):
                self.hung, self.lost_s = str(error), self.lost_s + self.patience_s
            raise


def at_once(start: Callable[[Item], Result], workers: Sequence[Item]) -> list[Result]:
    """Start as many as there are cores at a time; the results in order. After an interruption no further one starts."""
    pool = ThreadPoolExecutor(cores())
    try:
        return list(pool.map(start, workers))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
