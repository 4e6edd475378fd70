"""The kernel for rows, with SIMD over features: for wide problems, for those in cache, and for pixels.

In rows an example's features are contiguous. Four rows at a time share the loads of w and dw. X, Y, w and sums are
addresses of items. J and db are vectors, to be totalled at the end.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from gradrace.impls._simd.fours import STREAMS, add_products, load_four, plus_products, plus_sum
from gradrace.impls._simd.instructions import (
    first,
    lane,
    lanes_of,
    load,
    load_first,
    load_first_as,
    splat,
    store,
    totals,
)
from gradrace.impls._simd.sigmoid import JOINED, joined, log1p, parts


@njit(forceinline=True)
def accumulate_rows(
    X: Any, Y: Any, w: Any, b: Any, sums: Any, m: int, n_x: int, length: int, start: int, stop: int, cost: bool
) -> Any:
    """Add dw of the blocks of four rows from start to stop to sums[:n_x], and return their J and db.

    length: items of a row, of which the first n_x are features. cost: whether J is needed.
    """
    J = db = p = splat(b) * 0
    vectors = n_x // lanes_of(w)
    for block in range(start, stop):
        i = block * STREAMS
        x = (i * length, min(i + 1, m - 1) * length, min(i + 2, m - 1) * length, min(i + 3, m - 1) * length)
        count = min(m - i, STREAMS)
        linear, e, dz = parts(z_of_rows(X, x, w, b, n_x), load_first(Y, i, count))
        linear, e, dz = first(linear, count), first(e, count), first(dz, count)
        db = db + dz
        if cost:
            p, J = joined(p, e), J + linear
            if (block - start) % JOINED == JOINED - 1:
                p, J = p * 0, J + log1p(p)
        four_dz = (splat(lane(dz, 0)), splat(lane(dz, 1)), splat(lane(dz, 2)), splat(lane(dz, 3)))
        add_products(X, x, four_dz, sums, vectors, STREAMS * length, 8)
        add_rest(X, x, four_dz, sums, n_x)
    return J + log1p(p), db


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
def load_first_of_four(X: Any, x: Any, j: int, count: int, like: Any) -> Any:
    """Load the first `count` lanes of four vectors, with zeros behind."""
    return (
        load_first_as(X, x[0] + j, count, like),
        load_first_as(X, x[1] + j, count, like),
        load_first_as(X, x[2] + j, count, like),
        load_first_as(X, x[3] + j, count, like),
    )
