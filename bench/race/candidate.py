"""An implementation that is right in a cell, and what its rounds have measured."""

from __future__ import annotations

from dataclasses import dataclass, field

from gradrace.bench.results import DESCENT_STEPS, ErrorOverBound
from gradrace.bench.workers.answers import Descended, Sampled
from gradrace.bench.workers.client import Worker
from gradrace.bench.workers.process import WorkerFailed
from gradrace.bench.workers.task import Task


@dataclass(slots=True)
class Candidate:
    """An implementation that is right in a cell, and its samples.

    call_s: about what one call takes. calls: how many make a sample. descends: whether its descents are timed.
    enter_s: seconds until here: load, prepare, verify, calibrate. cores: how many it keeps busy. lates_s: the
    extra seconds to read the last result of each sample.
    """

    worker: Worker
    prepare_s: float
    first_call_s: float
    call_s: float
    calls: int
    descends: bool
    enter_s: float
    cores: float
    error_over_bound: ErrorOverBound | None
    samples_s: list[float] = field(default_factory=list)
    rounds: list[int] = field(default_factory=list)
    descents: list[Descended] = field(default_factory=list)
    lates_s: list[float] = field(default_factory=list)
    changes_w: bool = False
    failure: str | None = None

    @property
    def late_s(self) -> float:
        """The upper quartile of the extra seconds to read the last result of a sample."""
        return sorted(self.lates_s)[3 * len(self.lates_s) // 4]

    @property
    def sample_s(self) -> float:
        """About what one sample takes, in seconds."""
        return self.calls * self.call_s

    @property
    def is_out(self) -> bool:
        """Whether its worker failed, so that it takes no further samples."""
        return self.failure is not None

    def by_round(self) -> dict[int, float]:
        """Return {round: seconds per call}."""
        return dict(zip(self.rounds, self.samples_s, strict=True))

    def sample(self, number: int) -> None:
        """Take one sample of the gradient in the round of this number."""
        try:
            sampled = self.worker.ask(Task.sample, self.calls)
        except WorkerFailed as error:
            self.failure = str(error)
            return
        self.note(sampled)
        self.rounds.append(number)

    def note(self, sampled: Sampled) -> None:
        """Note one sample."""
        self.samples_s.append(sampled.call_s)
        self.lates_s.append(sampled.late_s)
        self.changes_w |= sampled.changes_w

    def descend(self, alpha: float) -> None:
        """Time one descent from zeros."""
        try:
            self.descents.append(self.worker.ask(Task.descend, alpha, DESCENT_STEPS, True))
        except WorkerFailed as error:
            self.failure = str(error)
