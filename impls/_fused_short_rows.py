"""Problems of some 30 to 160 features: SIMD over features, row after row, eight examples at a time."""

from __future__ import annotations

from typing import Any

from numba import njit

from impls._sigmoid import loss_and_dz
from impls._simd import first, lane, lanes_of, load, load_first, splat, store, total, with_lane

EXAMPLES = 8


@njit(forceinline=True)
def accumulate_short_rows(X: Any, Y: Any, w: Any, b: Any, sums: Any, m: int, n_x: int, start: int, stop: int) -> Any:
    """Add the blocks of eight examples from start to stop: dw to sums[:n_x]; return J and db as vectors to be totalled.

    The second product of a block is taken between the first products of the next, four examples and four: memory never
    waits for long (0.9 of the limit, where one block after the other reaches 0.65).
    """
    begin, end, last = start * EXAMPLES, min(stop * EXAMPLES, m), m - 1
    J = db = z = dz = splat(b) * 0
    for block in range(begin, end, EXAMPLES):
        for k in range(0, EXAMPLES, 4):
            for r in range(k, min(k + 4, m - block)):
                z = with_lane(z, r, total(weighted_sum(X, (block + r) * n_x, w, n_x)))
            add_products(X, max(block - EXAMPLES, begin) + k, last, dz, k, sums, n_x)
        count = min(m - block, EXAMPLES)
        loss, dz = loss_and_dz(z + b, load_first(Y, block, count))
        dz = first(dz, count)
        J, db = J + first(loss, count), db + dz
    for k in range(0, EXAMPLES, 4):
        add_products(X, (end - begin - 1) // EXAMPLES * EXAMPLES + begin + k, last, dz, k, sums, n_x)
    return J, db


@njit(forceinline=True)
def weighted_sum(X: Any, row: int, w: Any, n_x: int) -> Any:
    """w·x of one example, still to be totalled."""
    lanes = lanes_of(X)
    even = odd = load(w, 0) * 0
    pairs = n_x // (2 * lanes) * (2 * lanes)
    for j in range(0, pairs, 2 * lanes):
        even = load(X, row + j) * load(w, j) + even
        odd = load(X, row + j + lanes) * load(w, j + lanes) + odd
    for j in range(pairs, n_x, lanes):
        even = load_first(X, row + j, n_x - j) * load_first(w, j, n_x - j) + even
    return even + odd


@njit(forceinline=True)
def add_products(X: Any, i: int, last: int, dz: Any, k: int, dw: Any, n_x: int) -> None:
    """dw += x·dz over four examples from i on, their dz in lanes from k on."""
    lanes = lanes_of(X)
    r0, r1, r2, r3 = min(i, last) * n_x, min(i + 1, last) * n_x, min(i + 2, last) * n_x, min(i + 3, last) * n_x
    dz0, dz1, dz2, dz3 = splat(lane(dz, k)), splat(lane(dz, k + 1)), splat(lane(dz, k + 2)), splat(lane(dz, k + 3))
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
