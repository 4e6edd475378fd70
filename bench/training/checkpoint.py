"""Checkpoints of a training: the model is saved during the training, which can be resumed from it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field

from gradrace.bench.results import UnusableInput
from gradrace.bench.timing import Clock
from gradrace.bench.training import model as models
from gradrace.bench.training.data import TrainingData
from gradrace.bench.training.descent import State
from gradrace.bench.training.model import Model

SAVED_EVERY_NS = 1_000_000_000
"""Nanoseconds between checkpoints: a power cut loses about a second's work.

Writing 100 kB takes 1 ms, as long as 100 iterations with 30 features.
"""


@dataclass(slots=True)
class Checkpoint:
    """Saver of a training's model, from which the training can be resumed. costs: (iteration, J) so far."""

    data: TrainingData
    impl: str
    clock: Clock
    costs: list[tuple[int, float]] = field(default_factory=list)
    saved_ns: int = field(init=False)

    def __post_init__(self) -> None:
        self.saved_ns = self.clock()  # an earlier model of that name is kept for the first second

    def model(self, state: State) -> Model:
        """Return the classifier at a state of the descent."""
        return self.data.model(state, self.impl, self.costs)

    def keep(self, state: State) -> None:
        """Record the cost, and save the model if the last checkpoint is a second old."""
        self.costs.append((state.iteration, state.J))
        now = self.clock()
        if now - self.saved_ns >= SAVED_EVERY_NS:
            self.save(state)
            self.saved_ns = now

    def save(self, state: State) -> None:
        """Save the model if the request names a file for it."""
        if self.data.request.model:
            models.save(self.model(state), self.data.request.model)

    def forget(self) -> None:
        """Remove the model of a descent that diverged or is wrong, unless it resumed an earlier one."""
        if self.data.request.model and not self.data.request.resume:
            self.data.request.model.unlink(missing_ok=True)

    def resume(self) -> State:
        """Return the state of the saved training, and restore its costs.

        Raises UnusableInput if there is no saved training, or one with other settings or data.
        """
        file = self.data.request.model
        if file is None:
            raise UnusableInput("--resume: name the model to resume with --model")
        found = models.load(file)
        state = State(*found.record.costs[-1], found.w, found.w.dtype.type(found.b))
        self.costs = list(found.record.costs)
        mine, its = self.model(state).record, found.record
        one, train_set = found.classes[1], self.data.train_set
        if one != train_set.classes[1] and one in train_set.kinds:
            step = f"go on with --positive {shlex.quote(one)}, or leave out --resume"
            raise UnusableInput(f"{file}: trained with the class {one!r} as 1; {step}")
        for name in ("implementation", "dtype", "alpha", "decay"):
            if (old := getattr(its, name)) != getattr(mine, name):
                raise UnusableInput(f"{file}: trained with {name} {old}; give the same, or leave out --resume")
        if its.data != mine.data:
            raise UnusableInput(
                f"{file}: trained with other data, or another --memory; give the same, or leave out --resume"
            )
        return state
