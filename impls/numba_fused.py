"""One pass over X: each block of examples is read once, and its second product taken while it lies in the cache."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from impls._fused import all_threads, descend_all_threads, descend_one_thread, one_thread
from impls._fused_tiles import by_tile, tiled_shape
from impls._simd import BYTES
from impls.interface import Float, FloatArray, Implementation, Problem, Technique

WIDEST_TILES = 2048
"""Features from which on rows do better: then the sums of tiles, a vector for each feature, push them out of the cache."""

BYTES_FOR_THREADS = 1 << 20
"""Bytes of X that pay for the 5 to 10 µs of waking a second thread."""


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """X: tiles (m / width, n_x, width) or rows (m, n_x). Y: (m,). threads: as many as the size pays for."""

    X: FloatArray
    Y: FloatArray
    threads: int


def prepare(problem: Problem) -> Laid:
    """X in tiles or rows, whichever its shape suits; copied unless it lies in rows already."""
    X, dtype = problem.features(), problem.dtype
    tiles = tiled_shape(problem.n_x, problem.m, dtype.itemsize)
    if problem.n_x <= WIDEST_TILES and np.prod(tiles) <= 4 * X.size:
        laid = by_tile(X, aligned(tiles, dtype))
    else:
        laid = rows(X)
    pays = X.nbytes >= BYTES_FOR_THREADS
    return Laid(X=laid, Y=np.ascontiguousarray(problem.Y[0]), threads=numba.get_num_threads() if pays else 1)


def rows(X: FloatArray) -> FloatArray:
    """X (n_x, m) as rows (m, n_x)."""
    if X.flags.f_contiguous:
        return X.T
    laid = aligned((X.shape[1], X.shape[0]), X.dtype)
    laid[:] = X.T
    return laid


def aligned(shape: tuple[int, ...], dtype: np.dtype) -> FloatArray:
    """A new array that begins with a cache line."""
    size = int(np.prod(shape)) * dtype.itemsize
    memory = np.empty(size + BYTES, dtype=np.uint8)
    skip = -memory.ctypes.data % BYTES
    array: FloatArray = memory[skip : skip + size].view(dtype).reshape(shape)
    return array


def gradient(data: Laid, w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    """J, dw, db in one call of compiled code."""
    if data.threads == 1:
        return one_thread(data.X, data.Y, w, b)
    return all_threads(data.X, data.Y, w, b, data.threads)


def descend(data: Laid, w: FloatArray, b: Float, alpha: float, steps: int) -> tuple[FloatArray, Float]:
    """w and b after `steps` steps w := w − α dw, b := b − α db, all within one call of compiled code."""
    number = w.dtype.type
    if data.threads == 1:
        return descend_one_thread(data.X, data.Y, w, number(b), number(alpha), steps)
    return descend_all_threads(data.X, data.Y, w, number(b), number(alpha), steps, data.threads)


IMPLEMENTATION = Implementation(technique=Technique.COMPILED, prepare=prepare, gradient=gradient)
