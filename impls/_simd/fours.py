"""Loads, products and sums of four vectors, for the kernels of rows and of tiles, which take four at a time.

X and dw are addresses of items, and x holds the index of the first item of each row or tile.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from gradrace.impls._simd.instructions import lanes_of, load, load_as, prefetch, store

STREAMS = 4
"""Number of rows, or tiles, processed at a time."""


@njit(forceinline=True)
def add_products(X: Any, x: Any, dz: Any, dw: Any, vectors: int, ahead: int, part: int) -> None:
    """Add Σ x_j·dz over four rows or tiles to dw_j, vector by vector.

    These are in the cache, so the memory would be idle meanwhile. The first 1/part of each next one, `ahead` items
    later, is therefore prefetched. With one thread, tiles reach 79 instead of 76 % of the limit; with two, float32 rows
    reach 88 instead of 81 %.
    """
    lanes = lanes_of(dw)
    for k in range(vectors):
        if k % part == 0:
            prefetch_four(X, x, ahead + k // part * lanes)
        dw_j = plus_sum(load(dw, k * lanes), load_four(X, x, k * lanes, dz[0]), dz)
        store(dw, k * lanes, dw_j)


@njit(forceinline=True)
def load_four(X: Any, x: Any, j: int, like: Any) -> Any:
    """Load a vector from j items behind each of x, in the precision of `like`."""
    return (
        load_as(X, x[0] + j, like),
        load_as(X, x[1] + j, like),
        load_as(X, x[2] + j, like),
        load_as(X, x[3] + j, like),
    )


@njit(forceinline=True)
def prefetch_four(X: Any, x: Any, j: int) -> None:
    """Prefetch the cache lines j items behind each of x."""
    prefetch(X, x[0] + j)
    prefetch(X, x[1] + j)
    prefetch(X, x[2] + j)
    prefetch(X, x[3] + j)


@njit(forceinline=True)
def plus_products(z: Any, x: Any, w_j: Any) -> Any:
    """Return four vectors z + x·w_j."""
    return x[0] * w_j + z[0], x[1] * w_j + z[1], x[2] * w_j + z[2], x[3] * w_j + z[3]


@njit(forceinline=True)
def plus_sum(dw_j: Any, x: Any, dz: Any) -> Any:
    """Return one vector: dw_j + Σ x·dz over four."""
    return x[3] * dz[3] + (x[2] * dz[2] + (x[1] * dz[1] + (x[0] * dz[0] + dw_j)))
