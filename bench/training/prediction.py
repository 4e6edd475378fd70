"""Predictions of a classifier: probabilities, the classes at its threshold, and their quality."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.dataset import Wanted
from gradrace.bench.datasets.read import read_features
from gradrace.bench.results import UnusableInput
from gradrace.bench.training.blocks import blocks, blocks_of_features
from gradrace.bench.training.model import Model
from gradrace.impls.interface import Problem


class Prediction(NamedTuple):
    """Prediction for one example.

    Attributes:
        name: its source.
        number: its position in the source, from 1, or None if the source has one example.
        probability: P(y = 1 | x), or None if a number of the example is missing.
        kind: the predicted class, or None.
    """

    name: str
    number: int | None
    probability: float | None
    kind: str | None


def predict(model: Model, sources: Sequence[str], say: Callable[[str], None]) -> Iterator[Prediction]:
    """Yield a prediction for each example of each source.

    say: function that tells the user about values that the training didn't have, and examples that lack a number.
    Raises UnusableInput if a source can't be read, holds no example, or doesn't fit the model, and at the end, if no
    example could be predicted.
    """
    predicted = False
    wanted = Wanted(len(model.w), model.shape, model.features, model.record.unnamed)
    for source in sources:
        for name, X, gaps in read_features(source, wanted):
            if not X.shape[1]:
                raise UnusableInput(f"{name}: holds no example; name a file with some")
            for gap in gaps:
                say(f"{name}: {gap}")
            z = _scores(blocks_of_features(X, model.scaling.features), X.shape[1], model.w, model.b)
            lacks = np.isnan(z).tolist()
            predicted = predicted or not all(lacks)
            for number, probability in enumerate(sigmoid(np.nan_to_num(z)).tolist(), 1):
                place, kind = number if len(z) > 1 else None, model.classes[probability > model.threshold]
                yield Prediction(name, place, *((None, None) if lacks[number - 1] else (probability, kind)))
    if not predicted:
        raise UnusableInput("no example could be predicted, as each lacks a number; fill in the missing numbers")


@dataclass(frozen=True, slots=True)
class Quality:
    """Quality of a classifier: numbers of examples by actual and predicted class, cost, and area under the ROC curve.

    Attributes:
        true_0: class 0, predicted 0.
        false_1: class 0, predicted 1.
        false_0: class 1, predicted 0.
        true_1: class 1, predicted 1.
        cost: J of these examples, or None if it is unknown.
        roc_auc: share of the pairs of one example of each class in which that of class 1 has the larger probability,
            ties counted half; None without such a pair.
    """

    true_0: int
    false_1: int
    false_0: int
    true_1: int
    cost: float | None = None
    roc_auc: float | None = None

    @property
    def accuracy(self) -> float:
        """Return the share of examples that are predicted correctly."""
        return (self.true_0 + self.true_1) / (self.true_0 + self.true_1 + self.false_0 + self.false_1)

    @property
    def majority(self) -> tuple[int, float]:
        """Return the class with most examples, 0 or 1, and its share: the accuracy of always predicting it."""
        zeros, ones = self.true_0 + self.false_1, self.true_1 + self.false_0
        return int(ones > zeros), max(zeros, ones) / (zeros + ones)

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


def scores(problem: Problem, w: NDArray[Any], b: float) -> NDArray[np.float64]:
    """Return z = w·x + b of each example, (m,), in float64."""
    return _scores(blocks(problem), problem.m, w, b)


def _scores(
    features: Iterable[tuple[NDArray[np.float64], slice]], m: int, w: NDArray[Any], b: float
) -> NDArray[np.float64]:
    """Return z = w·x + b, (m,), computed in blocks because a float64 takes eight times the memory of a pixel."""
    w, z = w.astype(np.float64), np.empty(m)
    for X, some in features:
        z[some] = w @ X + float(b)
    return z


def quality(problem: Problem, z: NDArray[np.float64], threshold: float = 0.5) -> Quality:
    """Return the quality of scores z (m,). The predicted class is 1 if the probability σ(z) exceeds the threshold."""
    predicted, actual = sigmoid(z) > threshold, problem.Y[0] == 1
    true_1, true_0 = (int(np.count_nonzero(predicted & actual)), int(np.count_nonzero(~predicted & ~actual)))
    false_1, false_0 = int(np.count_nonzero(predicted)) - true_1, int(np.count_nonzero(~predicted)) - true_0
    cost = float(np.logaddexp(0, np.where(actual, -z, z)).mean())
    return Quality(true_0, false_1, false_0, true_1, cost, roc_auc(z, actual))


def roc_auc(z: NDArray[np.float64], actual: NDArray[np.bool_]) -> float | None:
    """Return the area under the ROC curve of scores z (m,) for labels (m,), or None if one class has no example.

    It follows from the ranks of class 1 (Mann and Whitney's U). scikit-learn's function would take a second to import.
    """
    ones, zeros = np.sort(z[actual]), np.sort(z[~actual])
    if not len(ones) or not len(zeros):
        return None
    below = sum(int(np.searchsorted(zeros, ones, side).sum()) for side in ("left", "right"))  # equal ones count half
    return below / (2 * len(ones) * len(zeros))


def sigmoid(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return σ(z) = exp(−log(1 + e^−z)), which never overflows. scipy's function would take 0.35 s to import."""
    return np.asarray(np.exp(-np.logaddexp(0, -z)))
