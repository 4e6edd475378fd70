"""The compiled loop with its examples shared out over threads."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numba import njit, prange

from impls._examples import Examples, by_example
from impls._loop import accumulate
from impls.interface import Float, FloatArray, Implementation, Technique

compiled_loop = njit(accumulate)


@njit
def accumulate_part(X: Any, Y: Any, w: Any, b: Any, part: int, sums: Any, zero: Any, one: Any) -> None:
    """One thread's share: the sums of dw, J and db over its run of consecutive examples, into sums[part]."""
    parts, m, n_x = len(sums), len(Y), len(w)
    start, stop = m * part // parts, m * (part + 1) // parts
    J, db = compiled_loop(X[start:stop], Y[start:stop], w, b, sums[part, :n_x], zero, one)
    sums[part, n_x] = J
    sums[part, n_x + 1] = db


@njit(cache=True, parallel=True)
def accumulate_parts(X: Any, Y: Any, w: Any, b: Any, sums: Any, zero: Any, one: Any) -> None:
    """One part a thread. Nothing depends on which thread takes which part, so the bits are the same every time."""
    for part in prange(len(sums)):
        accumulate_part(X, Y, w, b, part, sums, zero, one)


def gradient(data: Examples, w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    """J, dw, db by as many threads as Numba was given, but no more than examples."""
    m, n_x = data.X.shape
    parts = min(numba.get_num_threads(), m)
    sums = np.zeros((parts, n_x + 2), dtype=w.dtype)
    accumulate_parts(data.X, data.Y, w, b, sums, w.dtype.type(0), w.dtype.type(1))
    mean = sums.sum(axis=0) / m
    return mean[n_x], mean[:n_x], mean[n_x + 1]


IMPLEMENTATION = Implementation(technique=Technique.COMPILED, prepare=by_example, gradient=gradient)
