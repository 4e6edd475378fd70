"""From a classifier to predictions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.dataset import Wanted
from gradrace.bench.datasets.read import read_features
from gradrace.bench.datasets.stored.stored import equal_runs
from gradrace.bench.training.blocks import BLOCK_BYTES
from gradrace.bench.training.model import Model
from gradrace.bench.training.quality import sigmoid


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
