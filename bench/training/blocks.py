"""Iteration over a problem's examples in blocks of float64, so that no second X is held in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.stored import equal_runs, is_stored
from gradrace.impls.interface import Problem

Features: TypeAlias = Callable[[NDArray[Any]], NDArray[np.float64]]

BLOCK_BYTES = 1 << 22
"""Bytes of a block in float64: 4 MB fit most second-level or third-level caches."""


def blocks(problem: Problem) -> Iterator[tuple[NDArray[np.float64], slice]]:
    """Yield the features (n_x, some) of successive blocks of examples in float64, and the slice of these examples."""
    scale = np.float64(problem.scale)
    return blocks_of_features(problem.X, lambda X: X * scale)


def blocks_of_features(X: NDArray[Any], features: Features) -> Iterator[tuple[NDArray[np.float64], slice]]:
    """Yield the features of successive blocks of any X (n_x, m), in memory or on disk, and the slice of their examples.

    `features` converts each block (n_x, some) to features in float64.
    """
    n_x, m = X.shape
    for first, last, read in X.blocks(0, m) if is_stored(X) else [(0, m, X)]:
        for start, stop in equal_runs(last - first, max(1, BLOCK_BYTES // (8 * n_x))):
            yield features(read[:, start:stop]), slice(first + start, first + stop)
