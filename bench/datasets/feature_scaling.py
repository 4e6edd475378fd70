"""How what was read becomes features: divided by 255, standardized, or as it is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.dataset import Dataset
from gradrace.bench.datasets.formats.stored import Rows, Run, is_stored, read_ahead
from gradrace.bench.results import Dtype, UnusableInput
from gradrace.impls.interface import Problem

PIXEL_SCALE = 1 / 255
"""What brings pixels from 0..255 to features from 0 to 1."""

KINDS = ("255", "standardize", "none")


@dataclass(frozen=True, slots=True, eq=False)
class StandardizedRows:
    """(x − mean) / deviation of the rows of a file; mean and deviation (n_x,). dtype: what is made of them."""

    rows: Rows
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    dtype: np.dtype[Any]

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n_x)."""
        return self.rows.shape

    def read(self, start: int, stop: int, out: NDArray[Any]) -> None:
        """Examples start to stop, standardized."""
        raw = np.empty(out.shape, self.rows.dtype)
        self.rows.read(start, stop, raw)
        out[:] = (raw - self.mean) / self.deviation

    def runs(self, count: int) -> list[Run]:
        """Those of the file."""
        return self.rows.runs(count)


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """x = factor · (what was read), or (what was read − mean) / deviation: (n_x,) each, of the training examples."""

    factor: float = 1.0
    mean: NDArray[np.float64] | None = None
    deviation: NDArray[np.float64] | None = None

    def problem(self, dataset: Dataset, dtype: Dtype = "float64") -> Problem:
        """The problem of a dataset. Pixels that are only multiplied stay bytes, whose factor the problem carries."""
        precision = np.dtype(dtype)
        Y = dataset.labels[np.newaxis].astype(precision)
        if is_stored(dataset.X) or (self.mean is None and dataset.X.dtype == np.uint8):
            return Problem(self.stored(dataset.X, precision), Y, precision, self.factor)
        return Problem(self.features(dataset.X).astype(precision, copy=False), Y, precision)

    def stored(self, X: NDArray[Any], precision: np.dtype[Any]) -> NDArray[Any]:
        """X as it is; but standardized as it is read, where it is on disk and to be standardized."""
        if self.mean is None or self.deviation is None or not is_stored(X):
            return X
        rows = StandardizedRows(X.rows, self.mean, self.deviation, precision)
        made_of = hashlib.sha256(self.mean.tobytes() + self.deviation.tobytes()).hexdigest()
        return replace(X, rows=rows, identity=f"{X.identity} {made_of}").as_array()

    def features(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """(n_x, m): what was read, as features."""
        if self.mean is None or self.deviation is None:
            return X.astype(np.float64, copy=False) if self.factor == 1 else np.asarray(X * np.float64(self.factor))
        return np.asarray((X - self.mean[:, np.newaxis]) / self.deviation[:, np.newaxis])


def scaling(kind: str | None, dataset: Dataset) -> Scaling:
    """The scaling of this kind, of these training examples; None: 255 for pixels, none for all else.

    Raises UnusableInput if there is no such kind.
    """
    if kind not in (None, *KINDS):
        raise UnusableInput(f"--scale: {kind!r} is none of {', '.join(KINDS)}")
    if kind == "standardize":
        mean, deviation = moments(dataset.X)
        # A feature that never changes tells nothing: it becomes 0, not 0 / 0.
        return Scaling(mean=mean, deviation=np.where(deviation > 0, deviation, 1.0))
    pixels = dataset.X.dtype == np.uint8
    return Scaling(factor=PIXEL_SCALE if kind == "255" or (kind is None and pixels) else 1.0)


def moments(X: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation (n_x,) of each feature over the examples, X (n_x, m); of X on disk in two passes."""
    if not is_stored(X):
        return X.mean(axis=1), X.std(axis=1)
    runs = X.runs()

    def mean_of(per_block: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> NDArray[np.float64]:
        total = np.zeros(len(X))
        for block in read_ahead(X, runs):
            total += per_block(block.astype(np.float64))
        return total / X.shape[1]

    mean = mean_of(lambda block: block.sum(axis=1))
    if (wrong := np.flatnonzero(~np.isfinite(mean))).size:
        raise UnusableInput(
            f"{X.path}: feature {wrong[0]} isn't finite in some example; fill what is missing, or drop it"
        )
    return mean, np.sqrt(mean_of(lambda block: np.square(block - mean[:, np.newaxis]).sum(axis=1)))
