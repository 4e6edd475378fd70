"""How the fused kernels keep X: in tiles or in rows, by what either costs for its shape.

The constants were fitted to one thread of an AMD Zen 3, 32 kB of first cache (docs/performance.md has the figures).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gradrace.impls._simd.kernels import STREAMS
from gradrace.impls._simd.vector import BYTES
from gradrace.impls.interface import FloatArray

FIRST_CACHE = 1 << 15
"""Bytes. Four tiles, their sums and w are to stay in it between the two passes over them."""

SPILT = 1.35
"""What each entry of tiles costs where they don't stay there, in entries."""

CACHED = 5 << 20
"""Bytes of X up to which rows, four short streams, come as fast as tiles. At 4 MB they take 0.7 to 1.0 of the time of
tiles (256 to 2000 features), at 5 0.8 to 1.2, at 6 0.9 to 2, at 7 1 to 1.6.
"""

WIDEST_TILES = 2048
"""Features beyond which rows do better even from memory: the sums of tiles then fill the second cache."""

SIGMOID = 8
"""σ and the loss of an example of a tile take as long as so many entries."""

TOTALS = 16
"""Zeroing a feature's vector of sums, and totalling it, take as long as so many entries."""

ROW_VECTORS = 7
"""Totalling, σ and the loss of a row, where half the lanes or more go unused, take as long as so many vectors."""


@dataclass(frozen=True, slots=True)
class Layout:
    """tiled: whether X lies in tiles. work: what a gradient costs, in bytes that come from the first cache."""

    tiled: bool
    work: float


def layout(n_x: int, m: int, itemsize: int, threads: int = 1) -> Layout:
    """Choose the better layout for m examples of n_x features."""
    tiled, rows = tiled_work(n_x, m, itemsize, threads), row_work(n_x, m, itemsize, threads)
    from_memory = m * n_x * itemsize > CACHED
    suits_tiles = n_x <= WIDEST_TILES and (from_memory or tiled <= rows)
    return Layout(suits_tiles, (tiled if suits_tiles else rows) * itemsize)


def tiled_work(n_x: int, m: int, itemsize: int, threads: int) -> float:
    """Return what a gradient from tiles costs all threads, in entries of X that come from the first cache."""
    width = BYTES // itemsize
    fours = threads * math.ceil(
        math.ceil(m / width) / STREAMS / threads
    )  # whoever has the most keeps the others waiting
    footprint = n_x * (BYTES * (STREAMS + 1) + itemsize)
    entry = 1 if footprint <= FIRST_CACHE else SPILT
    return STREAMS * fours * width * (n_x * entry + SIGMOID) + threads * n_x * TOTALS


def row_work(n_x: int, m: int, itemsize: int, threads: int) -> float:
    """Return what a gradient from rows costs all threads, in entries of X that come from the first cache."""
    fours = threads * math.ceil(m / STREAMS / threads)
    return STREAMS * fours * (n_x + ROW_VECTORS * BYTES / itemsize)


def tiles_of(X: FloatArray) -> FloatArray:
    """Lay X (n_x, m) in tiles (m / width, n_x, width), zeros for the examples that the last one lacks."""
    n_x, m = X.shape
    width = BYTES // X.itemsize
    whole, rest = divmod(m, width)
    tiles = aligned((math.ceil(m / width), n_x, width), X.dtype)
    tiles[:whole] = X[:, : whole * width].reshape(n_x, whole, width).transpose(1, 0, 2)
    tiles[whole:, :, :rest] = X[:, whole * width :]
    tiles[whole:, :, rest:] = 0
    return tiles


def rows_of(X: FloatArray) -> FloatArray:
    """Lay X (n_x, m) in rows (m, n_x); where they lie if they do, unless it is cheap and helps to align them.

    In cache, rows that begin with a cache line take up to 14 % less time than others.
    """
    lies_well = X.nbytes > CACHED or X.ctypes.data % BYTES == 0 or X.shape[0] * X.itemsize % BYTES != 0
    if X.flags.f_contiguous and lies_well:
        return X.T
    rows = aligned((X.shape[1], X.shape[0]), X.dtype)
    rows[:] = X.T
    return rows


def aligned(shape: tuple[int, ...], dtype: np.dtype[np.floating]) -> FloatArray:
    """Make an array that begins with a cache line."""
    size = math.prod(shape) * dtype.itemsize
    memory = np.empty(size + BYTES, dtype=np.uint8)
    skip = -memory.ctypes.data % BYTES
    array: FloatArray = memory[skip : skip + size].view(dtype).reshape(shape)
    return array
