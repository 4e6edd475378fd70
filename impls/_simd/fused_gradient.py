"""The gradient in one pass over X, by as many threads as its size pays for."""

from __future__ import annotations

from dataclasses import dataclass, field

import numba
import numpy as np

from gradrace.impls._simd.fused import all_threads, one_thread
from gradrace.impls._simd.fused_layout import layout, rows_of, tiles_of
from gradrace.impls.interface import Float, FloatArray, Problem

BYTES_FOR_THREADS = 1 << 21
"""Work that takes one thread 50 to 80 µs, and so pays for waking another: 5 to 9 µs, but 20 after a pause."""


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """X: tiles (m / width, n_x, width) or rows (m, n_x). Y: (m,). threads: as many as the size pays for.

    products: XXᵀ, once a descent has had use for it.
    """

    X: FloatArray
    Y: FloatArray
    threads: int
    products: list[FloatArray] = field(default_factory=list)


def prepare(problem: Problem) -> Laid:
    """X in tiles or in rows, whichever its shape suits; rows are copied only if they don't lie so, or are small."""
    shape = problem.n_x, problem.m, problem.dtype.itemsize
    threads = numba.get_num_threads() if layout(*shape).work >= BYTES_FOR_THREADS else 1
    lay = tiles_of if layout(*shape, threads).tiled else rows_of
    return Laid(X=lay(problem.features()), Y=np.ascontiguousarray(problem.Y[0]), threads=threads)


def gradient(data: Laid, w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    """J, dw, db in one call of compiled code."""
    X, Y, threads = data.X, data.Y, data.threads
    result: tuple[Float, FloatArray, Float]
    result = one_thread(X, Y, w, b) if threads == 1 else all_threads(X, Y, w, b, threads)
    return result
