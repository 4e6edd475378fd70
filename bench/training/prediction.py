"""Predictions of a classifier: probabilities, the classes at the threshold 0.5, and their quality."""

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
    """Prediction for one example.

    Attributes:
        name: its source.
        number: its position in the source, or None if the source has one example.
        probability: P(y = 1 | x).
        kind: the predicted class.
    """

    name: str
    number: int | None
    probability: float
    kind: str


def predict(model: Model, sources: Sequence[str]) -> Iterator[Prediction]:
    """Yield a prediction for each example of each source.

    Raises UnusableInput if a source can't be read, or doesn't fit the model.
    """
    wanted = Wanted(len(model.w), model.shape, model.features, model.record.unnamed)
    for source in sources:
        for name, X in read_features(source, wanted):
            found = _probabilities(blocks_of_features(X, model.scaling.features), X.shape[1], model.w, model.b)
            for number, probability in enumerate(found.tolist()):
                kind = model.classes[probability > 0.5]
                yield Prediction(name, number if len(found) > 1 else None, probability, kind)


@dataclass(frozen=True, slots=True)
class Quality:
    """Confusion matrix: numbers of examples by actual and predicted class.

    Attributes:
        true_0: class 0, predicted 0.
        false_1: class 0, predicted 1.
        false_0: class 1, predicted 0.
        true_1: class 1, predicted 1.
    """

    true_0: int
    false_1: int
    false_0: int
    true_1: int

    @property
    def accuracy(self) -> float:
        """Return the share of examples that are predicted correctly."""
        return (self.true_0 + self.true_1) / (self.true_0 + self.true_1 + self.false_0 + self.false_1)

    @property
    def precision(self) -> float | None:
        """Return the share of the examples predicted 1 that are 1, or None if none is predicted 1."""
        predicted = self.true_1 + self.false_1
        return self.true_1 / predicted if predicted else None

    @property
    def recall(self) -> float | None:
        """Return the share of the examples of class 1 that are predicted 1, or None if there are none."""
        actual = self.true_1 + self.false_0
        return self.true_1 / actual if actual else None


def probabilities(problem: Problem, w: NDArray[Any], b: float) -> NDArray[np.float64]:
    """Return P(y = 1 | x) of each example, (m,), in float64."""
    return _probabilities(blocks(problem), problem.m, w, b)


def _probabilities(
    features: Iterable[tuple[NDArray[np.float64], slice]], m: int, w: NDArray[Any], b: float
) -> NDArray[np.float64]:
    """Return P(y = 1 | x), (m,), computed in blocks because a float64 takes eight times the memory of a pixel."""
    w, z = w.astype(np.float64), np.empty(m)
    for X, some in features:
        z[some] = w @ X + float(b)
    return sigmoid(z)


def quality(problem: Problem, probability: NDArray[np.float64]) -> Quality:
    """Return the confusion matrix for probabilities (m,). The class is 1 if the probability exceeds 0.5."""
    predicted, actual = probability > 0.5, problem.Y[0] == 1
    both = [np.count_nonzero((actual == a) & (predicted == p)) for a in (False, True) for p in (False, True)]
    return Quality(*map(int, both))


def sigmoid(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return σ(z) = exp(−log(1 + e^−z)), which never overflows. scipy's function would take 0.35 s to import."""
    return np.asarray(np.exp(-np.logaddexp(0, -z)))
