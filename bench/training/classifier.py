"""From data to a classifier, and from a classifier to predictions."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from time import perf_counter_ns
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bench.datasets.dataset import Dataset, How, Part
from bench.datasets.read import read, read_features
from bench.datasets.scaling import scaling
from bench.datasets.split import split
from bench.datasets.stored.stored import equal_runs, is_stored
from bench.descent import AnyImplementation
from bench.results import Dtype, UnusableInput
from bench.timing import Clock
from bench.training import model as models
from bench.training.blocks import BLOCK_BYTES
from bench.training.descent import Diverged, Schedule, State, too_large
from bench.training.descent import train as descend
from bench.training.model import Model, Record
from bench.training.quality import Quality, quality, sigmoid
from bench.training.quality import probabilities as probabilities_of
from bench.training.stream import Streamed, Traffic, blocks_of, read_alone
from impls.discovery import Source, Unavailable, load
from impls.interface import GaveUp, Problem

Tell: TypeAlias = Callable[..., None]

RISE = 16
"""Roundings by which J may rise at rest: one was seen in 6000 iterations of 30 to 10,000 examples, either dtype."""

SAVED_EVERY_NS = 1_000_000_000
"""A power cut costs a second's work. Writing 100 kB takes a millisecond, as long as 100 iterations of 30 features."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be trained, how, and where the classifier goes.

    test_source: "" for none; then test_share of the examples are set apart, if it isn't 0. resume: go on from model.
    test_label: what `how.label` is for the test_source, if that is another.
    """

    source: str
    test_source: str
    test_share: float
    how: How
    scale: str | None
    dtype: Dtype
    seed: int
    schedule: Schedule
    model: Path | None
    resume: bool = False
    test_label: str | None = None


class Begun(NamedTuple):
    """The data are read: the numbers of examples and features, what 0 and 1 stand for, and what of X stays on disk."""

    m_train: int
    m_test: int
    n_x: int
    classes: tuple[str, str]
    on_disk_bytes: int = 0


class Resumed(NamedTuple):
    """It goes on from an earlier training, after so many iterations."""

    iteration: int


class Note(NamedTuple):
    """What a reader should know of the descent: that the cost rose, or that it stopped early, and why."""

    iteration: int
    words: str


class Shown(NamedTuple):
    """Examples that can be looked at, with P(y = 1 | x) of each: those to test with, or else those trained with."""

    part: Part
    dataset: Dataset
    probabilities: NDArray[np.float64]


class Reading(NamedTuple):
    """X on disk: what the descent read, and what can be read with nothing else to do."""

    descent: Traffic
    limit: Traffic


class Done(NamedTuple):
    """The classifier, how good it is in training and in testing, and examples to look at.

    notes: the words of all. seconds: what the descent took, looks at the cost included; None if nobody measured it.
    reading: of X on disk; None if it was in memory.
    """

    model: Model
    train: Quality
    test: Quality | None
    shown: Shown
    notes: tuple[str, ...] = ()
    seconds: float | None = None
    reading: Reading | None = None


Event: TypeAlias = Begun | Resumed | State | Note | Done


def train(order: Order, source: Source, tell: Tell, clock: Clock = perf_counter_ns) -> Iterator[Event]:
    """Read, train, test. Where a model is wanted it is written every second, and at the end, however that comes.

    Raises UnusableInput if the data can't be used, the implementation isn't available, the descent diverges or there
    is none to resume; WrongGradient if the implementation's gradient is wrong.
    """
    given = Given(order)
    yield given.begun
    try:
        implementation = load(source)
    except Unavailable as reason:
        raise UnusableInput(f"{source.name}: {reason}") from reason
    streamed = Streamed(implementation, clock=clock) if is_stored(given.problem.X) else None
    if streamed:
        implementation = streamed.as_implementation()
    keeper = Keeper(given, source.name, clock)
    start = keeper.resume() if order.resume else None
    if start:
        yield Resumed(start.iteration)
    state, notes, start_ns = start, list[str](), clock()
    try:
        for event in watched(implementation, given.problem, order.schedule, tell, start):
            if isinstance(event, State):
                state = event
                keeper.keep(state)
            else:
                notes.append(event.words)
            yield event
    except UnusableInput as reason:
        if isinstance(reason.__cause__, Diverged):
            state = None
            keeper.forget()
        raise
    finally:
        if state is not None:
            keeper.save(state)
    assert state is not None
    seconds = (clock() - start_ns) * 1e-9
    done = given.done(keeper.model(state))._replace(notes=(*notes,), seconds=None if start else seconds)
    if is_stored(given.problem.X) and given.problem.X.changed():
        raise UnusableInput(f"{order.source}: has changed while it was read; train again")
    if streamed and streamed.traffic.rates:
        alone = read_alone(blocks_of(given.problem, streamed.block_bytes), clock)
        done = done._replace(reading=Reading(streamed.traffic, alone))
    yield done


def watched(
    implementation: AnyImplementation, problem: Problem, schedule: Schedule, tell: Tell, start: State | None = None
) -> Iterator[State | Note]:
    """The states of a descent, and what there is to say of it. Raises UnusableInput if it diverges or can't go on."""
    state, risen = start, False
    try:
        for after in descend(implementation, problem, schedule, start):
            tell(f"iteration {after.iteration}, cost {after.J:.6f}")
            yield after
            # Said once, as the curvature's bound takes as long as some dozen steps.
            if state and not risen and rises(state.J, after.J, problem):
                risen = True
                yield Note(after.iteration, f"the cost rose: {too_large(problem, schedule.alpha)}")
            state = after
    except Diverged as reason:
        raise UnusableInput(f"--alpha: {reason}") from reason
    except GaveUp as reason:
        raise UnusableInput(str(reason)) from reason
    if early := stopped_early(state, schedule, resumed=state is start):
        yield early


