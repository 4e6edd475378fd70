"""A problem's examples a few at a time, as float64: what is done once needs no second X in memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from impls.interface import Problem

BLOCK_BYTES = 1 << 22
"""Of float64 at a time: 4 MB stay in most second or third caches."""


def blocks(problem: Problem) -> Iterator[tuple[NDArray[np.float64], slice]]:
    """The features (n_x, some) of some examples after others, in float64, and which examples they are."""
    count = max(1, BLOCK_BYTES // (8 * problem.n_x))
    for start in range(0, problem.m, count):
        some = slice(start, min(start + count, problem.m))
        yield problem.X[:, some] * np.float64(problem.scale), some
