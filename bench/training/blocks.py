"""A problem's examples a few at a time, as float64: what is done once needs no second X in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.stored import equal_runs, is_stored
from gradrace.impls.interface import Problem

Features: TypeAlias = Callable[[NDArray[Any]], NDArray[np.float64]]

BLOCK_BYTES = 1 << 22
"""Of float64 at a time: 4 MB stay in most second or third caches."""


def blocks(problem: Problem) -> Iterator[tuple[NDArray[np.float64], slice]]:
    """The features (n_x, some) of some examples after others, in float64, and which examples they are."""
    scale = np.float64(problem.scale)
    return blocks_of_features(problem.X, lambda X: X * scale)


def blocks_of_features(X: NDArray[Any], features: Features) -> Iterator[tuple[NDArray[np.float64], slice]]:
    """The same of any X (n_x, m), in memory or on disk, each block of which `features` turns into features."""
    n_x, m = X.shape
    for first, last, read in X.blocks(0, m) if is_stored(X) else [(0, m, X)]:
        for start, stop in equal_runs(last - first, max(1, BLOCK_BYTES // (8 * n_x))):
            yield features(read[:, start:stop]), slice(first + start, first + stop)
