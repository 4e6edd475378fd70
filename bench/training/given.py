"""What a training trains and tests with, and what it makes of that."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property

import numpy as np

from gradrace.bench.datasets.feature_scaling import scaling
from gradrace.bench.datasets.formats.dataset import Dataset, Part
from gradrace.bench.datasets.read import read
from gradrace.bench.datasets.split import split
from gradrace.bench.datasets.stored.stored import is_stored
from gradrace.bench.results import UnusableInput
from gradrace.bench.training.descent import State
from gradrace.bench.training.model import Model, Record
from gradrace.bench.training.order import Begun, Done, Order, Shown
from gradrace.bench.training.quality import Quality, quality
from gradrace.bench.training.quality import probabilities as probabilities_of
from gradrace.impls.interface import Problem


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
