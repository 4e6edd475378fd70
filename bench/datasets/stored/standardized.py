"""X on disk that is standardized as it is read, and what it takes to do so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.stored.stored import Rows, Run, is_stored, read_ahead
from gradrace.bench.results import UnusableInput


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