def rises(before: float, after: float, problem: Problem) -> bool:
    """Whether a cost rises by more than the rounding of a mean does where a descent has come to rest."""
    return after > before * (1 + RISE * float(np.finfo(problem.dtype).eps))


def stopped_early(state: State | None, schedule: Schedule, *, resumed: bool) -> Note | None:
    """That a descent made fewer steps than it might have, or none at all, and why; None if it made them all."""
    iteration = state.iteration if state else 0
    if resumed and iteration >= schedule.iterations:
        return Note(iteration, f"nothing was done: {iteration} iterations are made; give more than that")
    if iteration < schedule.iterations:
        return Note(
            iteration,
            f"stopped at iteration {iteration}: "
            f"the last steps lowered the cost by less than {100 * schedule.tolerance:.3g} %",
        )
    return None


class Given:
    """What an order trains and tests with. Raises UnusableInput if it can't be used."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.train_set, self.test_set = data(order)
        self.scale = scaling(order.scale, self.train_set)
        self.problem = self.scale.problem(self.train_set, order.dtype)

    @property
    def begun(self) -> Begun:
        """What a reader is told of it first."""
        train_set, test_set = self.train_set, self.test_set
        on_disk_bytes = train_set.X.nbytes if is_stored(train_set.X) else 0
        return Begun(train_set.m, test_set.m if test_set else 0, train_set.n_x, train_set.classes, on_disk_bytes)

    @cached_property
    def test_problem(self) -> Problem:
        """The examples to test with, scaled as those trained with."""
        assert self.test_set is not None
        return self.scale.problem(self.test_set, self.order.dtype)

    @cached_property
    def data(self) -> str:
        """What tells the problem from another, where a model is to remember it."""
        return digest(self.problem) if self.order.model else ""

    def model(self, state: State, impl: str, costs: list[tuple[int, float]]) -> Model:
        """The classifier that stands at a state of a descent."""
        order, train_set = self.order, self.train_set
        record = Record(
            date=datetime.now(UTC).isoformat(timespec="seconds"),
            implementation=impl,
            dtype=order.dtype,
            alpha=order.schedule.alpha,
            decay=order.schedule.decay,
            data=self.data,
            costs=costs,
        )
        about = train_set.shape, train_set.features, train_set.classes
        return Model(state.w, float(state.b), self.scale, *about, record)

    def done(self, model: Model) -> Done:
        """How good a classifier is."""
        shown, trained = looked_at("train", model, self.train_set, self.problem)
        tested = None
        if self.test_set:
            shown, tested = looked_at("test", model, self.test_set, self.test_problem)
        return Done(model, trained, tested, shown)


def looked_at(part: Part, model: Model, dataset: Dataset, problem: Problem) -> tuple[Shown, Quality]:
    """What the model says of each example of a dataset, and of the problem made of it; and how good that is."""
    found = probabilities_of(problem, model.w, model.b)
    return Shown(part, dataset, found), quality(problem, found)


@dataclass(slots=True)
class Keeper:
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


def digest(problem: Problem) -> str:
    """What tells one problem from another: a hash of its X, Y, precision and scale."""
    hashed = hashlib.sha256(f"{problem.dtype} {problem.scale!r} {problem.X.shape}".encode())
    if is_stored(problem.X):
        hashed.update(problem.X.identity.encode())
    for array in [problem.Y] if is_stored(problem.X) else [problem.X, problem.Y]:
        hashed.update(np.ascontiguousarray(array.T if array.flags.f_contiguous else array).data)
    return hashed.hexdigest()


def data(order: Order) -> tuple[Dataset, Dataset | None]:
    """The examples to train with, and those to test with if there are any. Raises UnusableInput if they don't fit."""
    whole = read(order.source, order.how)
    if order.test_share and is_stored(whole.X):
        raise UnusableInput(f"--test-share: {order.source} is read from disk as it lies; give a --test-data of its own")
    if not order.test_source:
        return split(whole, order.test_share, order.seed) if order.test_share else (whole, None)
    if order.test_share:
        raise UnusableInput(
            "--test-share: the examples to test with come from --test-data already; drop one of the two"
        )
    if order.test_source.lower().endswith(".npy") and order.test_label is None:
        raise UnusableInput("--test-data: an .npy has no labels, and --label names those of --data; give --test-label")
    test = read(order.test_source, replace(order.how, part="test", label=order.test_label or order.how.label))
    if test.n_x != whole.n_x:
        raise UnusableInput(f"{order.test_source}: {test.n_x} features, not the {whole.n_x} of {order.source}")
    for kind, one, other in (("columns", test.features, whole.features), ("classes", test.classes, whole.classes)):
        if one != other:
            raise UnusableInput(f"{order.test_source}: other {kind} than {order.source}; give both the same")
    return whole, test


class Prediction(NamedTuple):
    """Of one example: where it comes from, which of several there, P(y = 1 | x), and the class that follows."""

    name: str
    number: int | None
    probability: float
    kind: str


def predict(model: Model, sources: Sequence[str]) -> Iterator[Prediction]:
    """A prediction for each example of each source. Raises UnusableInput if one can't be read, or doesn't fit."""
    for source in sources:
        for name, X in read_features(source, len(model.w), model.shape, model.features):
            found = probabilities(model, X)
            for number, probability in enumerate(found.tolist()):
                kind = model.classes[probability > 0.5]
                yield Prediction(name, number if len(found) > 1 else None, probability, kind)


def probabilities(model: Model, X: NDArray[Any]) -> NDArray[np.float64]:
    """P(y = 1 | x) of what was read, (n_x, m); (m,). A few at a time: a float64 takes eight times a pixel's memory."""
    w, z = model.w.astype(np.float64), np.empty(X.shape[1])
    for start, stop in equal_runs(X.shape[1], max(1, BLOCK_BYTES // (8 * len(X)))):
        z[start:stop] = w @ model.scaling.features(X[:, start:stop]) + model.b
    return sigmoid(z)
