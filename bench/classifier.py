"""From data to a classifier, and from a classifier to predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from bench import model as models
from bench.datasets.dataset import Dataset, How, Part
from bench.datasets.read import read, read_features
from bench.datasets.scaling import scaling
from bench.datasets.split import split
from bench.model import Model
from bench.quality import Quality, quality
from bench.results import Dtype, UnusableInput
from bench.training import Diverged, Schedule, State, too_large
from bench.training import train as descend
from impls.discovery import Source, Unavailable, load

Tell: TypeAlias = Callable[..., None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be trained, how, and where the classifier goes.

    test_source: "" for none; then test_share of the examples are set apart, if it isn't 0.
    """

    source: str
    test_source: str
    test_share: float
    how: How
    scale: str | None
    dtype: Dtype
    seed: int
    implementation: Source
    schedule: Schedule
    model: Path | None


class Begun(NamedTuple):
    """The data are read: the numbers of examples and features, and what 0 and 1 stand for."""

    m_train: int
    m_test: int
    n_x: int
    classes: tuple[str, str]


class Rose(NamedTuple):
    """The cost rose: what there is to say of that."""

    iteration: int
    words: str


class Done(NamedTuple):
    """The classifier, and how good it is in training and in testing."""

    model: Model
    train: Quality
    test: Quality | None


Event: TypeAlias = Begun | State | Rose | Done


def train(order: Order, tell: Tell) -> Iterator[Event]:
    """Read, train, test; writes the model where one is wanted.

    Raises UnusableInput if the data can't be used, the implementation isn't available or the descent diverges;
    WrongGradient if its gradient is wrong.
    """
    train_set, test_set = data(order)
    yield Begun(train_set.m, test_set.m if test_set else 0, train_set.n_x, train_set.classes)
    scale = scaling(order.scale, train_set)
    problem = scale.problem(train_set, order.dtype)
    try:
        implementation = load(order.implementation)
    except Unavailable as reason:
        raise UnusableInput(f"{order.implementation.name}: {reason}") from reason
    costs: list[float] = []
    try:
        for state in descend(implementation, problem, order.schedule):
            tell(f"iteration {state.iteration}, cost {state.J:.6f}")
            yield state
            if costs and costs[-1] < state.J:
                yield Rose(state.iteration, too_large(problem, order.schedule.alpha))
            costs.append(state.J)
    except Diverged as reason:
        raise UnusableInput(f"--alpha: {reason}") from reason
    classifier = Model(
        state.w, float(state.b), scale, train_set.shape, train_set.features, train_set.classes, _record(order, costs)
    )
    if order.model:
        models.save(classifier, order.model)
    test = quality(scale.problem(test_set, order.dtype), state.w, float(state.b)) if test_set else None
    yield Done(classifier, quality(problem, state.w, float(state.b)), test)


def data(order: Order) -> tuple[Dataset, Dataset | None]:
    """The examples to train with, and those to test with if there are any. Raises UnusableInput if they don't fit."""
    whole = read(order.source, order.how)
    if not order.test_source:
        return split(whole, order.test_share, order.seed) if order.test_share else (whole, None)
    if order.test_share:
        raise UnusableInput(
            "--test-share: the examples to test with come from --test-data already; drop one of the two"
        )
    part: Part = "test"
    test = read(order.test_source, How(part, order.how.label, order.how.positive, order.how.examples, order.how.size))
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
    """P(y = 1 | x) of what was read, (n_x, m); (m,)."""
    w = model.w.astype(np.float64)
    return np.asarray(expit(w @ model.scaling.features(X) + model.b))


def _record(order: Order, costs: list[float]) -> dict[str, Any]:
    schedule = order.schedule
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "implementation": order.implementation.name,
        "dtype": order.dtype,
        "alpha": schedule.alpha,
        "decay": schedule.decay,
        "iterations": schedule.iterations,
        "costs": costs,
    }
