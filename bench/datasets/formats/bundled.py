"""Datasets that are installed with scikit-learn. The path is the name of one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import datasets

from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted
from gradrace.bench.datasets.formats.labels import binary
from gradrace.bench.results import UnusableInput


def read(path: Path, how: ReadOptions) -> Dataset:
    """Return breast_cancer (569 examples of 30 features) or digits (1797 grey images of 8×8, values 0 to 16).

    Raises UnusableInput if `how.positive` is unknown, or is None for the ten classes of digits without `how.decides`.
    """
    name, bunch = str(path), _bunch(path)
    words = np.array([str(word) for word in bunch.target_names])
    positive = how.positive or (words[1] if len(words) == 2 else None)
    labelled = binary(name, words[bunch.target], replace(how, positive=positive))
    shape = (*bunch.images.shape[1:], 1) if "images" in bunch else ()
    return labelled.dataset(bunch.data.T.astype(np.float64), shape=shape)


def read_features(path: Path, wanted: Wanted) -> NDArray[np.float64]:
    """Return the features alone, (n_x, m). Raises UnusableInput if their number isn't the model's n_x."""
    X: NDArray[np.float64] = _bunch(path).data.T.astype(np.float64)
    if len(X) != wanted.n_x:
        told = f"{len(X)} features, but the model takes {wanted.n_x}"
        raise UnusableInput(f"{path}: {told}; name the data set that it was trained with")
    return X


def _bunch(path: Path) -> Any:
    return {"breast_cancer": datasets.load_breast_cancer, "digits": datasets.load_digits}[str(path)]()
