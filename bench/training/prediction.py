"""From a classifier to predictions: its probabilities, what comes of them at one half, and how good that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.dataset import Wanted
from gradrace.bench.datasets.read import read_features
from gradrace.bench.training.blocks import blocks, blocks_of_features
from gradrace.bench.training.model import Model
from gradrace.impls.interface import Problem


class Prediction(NamedTuple):
    """Of one example: where it comes from, which of several there, P(y = 1 | x), and the class that follows."""

    name: str
    number: int | None
    probability: float
    kind: str


def predict(model: Model, sources: Sequence[str]) -> Iterator[Prediction]:
    """A prediction for each example of each source. Raises UnusableInput if one can't be read, or doesn't fit."""
    wanted = Wanted(len(model.w), model.shape, model.features)
    for source in sources:
        for name, X in read_features(source, wanted):
            found = _probabilities(blocks_of_features(X, model.scaling.features), X.shape[1], model.w, model.b)
            for number, probability in enumerate(found.tolist()):
                kind = model.classes[probability > 0.5]
                yield Prediction(name, number if len(found) > 1 else None, probability, kind)


@dataclass(frozen=True, slots=True)
class Quality:
    """How many examples of class 0 and 1 were predicted as what.

    true_0, true_1: those predicted right. false_0: of class 1, predicted 0. false_1: of class 0, predicted 1.
    """

    true_0: int
    false_1: int
    false_0: int
    true_1: int

    @property
    def accuracy(self) -> float:
        """The share of examples that are predicted right."""
        return (self.true_0 + self.true_1) / (self.true_0 + self.true_1 + self.false_0 + self.false_1)

    @property
    def precision(self) -> float | None:
        """Of those predicted 1, the share that are; None if none was."""
        predicted = self.true_1 + self.false_1
        return self.true_1 / predicted if predicted else None

    @property
    def recall(self) -> float | None:
        """Of those that are 1, the share predicted so; None if none is."""
        actual = self.true_1 + self.false_0
        return self.true_1 / actual if actual else None


def probabilities(problem: Problem, w: NDArray[Any], b: float) -> NDArray[np.float64]:
    """P(y = 1 | x) of each example, (m,), in float64."""
    return _probabilities(blocks(problem), problem.m, w, b)


def _probabilities(
    features: Iterable[tuple[NDArray[np.float64], slice]], m: int, w: NDArray[Any], b: float
) -> NDArray[np.float64]:
    """A few examples at a time: a float64 takes eight times a pixel's memory."""
    w, z = w.astype(np.float64), np.empty(m)
    for X, some in features:
        z[some] = w @ X + float(b)
    return sigmoid(z)


def quality(problem: Problem, probability: NDArray[np.float64]) -> Quality:
    """What is predicted right and wrong: 1 where the probability, (m,), is above one half."""
    predicted, actual = probability > 0.5, problem.Y[0] == 1
    both = [np.count_nonzero((actual == a) & (predicted == p)) for a in (False, True) for p in (False, True)]
    return Quality(*map(int, both))


def sigmoid(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """σ(z) = exp(−log(1 + e^−z)), which never overflows; scipy's takes 0.35 s to import."""
    return np.asarray(np.exp(-np.logaddexp(0, -z)))
