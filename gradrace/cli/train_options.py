"""Options of `train`: test examples, steps of the descent, and resources."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

from gradrace.cli.app import Scheduler, option, whole

if TYPE_CHECKING:
    from gradrace.bench.timing import Deadline
    from gradrace.bench.training.descent import Schedule

ALPHA = 0.005
"""Default learning rate, that of the course's cat pictures."""

RACE_S = 60.0
"""Default budget of a race in seconds."""


@dataclass(frozen=True, kw_only=True)
class TestSet:
    """Options of `train` for the test examples."""

    test_data: Annotated[str, option("SOURCE", "Test data, given in the same way.")] = ""
    test_label: Annotated[str | None, option("NAME", "Labels of --test-data, if --label doesn't name them.")] = None
    test_share: Annotated[float, option("SHARE", "Share of each class of --data to keep for testing.")] = 0.0

    def check(self) -> None:
        """Raise UnusableInput if an option is out of range or has no effect."""
        from gradrace import options

        options.share("--test-share", self.test_share)
        options.test_source(self.test_data)
        message = "{} is for --test-data; name that too, or leave it out"
        options.refuse_given(message, **{"test-label": not self.test_data and self.test_label})


@dataclass(frozen=True, kw_only=True)
class Steps:
    """Options of `train` for the steps of the descent: the fields of a `Schedule`."""

    alpha: Annotated[
        float | None, option("RATE", f"Learning rate; {ALPHA} by default, less if the cost would rise.")
    ] = None
    decay: Annotated[float, option("DECAY", "Learning rate is alpha / (1 + decay k) after 100 k steps.")] = 0.0
    iterations: Annotated[int, whole("Maximum number of steps.", 1)] = 2000
    tolerance: Annotated[float, option("SHARE", "Stop once 100 steps lower the cost by less than this share.")] = 0.0

    def check(self) -> None:
        """Raise UnusableInput if an option is out of range."""
        from gradrace import options

        options.positive("--alpha", ALPHA if self.alpha is None else self.alpha)
        options.number("--decay", str(self.decay))
        options.number("--tolerance", str(self.tolerance))

    def schedule(self) -> Schedule:
        """Return the schedule of the descent."""
        from gradrace.bench.training.descent import Schedule

        return Schedule(**asdict(self) | {"alpha": self.alpha or ALPHA})


@dataclass(frozen=True, kw_only=True)
class Running:
    """Options of `train` for time, threads, memory and a race's target."""

    seed: Annotated[int, whole("Seed of --test-share, and of a race.", 0, 2**32 - 1)] = 0
    threads: Annotated[int | None, whole("In a race: maximum number of threads; all cores by default.", 1)] = None
    budget: Annotated[
        float | None, option("SECONDS", "Wall-clock seconds for training and report; 60 by default in a race.")
    ] = None
    target: Annotated[
        float | None, option("J", "In a race: report the time to reach this cost; halfway down by default.")
    ] = None
    scheduler: Scheduler = ""
    memory: Annotated[
        str, option("SIZE", "Memory for X and a float64 copy of it, such as 4GB; larger X stay on disk.")
    ] = ""

    def check(self) -> None:
        """Raise UnusableInput if an option is out of range."""
        from gradrace import options

        options.threads(self.threads)
        options.budget_s(RACE_S if self.budget is None else self.budget)
        options.positive("--target", 1.0 if self.target is None else self.target)
        options.memory_bytes(self.memory)
        options.scheduler(self.scheduler)

    def refuse_ignored(self, test: TestSet, *, alone: bool) -> None:
        """Raise UnusableInput if an option is given that has no effect on one implementation, or on several."""
        from gradrace import options

        if alone:
            message = "{} is for several implementations; name them with --impl, or leave it out"
            options.refuse_given(message, threads=self.threads, target=self.target)
            message = "{} is for --test-share, and for several implementations; leave it out"
            options.refuse_given(message, seed=self.seed and not test.test_share)
        else:
            message = "{} is for one implementation, as a race keeps X in memory; name one, or leave it out"
            options.refuse_given(message, memory=self.memory)

    def end(self, begun_ns: int, *, alone: bool) -> Deadline:
        """Return the deadline of the command; NEVER for one implementation without --budget."""
        from gradrace.bench.timing import NEVER, Deadline

        if alone and self.budget is None:
            return NEVER
        return Deadline(NEVER.clock, begun_ns + (self.budget or RACE_S) * 1e9)
