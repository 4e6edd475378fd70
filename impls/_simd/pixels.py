"""Gradient of X kept as pixels of one byte if it is made of them; floats unchanged, in rows."""

from __future__ import annotations

import numba
import numpy as np

from gradrace.impls._shared.first_touch import touched
from gradrace.impls._simd import fused
from gradrace.impls._simd.fused import Laid, labels, one_thread_scaled
from gradrace.impls._simd.vector import BYTES
from gradrace.impls.interface import Float, FloatArray, Problem

FEATURES_FOR_A_THREAD = 1 << 17
"""Least entries of X for each thread, 25 to 35 µs: measured with two threads, and assumed for more.

Waking another thread takes 5 to 9 µs, and 20 µs after a pause.
"""


def prepare(problem: Problem) -> Laid:
    """Prepare examples as rows, padded with zeros to whole vectors; copy them only if they aren't in that layout."""
    m, n_x, lanes = problem.m, problem.n_x, BYTES // problem.dtype.itemsize
    length = -(-n_x // lanes) * lanes
    threads = min(numba.get_num_threads(), max(m * length // FEATURES_FOR_A_THREAD, 1))
    rows = problem.X.T
    if n_x % lanes or not rows.flags.c_contiguous:
        rows = touched(np.zeros(m * length, dtype=problem.X.dtype), threads).reshape(m, length)
        rows[:, :n_x] = problem.X.T
    return Laid(rows, labels(problem), problem.dtype.type(problem.scale), threads)


def gradient(data: Laid, w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    """Return J, dw (n_x,) and db from one call of compiled code."""
    if data.threads > 1:
        return fused.gradient(data, w, b)
    dw = np.empty(w.shape, w.dtype)
    J, db = one_thread_scaled(data.X, data.Y, w, b, data.scale, dw)
    return J, dw, db
