"""A problem's examples a few at a time, as float64: what is done once needs no second X in memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.stored import equal_runs, is_stored
from gradrace.impls.interface import Problem

BLOCK_BYTES = 1 << 22
"""Of float64 at a time: 4 MB stay in most second or third caches."""


def blocks(problem: Problem) -> Iterator[tuple[NDArray[np.float64], slice]]:
    """The features (n_x, some) of some examples after others, in float64, and which examples they are."""
    count, X = max(1, BLOCK_BYTES // (8 * problem.n_x)), problem.X
    for first, last, read in X.blocks(0, problem.m) if is_stored(X) else [(0, problem.m, X)]:
        for start, stop in equal_runs(last - first, count):
            yield read[:, start:stop] * np.float64(problem.scale), slice(first + start, first + stop)
