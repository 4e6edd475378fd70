"""SIMD over features of one byte each, converted in registers. Four examples share the loads of w and dw.

Rows are padded with zeros to whole vectors.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from gradrace.impls._simd.instructions import first, lane, lanes_of, load, load_as, load_first, splat, store, totals
from gradrace.impls._simd.sigmoid import loss_and_dz

EXAMPLES = 4


@njit(forceinline=True)
def accumulate_pixel_rows(X: Any, Y: Any, w: Any, b: Any, sums: Any, m: int, n: int, start: int, stop: int) -> Any:
    """Add the blocks of four examples from start to stop: dw to sums[:n]; return J and db, to be totalled.

    X, Y, w, sums: addresses of items; n: the length of a row and of w.
    """
    last = m - 1
    J = db = splat(b) * 0
    for block in range(start, stop):
        i = block * EXAMPLES
        rows = quad_of_rows(i, last, n)
        z = weighted_sums(X, rows, w, b, n)
        loss, dz = loss_and_dz_of_quad(Y, i, m, z)
        J, db = J + loss, db + dz
        add_products(X, rows, dz, sums, n)
    return J, db


@njit(forceinline=True)
def quad_of_rows(i: int, last: int, n: int) -> Any:
    """Where four rows from i on begin; beyond the last example, where the last one does."""
    return min(i, last) * n, min(i + 1, last) * n, min(i + 2, last) * n, min(i + 3, last) * n


@njit(forceinline=True)
def weighted_sums(X: Any, rows: Any, w: Any, b: Any, n: int) -> Any:
    """z = w·x + b of four examples, in the first four lanes."""
    zero = splat(b) * 0
    z = (zero, zero, zero, zero)
    for j in range(0, n, lanes_of(w)):
        z = add_to_quad(z, X, rows, j, load(w, j))
    return totals(z[0], z[1], z[2], z[3]) + b


@njit(forceinline=True)
def add_to_quad(z: Any, X: Any, rows: Any, j: int, w_j: Any) -> Any:
    """Four vectors z + x_j·w_j."""
    return (
        load_as(X, rows[0] + j, w_j) * w_j + z[0],
        load_as(X, rows[1] + j, w_j) * w_j + z[1],
        load_as(X, rows[2] + j, w_j) * w_j + z[2],
        load_as(X, rows[3] + j, w_j) * w_j + z[3],
    )


@njit(forceinline=True)
def loss_and_dz_of_quad(Y: Any, i: int, m: int, z: Any) -> Any:
    """L and dz of up to four examples from i on; 0 in the other lanes."""
    count = min(m - i, EXAMPLES)
    loss, dz = loss_and_dz(z, load_first(Y, i, count))
    return first(loss, count), first(dz, count)


@njit(forceinline=True)
def add_products(X: Any, rows: Any, dz: Any, dw: Any, n: int) -> None:
    """dw_j += Σ x_j·dz over four examples."""
    dz = equal_lanes(dz)
    for j in range(0, n, lanes_of(dw)):
        store(dw, j, dot_quad(dz, X, rows, j, load(dw, j)))


@njit(forceinline=True)
def equal_lanes(dz: Any) -> Any:
    """The first four lanes as four vectors."""
    return splat(lane(dz, 0)), splat(lane(dz, 1)), splat(lane(dz, 2)), splat(lane(dz, 3))


@njit(forceinline=True)
def dot_quad(dz: Any, X: Any, rows: Any, j: int, dw_j: Any) -> Any:
    """One vector: dw_j + Σ x_j·dz over four examples."""
    dw_j = load_as(X, rows[0] + j, dw_j) * dz[0] + dw_j
    dw_j = load_as(X, rows[1] + j, dw_j) * dz[1] + dw_j
    dw_j = load_as(X, rows[2] + j, dw_j) * dz[2] + dw_j
    return load_as(X, rows[3] + j, dw_j) * dz[3] + dw_j
