"""Wide problems, and those in cache: SIMD over features.

X lies example by example; four at a time share the loads of w and dw.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from gradrace.impls._simd.instructions import first, lane, lanes_of, load, load_first, prefetch, splat, store, totals
from gradrace.impls._simd.sigmoid import loss_and_dz

EXAMPLES = 4


@njit(forceinline=True)
def accumulate_rows(X: Any, Y: Any, w: Any, b: Any, sums: Any, m: int, n_x: int, start: int, stop: int) -> Any:
    """Add the blocks of four examples from start to stop: dw to sums[:n_x]; return J and db, to be totalled."""
    J = db = splat(b) * 0
    for block in range(start, stop):
        i = block * EXAMPLES
        count = min(m - i, EXAMPLES)
        rows = (i * n_x, min(i + 1, m - 1) * n_x, min(i + 2, m - 1) * n_x, min(i + 3, m - 1) * n_x)
        z = weighted_sums(X, rows, w, b, n_x)
        loss, dz = loss_and_dz(z, load_first(Y, i, count))
        J, db = J + first(loss, count), db + first(dz, count)
        add_products(X, rows, first(dz, count), sums, n_x)
    return J, db


@njit(forceinline=True)
def weighted_sums(X: Any, rows: Any, w: Any, b: Any, n_x: int) -> Any:
    """z = w·x + b of four examples, in the first four lanes."""
    lanes = lanes_of(X)
    r0, r1, r2, r3 = rows
    z0 = z1 = z2 = z3 = splat(b) * 0
    whole = n_x // lanes * lanes
    for j in range(0, whole, lanes):
        w_j = load(w, j)
        z0 = load(X, r0 + j) * w_j + z0
        z1 = load(X, r1 + j) * w_j + z1
        z2 = load(X, r2 + j) * w_j + z2
        z3 = load(X, r3 + j) * w_j + z3
    if whole < n_x:
        j, rest = whole, n_x - whole
        w_j = load_first(w, j, rest)
        z0 = load_first(X, r0 + j, rest) * w_j + z0
        z1 = load_first(X, r1 + j, rest) * w_j + z1
        z2 = load_first(X, r2 + j, rest) * w_j + z2
        z3 = load_first(X, r3 + j, rest) * w_j + z3
    return totals(z0, z1, z2, z3) + b


@njit(forceinline=True)
def add_products(X: Any, rows: Any, dz: Any, dw: Any, n_x: int) -> None:
    """dw += Σ x·dz over four examples.

    As with tiles, the beginnings of the next four rows are asked for meanwhile, an eighth of each (float32, two
    threads: 0.88 of the limit instead of 0.81).
    """
    lanes = lanes_of(X)
    r0, r1, r2, r3 = rows
    dz0, dz1, dz2, dz3 = splat(lane(dz, 0)), splat(lane(dz, 1)), splat(lane(dz, 2)), splat(lane(dz, 3))
    whole = n_x // lanes * lanes
    for j in range(0, whole, lanes):
        if j // lanes % 8 == 0:
            ahead = EXAMPLES * n_x + j // 8
            prefetch(X, r0 + ahead)
            prefetch(X, r1 + ahead)
            prefetch(X, r2 + ahead)
            prefetch(X, r3 + ahead)
        dw_j = load(X, r0 + j) * dz0 + load(dw, j)
        dw_j = load(X, r1 + j) * dz1 + dw_j
        dw_j = load(X, r2 + j) * dz2 + dw_j
        dw_j = load(X, r3 + j) * dz3 + dw_j
        store(dw, j, dw_j)
    if whole < n_x:
        j, rest = whole, n_x - whole
        dw_j = load_first(X, r0 + j, rest) * dz0 + load(dw, j)
        dw_j = load_first(X, r1 + j, rest) * dz1 + dw_j
        dw_j = load_first(X, r2 + j, rest) * dz2 + dw_j
        dw_j = load_first(X, r3 + j, rest) * dz3 + dw_j
        store(dw, j, dw_j)
