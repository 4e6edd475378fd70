"""Problems of some 30 to 160 features: SIMD over features, row after row."""

from __future__ import annotations

from typing import Any

from numba import njit

from impls._sigmoid import loss_and_dz
from impls._simd import first, lanes_of, load, load_first, load_one, set_item, splat, store, total

ROWS = 4


@njit
def accumulate_short_rows(X: Any, Y: Any, w: Any, b: Any, sums: Any, m: int, n_x: int, start: int, stop: int, E: int, z: Any) -> Any:
    lanes = lanes_of(w)
    J = db = splat(b) * 0
    last = m - 1
    previous = min(start, last)
    for i in range(start, stop, E):
        for r in range(0, E, ROWS):
            if i + r < m:
                for k in range(ROWS):
                    set_item(z, r + k, weighted_sum(X, min(i + r + k, last) * n_x, w, n_x))
            add_four(X, min(previous + r, m - 4) * n_x, z, lanes + r, sums, n_x)
        count = min(m - i, E)
        L, dz = loss_and_dz(load(z, 0) + b, load_first(Y, i, count))
        dz = first(dz, count)
        J, db = J + first(L, count), db + dz
        store(z, lanes, dz)
        previous = i
    for r in range(0, E, ROWS):
        add_four(X, min(previous + r, m - 4) * n_x, z, lanes + r, sums, n_x)
    return J, db


@njit
def weighted_sum(X: Any, row: int, w: Any, n_x: int) -> Any:
    lanes = lanes_of(w)
    even = load_one(w, 0) * 0
    odd = even
    j = 0
    while j <= n_x - 2 * lanes:
        even = load(X, row + j) * load(w, j) + even
        odd = load(X, row + j + lanes) * load(w, j + lanes) + odd
        j += 2 * lanes
    if j <= n_x - lanes:
        even = load(X, row + j) * load(w, j) + even
        j += lanes
    if j < n_x:
        odd = load_first(X, row + j, n_x - j) * load_first(w, j, n_x - j) + odd
    return total(even + odd)


@njit
def add_four(X: Any, row: int, dz: Any, k: int, dw: Any, n_x: int) -> None:
    lanes = lanes_of(dw)
    r0, r1, r2, r3 = row, row + n_x, row + 2 * n_x, row + 3 * n_x
    dz0, dz1, dz2, dz3 = load_one(dz, k), load_one(dz, k + 1), load_one(dz, k + 2), load_one(dz, k + 3)
    whole = n_x // lanes * lanes
    for j in range(0, whole, lanes):
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
