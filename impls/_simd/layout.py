"""Choice of X's layout for the fused kernels: tiles or rows, by their costs for its shape.

The constants were fitted to one thread of an AMD Zen 3 with 32 kB of first-level cache (figures in
docs/performance-trials.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gradrace.impls._shared.first_touch import touched
from gradrace.impls._simd.fours import STREAMS
from gradrace.impls._simd.vector import BYTES
from gradrace.impls.interface import FloatArray

FIRST_CACHE = 1 << 15
"""Bytes of the first-level cache, in which four tiles, their sums and w should stay between the two passes."""

SPILT = 1.35
"""Cost of an entry of tiles that don't stay there, in units of an entry that does."""

CACHED = 5 << 20
"""Bytes of X up to which rows, four short streams, are as fast as tiles.

With 256 to 2000 features they take 0.7 to 1.0 of the time of tiles at 4 MB. At 5 MB they take 0.8 to 1.2, at 6 MB 0.9
to 2, at 7 MB 1 to 1.6.
"""

WIDEST_TILES = 2048
"""Number of features beyond which rows are faster even from memory.

The sums of tiles then fill the second-level cache.
"""

SIGMOID = 8
"""Cost of σ and the loss for an example of a tile, in entries."""

TOTALS = 16
"""Cost of zeroing and totalling a feature's vector of sums, in entries."""

ROW_VECTORS = 7
"""Cost of totals, σ and the loss for a row, in vectors; half of the lanes or more are unused."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Layout of X and the work of a gradient.

    Attributes:
        tiled: Whether X is stored in tiles.
        work: Cost of a gradient, in bytes read from the first-level cache.
    """

    tiled: bool
    work: float


def layout(n_x: int, m: int, itemsize: int, threads: int = 1) -> Layout:
    """Return the faster layout for m examples of n_x features."""
    tiled, rows = tiled_work(n_x, m, itemsize, threads), row_work(n_x, m, itemsize, threads)
    from_memory = m * n_x * itemsize > CACHED
    suits_tiles = n_x <= WIDEST_TILES and (from_memory or tiled <= rows)
    return Layout(suits_tiles, (tiled if suits_tiles else rows) * itemsize)


def tiled_work(n_x: int, m: int, itemsize: int, threads: int) -> float:
    """Return the cost of a gradient from tiles for all threads, in entries of X read from the first-level cache."""
    width = BYTES // itemsize
    fours = threads * math.ceil(
        math.ceil(m / width) / STREAMS / threads
    )  # the others wait for the thread with the most tiles
    footprint = n_x * (BYTES * (STREAMS + 1) + itemsize)
    entry = 1 if footprint <= FIRST_CACHE else SPILT
    return STREAMS * fours * width * (n_x * entry + SIGMOID) + threads * n_x * TOTALS


def row_work(n_x: int, m: int, itemsize: int, threads: int) -> float:
    """Return the cost of a gradient from rows for all threads, in entries of X read from the first-level cache."""
    fours = threads * math.ceil(m / STREAMS / threads)
    return STREAMS * fours * (n_x + ROW_VECTORS * BYTES / itemsize)


def tiles_of(X: FloatArray, threads: int = 1) -> FloatArray:
    """Return X (n_x, m) in tiles (m / width, n_x, width), with zeros for the examples that the last one lacks.

    threads: number of threads that will read equal parts of it.
    """
    n_x, m = X.shape
    width = BYTES // X.itemsize
    whole, rest = divmod(m, width)
    tiles = aligned((math.ceil(m / width), n_x, width), X.dtype, threads)
    tiles[:whole] = X[:, : whole * width].reshape(n_x, whole, width).transpose(1, 0, 2)
    tiles[whole:, :, :rest] = X[:, whole * width :]
    tiles[whole:, :, rest:] = 0
    return tiles


def rows_of(X: FloatArray, threads: int = 1) -> FloatArray:
    """Return X (n_x, m) in rows (m, length), length ≥ n_x; copy it only if it isn't in rows, or if that is useful.

    In cache, each row begins with a cache line. Gradients then take 0.82 to 1.0 of the time of rows that don't.

    threads: number of threads that will read equal parts of it.
    """
    n_x, m = X.shape
    lanes = BYTES // X.itemsize
    in_cache = X.nbytes <= CACHED
    length = math.ceil(n_x / lanes) * lanes if in_cache else n_x
    lies_well = not in_cache or (X.ctypes.data % BYTES == 0 and length == n_x)
    if X.flags.f_contiguous and lies_well:
        return X.T
    rows = aligned((m, length), X.dtype, threads)
    rows[:, :n_x] = X.T
    rows[:, n_x:] = 0
    return rows


def aligned(shape: tuple[int, ...], dtype: np.dtype[np.floating], threads: int = 1) -> FloatArray:
    """Return a new array that begins with a cache line, in the memory near the threads that will read its parts."""
    size = math.prod(shape) * dtype.itemsize
    memory = touched(np.empty(size + BYTES, dtype=np.uint8), threads)
    skip = -memory.ctypes.data % BYTES
    array: FloatArray = memory[skip : skip + size].view(dtype).reshape(shape)
    return array
