"""An implementation that races in a cell, and the samples of its rounds."""

from __future__ import annotations

from dataclasses import dataclass, field

from gradrace.bench.race.rounds import FEWEST_SLOW_ROUNDS, LEAST_ROUNDS
from gradrace.bench.results import DESCENT_STEPS, ErrorOverBound
from gradrace.bench.workers.answers import Descended, Sampled, Single
from gradrace.bench.workers.client import Worker
from gradrace.bench.workers.process import WorkerFailed
from gradrace.bench.workers.task import Task
from gradrace.impls.interface import Gradient


@dataclass(slots=True)
class Candidate:
    """An implementation that races in a cell, and its samples.

    call_s: approximate seconds of one call.
    calls: number of calls in a sample.
    descends: whether its descents are timed.
    enter_s: seconds to load, prepare, verify and calibrate.
    threads: number of threads that it keeps busy.
    is_single: whether its samples are single calls, whose gradients are kept and verified.
    is_slow: whether it takes few samples.
    sampled_s: seconds of all samples.
    lates_s: extra seconds to read the last result of each sample, unless the thread was interrupted meanwhile.
    interrupted_s: these seconds where it was interrupted.
    """

    worker: Worker
    prepare_s: float
    first_call_s: float | None
    call_s: float
    calls: int
    descends: bool
    enter_s: float
    threads: float
    error_over_bound: ErrorOverBound | None
    is_single: bool = False
    is_slow: bool = False
    gradients: list[Gradient] = field(default_factory=list)
    samples_s: list[float] = field(default_factory=list)
    sampled_s: float = 0.0
    rounds: list[int] = field(default_factory=list)
    descents: list[Descended] = field(default_factory=list)
    lates_s: list[float] = field(default_factory=list)
    interrupted_s: list[float] = field(default_factory=list)
    changes_w: bool = False
    overwrites: bool = False
    failure: str | None = None

    @property
    def late_s(self) -> float:
        """Return the upper quartile of the extra seconds to read the last result of a sample; of few, the median.

        At least three samples are as late as that: on a busy machine, two of six were late by chance. Samples whose
        reading was interrupted count only if all were. Noise delays the finished result, which is read first, as often
        as the last one. A lower quartile below 0 shows such noise, and twice its size is subtracted. Without this, a
        virtual machine's host, whose interruptions the system doesn't see, made a result of JAX seem 20 µs late.
        """
        lates_s = sorted(self.lates_s or self.interrupted_s)
        count = len(lates_s)
        upper = min(3 * count // 4, max(count // 2, count - 3))
        return lates_s[upper] + 2 * min(0.0, lates_s[count - 1 - upper])

    @property
    def sample_s(self) -> float:
        """Return the approximate seconds of one sample."""
        return self.calls * self.call_s

    @property
    def least_rounds(self) -> int:
        """Return the fewest samples that the candidate takes."""
        return FEWEST_SLOW_ROUNDS if self.is_slow else LEAST_ROUNDS

    @property
    def timed_s(self) -> float:
        """Return the seconds of all samples and descents."""
        return self.sampled_s + DESCENT_STEPS * sum(one.step_s for one in self.descents)

    @property
    def is_out(self) -> bool:
        """Return whether the worker failed, so that it takes no further samples."""
        return self.failure is not None

    def by_round(self) -> dict[int, float]:
        """Return {round: seconds per call}."""
        return dict(zip(self.rounds, self.samples_s, strict=True))

    def sample(self, number: int) -> None:
        """Take one sample of the gradient in the round of this number."""
        try:
            self.take()
        except WorkerFailed as error:
            self.failure = str(error)
            return
        self.rounds.append(number)

    def take(self) -> float:
        """Take and record one sample; return its seconds per call. Raises WorkerFailed."""
        sampled = self._ask(len(self.samples_s))
        if isinstance(sampled, Single):
            self.gradients.append(sampled.gradient)
        self.samples_s.append(sampled.call_s)
        self.sampled_s += sampled.timed_s
        self.changes_w |= sampled.changes_w
        self.overwrites |= sampled.overwrites
        if self.is_single:
            self.call_s = min(self.samples_s)
        return sampled.call_s

    def read_again(self, times: int) -> None:
        """Take further samples of which only the seconds to read the last result are used. Raises WorkerFailed."""
        for number in range(times):
            self._ask(len(self.samples_s) + number)

    def _ask(self, number: int) -> Sampled:
        """Let the worker take the sample of this number, and record the seconds to read its last result."""
        ask = self.worker.ask
        sampled = ask(Task.single, number) if self.is_single else ask(Task.sample, self.calls)
        (self.interrupted_s if sampled.interrupted else self.lates_s).append(sampled.late_s)
        return sampled

    def descend(self, alpha: float) -> None:
        """Time one descent from zeros."""
        try:
            self.descents.append(self.worker.ask(Task.descend, alpha, DESCENT_STEPS, True))
        except WorkerFailed as error:
            self.failure = str(error)
