"""The two kernels, which read each example once: rows with SIMD over features, tiles with SIMD over examples.

In rows an example's features are contiguous. Rows are for wide problems, for those in cache, and for pixels. A tile
holds one vector of examples, with a row of it for each feature. Tiles are for tall problems from memory, and for few
features.

Both take four rows, or tiles, at a time, which share the loads of w and dw. The four tiles come from four distant
quarters of X: four streams reach up to 1.4 times the bandwidth of one (docs/performance.md).

X, Y, w and sums are addresses of items. J and db are vectors, to be totalled at the end.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from gradrace.impls._simd.instructions import (
    first,
    lane,
    lanes_of,
    load,
    load_as,
    load_first,
    load_first_as,
    load_one,
    prefetch,
    splat,
    store,
    totals,
)
from gradrace.impls._simd.sigmoid import loss_and_dz

STREAMS = 4
"""Number of rows, or tiles, processed at a time."""


@njit(forceinline=True)
def accumulate_rows(
    X: Any, Y: Any, w: Any, b: Any, sums: Any, m: int, n_x: int, length: int, start: int, stop: int
) -> Any:
    """Add dw of the blocks of four rows from start to stop to sums[:n_x], and return their J and db.

    length: items of a row, of which the first n_x are features.
    """
    J = db = splat(b) * 0
    vectors = n_x // lanes_of(w)
    for block in range(start, stop):
        i = block * STREAMS
        x = (i * length, min(i + 1, m - 1) * length, min(i + 2, m - 1) * length, min(i + 3, m - 1) * length)
        z = z_of_rows(X, x, w, b, n_x)
        L, dz = loss_and_dz_of_first(Y, i, min(m - i, STREAMS), z)
        J, db = J + L, db + dz
        four_dz = (splat(lane(dz, 0)), splat(lane(dz, 1)), splat(lane(dz, 2)), splat(lane(dz, 3)))
        add_products(X, x, four_dz, sums, vectors, STREAMS * length, 8)
        add_rest(X, x, four_dz, sums, n_x)
    return J, db


@njit(forceinline=True)
def z_of_rows(X: Any, x: Any, w: Any, b: Any, n_x: int) -> Any:
    """Return z = w·x + b of the four rows that begin at items x, in the first four lanes."""
    lanes, zero = lanes_of(w), splat(b) * 0
    whole = n_x // lanes * lanes
    z = (zero, zero, zero, zero)
    for j in range(0, whole, lanes):
        w_j = load(w, j)
        z = plus_products(z, load_four(X, x, j, w_j), w_j)
    if whole < n_x:
        w_j = load_first(w, whole, n_x - whole)
        z = plus_products(z, load_first_of_four(X, x, whole, n_x - whole, w_j), w_j)
    return totals(z[0], z[1], z[2], z[3]) + b


@njit(forceinline=True)
def add_rest(X: Any, x: Any, dz: Any, dw: Any, n_x: int) -> None:
    """Add Σ x_j·dz over four rows to dw_j, for the last features, which don't fill a vector."""
    lanes = lanes_of(dw)
    whole = n_x // lanes * lanes
    if whole < n_x:
        dw_j = plus_sum(load(dw, whole), load_first_of_four(X, x, whole, n_x - whole, dz[0]), dz)
        store(dw, whole, dw_j)


@njit(forceinline=True)
def accumulate_tiles(X: Any, Y: Any, w: Any, b: Any, sums: Any, m: int, n_x: int, start: int, stop: int) -> Any:
    """Add dw_j of the tiles from start to stop to the vector sums[j·lanes:], and return their J and db.

    The vectors of sums have to be totalled.
    """
    J = db = splat(b) * 0
    quarter, last = (stop - start) // STREAMS, stop - 1
    for t in range(start, start + quarter):
        tiles = (t, t + quarter, t + 2 * quarter, t + 3 * quarter)
        J, db = add_tiles(X, Y, w, b, sums, m, n_x, tiles, STREAMS, J, db)
    rest = start + STREAMS * quarter
    if rest < stop:
        tiles = (rest, min(rest + 1, last), min(rest + 2, last), last)
        J, db = add_tiles(X, Y, w, b, sums, m, n_x, tiles, stop - rest, J, db)
    return J, db


@njit(forceinline=True)
def add_tiles(
    X: Any, Y: Any, w: Any, b: Any, sums: Any, m: int, n_x: int, tiles: Any, count: int, J: Any, db: Any
) -> Any:
    """Add the first `count` of four tiles to sums, J and db; z and dz stay in registers.

    The labels are prefetched while z is computed. Loaded afterwards, they cost an eighth of the time (two threads: 78
    instead of 89 % of the limit).
    """
    lanes = lanes_of(X)
    i = (tiles[0] * lanes, tiles[1] * lanes, tiles[2] * lanes, tiles[3] * lanes)
    x = (i[0] * n_x, i[1] * n_x, i[2] * n_x, i[3] * n_x)
    prefetch_four(Y, i, 0)
    z = z_of_tiles(X, x, w, b, n_x)
    L0, dz0 = loss_and_dz_of_first(Y, i[0], m - i[0], z[0])
    L1, dz1 = loss_and_dz_of_first(Y, i[1], m - i[1] if count > 1 else 0, z[1])
    L2, dz2 = loss_and_dz_of_first(Y, i[2], m - i[2] if count > 2 else 0, z[2])
    L3, dz3 = loss_and_dz_of_first(Y, i[3], m - i[3] if count > 3 else 0, z[3])
    add_products(X, x, (dz0, dz1, dz2, dz3), sums, n_x, n_x * lanes, 4)
    return J + ((L0 + L1) + (L2 + L3)), db + ((dz0 + dz1) + (dz2 + dz3))


@njit(forceinline=True)
def z_of_tiles(X: Any, x: Any, w: Any, b: Any, n_x: int) -> Any:
    """Return z = w·x + b of the four tiles that begin at items x: a vector for each."""
    lanes, bias = lanes_of(X), splat(b)
    z = (bias, bias, bias, bias)
    for j in range(n_x):
        w_j = load_one(w, j)
        z = plus_products(z, load_four(X, x, j * lanes, w_j), w_j)
    return z


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
def loss_and_dz_of_first(Y: Any, i: int, count: int, z: Any) -> Any:
    """Return L and dz of `count` examples from i on; 0 in the other lanes."""
    L, dz = loss_and_dz(z, load_first(Y, i, count))
    return first(L, count), first(dz, count)


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
def load_first_of_four(X: Any, x: Any, j: int, count: int, like: Any) -> Any:
    """Load the first `count` lanes of four vectors, with zeros behind."""
    return (
        load_first_as(X, x[0] + j, count, like),
        load_first_as(X, x[1] + j, count, like),
        load_first_as(X, x[2] + j, count, like),
        load_first_as(X, x[3] + j, count, like),
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
