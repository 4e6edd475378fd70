"""One pass over X: each block of examples is read once, and its second product taken while it lies in the cache."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from impls._fused import all_threads, descend_all_threads, descend_one_thread, one_thread
from impls._fused_tiles import STREAMS, by_tile, tiled_shape
from impls._vector import BYTES
from impls.interface import Float, FloatArray, Implementation, Problem, Technique

WIDEST_TILES = 2048
"""Features beyond which rows do better: the sums of tiles, a vector for each feature, then fill the second cache."""

SIGMOID = 8
"""σ and the loss take as long as so many features."""

ROW_VECTORS = 8
"""Totalling, σ and the loss of a row, where half the lanes or more go unused, take as long as so many vectors."""

BYTES_FOR_THREADS = 1 << 21
"""Work that takes one thread 50 to 80 µs, and so pays for waking another: 5 to 9 µs, but 20 after a pause."""


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """X: tiles (m / width, n_x, width) or rows (m, n_x). Y: (m,). threads: as many as the size pays for."""

    X: FloatArray
    Y: FloatArray
    threads: int


def prepare(problem: Problem) -> Laid:
    """X in tiles or in rows, whichever its shape suits; copied unless it lies in rows already."""
    X, itemsize = problem.features(), problem.dtype.itemsize
    lanes = BYTES // itemsize
    tiles, _, width = shape = tiled_shape(problem.n_x, problem.m, itemsize)
    tiled_work = -(-tiles // STREAMS) * STREAMS * width * (problem.n_x + SIGMOID)
    row_work = problem.m * (problem.n_x + ROW_VECTORS * lanes)
    suits_tiles = problem.n_x <= WIDEST_TILES and tiled_work <= row_work
    pays = min(tiled_work, row_work) * itemsize >= BYTES_FOR_THREADS
    return Laid(
        X=by_tile(X, aligned(shape, problem.dtype)) if suits_tiles else by_row(X),
        Y=np.ascontiguousarray(problem.Y[0]),
        threads=numba.get_num_threads() if pays else 1,
    )


def by_row(X: FloatArray) -> FloatArray:
    """X (n_x, m) as rows (m, n_x)."""
    if X.flags.f_contiguous:
        return X.T
    rows = aligned((X.shape[1], X.shape[0]), X.dtype)
    rows[:] = X.T
    return rows


def aligned(shape: tuple[int, ...], dtype: np.dtype[np.floating]) -> FloatArray:
    """A new array that begins with a cache line."""
    size = int(np.prod(shape)) * dtype.itemsize
    memory = np.empty(size + BYTES, dtype=np.uint8)
    skip = -memory.ctypes.data % BYTES
    array: FloatArray = memory[skip : skip + size].view(dtype).reshape(shape)
    return array


def gradient(data: Laid, w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    """J, dw, db in one call of compiled code."""
    X, Y, threads = data.X, data.Y, data.threads
    result: tuple[Float, FloatArray, Float]
    result = one_thread(X, Y, w, b) if threads == 1 else all_threads(X, Y, w, b, threads)
    return result


def descend(data: Laid, w: FloatArray, b: Float, alpha: float, steps: int) -> tuple[FloatArray, Float]:
    """w and b after `steps` steps w := w − α dw, b := b − α db, all within one call of compiled code."""
    number = w.dtype.type
    arguments = (data.X, data.Y, w, number(b), number(alpha), steps)
    result: tuple[FloatArray, Float]
    result = descend_one_thread(*arguments) if data.threads == 1 else descend_all_threads(*arguments, data.threads)
    return result


IMPLEMENTATION = Implementation(technique=Technique.COMPILED, prepare=prepare, gradient=gradient, descend=descend)
