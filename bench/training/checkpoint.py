"""Keeps a training on disk while it goes on, and takes it up again."""

from __future__ import annotations

from dataclasses import dataclass, field

from gradrace.bench.results import UnusableInput
from gradrace.bench.timing import Clock
from gradrace.bench.training import model as models
from gradrace.bench.training.descent import State
from gradrace.bench.training.given import Given
from gradrace.bench.training.model import Model

SAVED_EVERY_NS = 1_000_000_000
"""A power cut costs a second's work. Writing 100 kB takes a millisecond, as long as 100 iterations of 30 features."""


@dataclass(slots=True)
class Checkpoint:
    """Keeps a training's model on disk, and takes it up again. costs: (iteration, J) so far."""

    given: Given
    impl: str
    clock: Clock
    costs: list[tuple[int, float]] = field(default_factory=list)
    saved_ns: int = field(init=False)

    def __post_init__(self) -> None:
        self.saved_ns = self.clock()  # an earlier model of that name stays for the first second

    def model(self, state: State) -> Model:
        """The classifier as it stands."""
        return self.given.model(state, self.impl, self.costs)

    def keep(self, state: State) -> None:
        """Note the cost; write the model if the last one is a second old."""
        self.costs.append((state.iteration, state.J))
        now = self.clock()
        if now - self.saved_ns >= SAVED_EVERY_NS:
            self.save(state)
            self.saved_ns = now

    def save(self, state: State) -> None:
        """Write the model, if one is wanted."""
        if self.given.order.model:
            models.save(self.model(state), self.given.order.model)

    def forget(self) -> None:
        """Remove the model of a descent that diverged, unless it goes on with an earlier one."""
        if self.given.order.model and not self.given.order.resume:
            self.given.order.model.unlink(missing_ok=True)

    def resume(self) -> State:
        """Where the kept training stands. Raises UnusableInput if there is none, or one of something else."""
        file = self.given.order.model
        if file is None:
            raise UnusableInput("--resume: name the model to go on with by --model")
        found = models.load(file)
        state = State(*found.record.costs[-1], found.w, found.w.dtype.type(found.b))
        self.costs = list(found.record.costs)
        mine, its = self.model(state).record, found.record
        for name in ("implementation", "dtype", "alpha", "decay"):
            if (old := getattr(its, name)) != getattr(mine, name):
                raise UnusableInput(f"{file}: trained with {name} {old}; give the same, or leave out --resume")
        if its.data != mine.data:
            raise UnusableInput(
                f"{file}: trained with other data, or another --memory; give the same, or leave out --resume"
            )
        return state
