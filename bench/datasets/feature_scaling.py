"""Scaling of the data to features: division by 255, standardization, or none."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.dataset import Dataset
from gradrace.bench.datasets.formats.stored import Converted, is_stored, read_ahead
from gradrace.bench.results import Dtype, UnusableInput
from gradrace.impls.interface import Problem

PIXEL_SCALE = 1 / 255
"""Factor that maps pixels from 0..255 to features from 0 to 1."""

FEW = 8
"""Number of features whose deviation is computed at once."""

KINDS = ("255", "standardize", "none")


@dataclass(frozen=True, slots=True, eq=False)
class StandardizedRows(Converted):
    """Rows of a file, standardized while they are read: (x − mean) / deviation.

    mean and deviation have shape (n_x,). dtype is the type of the standardized numbers.
    """

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    dtype: np.dtype[Any]

    def read(self, start: int, stop: int, out: NDArray[Any]) -> None:
        """Read examples start to stop into out (stop − start, n_x), standardized."""
        raw = np.empty(out.shape, self.rows.dtype)
        self.rows.read(start, stop, raw)
        out[:] = (raw - self.mean) / self.deviation


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """Scaling of features: factor · x, or (x − mean) / deviation where mean and deviation are given.

    mean and deviation have shape (n_x,) and are computed from the training examples.
    """

    factor: float = 1.0
    mean: NDArray[np.float64] | None = None
    deviation: NDArray[np.float64] | None = None

    def problem(self, dataset: Dataset, dtype: Dtype = "float64", *, overwrite: bool = False) -> Problem:
        """Return the problem of a dataset. overwrite: whether its X may become that of the dataset, to save memory.

        Pixels that are only multiplied stay bytes, and the problem carries the factor.
        """
        precision = np.dtype(dtype)
        Y = dataset.labels[np.newaxis].astype(precision)
        if is_stored(dataset.X) or (self.mean is None and dataset.X.dtype == np.uint8):
            return Problem(self.stored(dataset.X, precision), Y, precision, self.factor)
        X = dataset.X
        out = X if overwrite and X.dtype == np.float64 and X.flags.writeable else None
        return Problem(self.features(X, out).astype(precision, copy=False), Y, precision)

    def stored(self, X: NDArray[Any], precision: np.dtype[Any]) -> NDArray[Any]:
        """Return X, unchanged unless it is on disk and to be standardized: then each read standardizes its numbers."""
        if self.mean is None or self.deviation is None or not is_stored(X):
            return X
        rows = StandardizedRows(X.rows, self.mean, self.deviation, precision)
        made_of = hashlib.sha256(self.mean.tobytes() + self.deviation.tobytes()).hexdigest()
        return replace(X, rows=rows, identity=f"{X.identity} {made_of}").as_array()

    def features(self, X: NDArray[Any], out: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Return the features (n_x, m) in float64, computed from X (n_x, m) as read; standardized ones in `out`."""
        if self.mean is None or self.deviation is None:
            return X.astype(np.float64, copy=False) if self.factor == 1 else np.asarray(X * np.float64(self.factor))
        centred = np.subtract(X, self.mean[:, np.newaxis], out=out)
        centred /= self.deviation[:, np.newaxis]  # in place: no third X in memory
        return np.asarray(centred)


def scaling(kind: str | None, dataset: Dataset) -> Scaling:
    """Return the scaling of this kind, computed from these training examples.

    If kind is None, pixels are divided by 255 and other numbers stay unchanged.
    Raises UnusableInput if the kind is unknown, or if X on disk to be standardized has a value that isn't finite.
    """
    if kind not in (None, *KINDS):
        raise UnusableInput(f"--scale: {kind!r} is unknown; give one of {', '.join(KINDS)}")
    if kind == "standardize":
        mean, deviation = standardization(dataset.X)
        return Scaling(mean=mean, deviation=deviation)
    pixels = dataset.X.dtype == np.uint8
    return Scaling(factor=PIXEL_SCALE if kind == "255" or (kind is None and pixels) else 1.0)


def standardization(X: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean and the divisor (n_x,) of each feature of X (n_x, m): the standard deviation, or 1 if it is 0.

    A constant feature carries no information. A divisor of 1 makes it 0 instead of 0 / 0.
    Raises UnusableInput as `moments`, or if a deviation isn't finite.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        mean, deviation = moments(X)
    if (wrong := np.flatnonzero(~np.isfinite(deviation))).size:
        raise UnusableInput(f"the numbers of feature {wrong[0] + 1} are too large to be standardized; drop its column")
    return mean, np.where(deviation > 0, deviation, 1.0)


def moments(X: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean and the standard deviation (n_x,) of each feature of X (n_x, m) over the examples.

    That of a constant feature is exactly 0, whatever rounding leaves. X on disk is read in two passes.
    Raises UnusableInput if a feature of X on disk has a mean that isn't finite.
    """
    if not is_stored(X):
        few = [_deviation(X[start : start + FEW]) for start in range(0, len(X), FEW)]  # NumPy copies what it is given
        return X.mean(axis=1), np.concatenate(few)
    runs, total, squares = X.runs(), np.zeros(len(X)), np.zeros(len(X))
    low, high = np.full(len(X), np.inf), np.full(len(X), -np.inf)
    for block in read_ahead(X, runs):
        total += block.sum(axis=1, dtype=np.float64)
        low, high = np.minimum(low, block.min(axis=1)), np.maximum(high, block.max(axis=1))
    mean = total / X.shape[1]
    if (wrong := np.flatnonzero(~np.isfinite(mean))).size:
        raise UnusableInput(
            f"{X.path}: feature {wrong[0] + 1} isn't finite in some example; fill what is missing, or drop it"
        )
    for block in read_ahead(X, runs):
        squares += np.square(block - mean[:, np.newaxis]).sum(axis=1)
    return mean, np.where(low < high, np.sqrt(squares / X.shape[1]), 0.0)


def _deviation(X: NDArray[Any]) -> NDArray[np.float64]:
    """Return the standard deviation of some features in memory, 0 of constant ones."""
    return np.where((X != X[:, :1]).any(axis=1), X.std(axis=1), 0.0)
