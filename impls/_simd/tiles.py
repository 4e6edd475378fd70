"""The kernel for tiles, with SIMD over examples: for tall problems from memory, and for few features.

A tile holds one vector of examples, with a row of it for each feature. Four tiles at a time share the loads of w and
dw. They come from four distant quarters of X: four streams reach up to 1.4 times the bandwidth of one
(docs/performance.md). X, Y, w and sums are addresses of items. J and db are vectors, to be totalled at the end.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from gradrace.impls._simd.fours import (
    STREAMS,
    add_products,
    load_four,
    plus_products,
    plus_sum,
    prefetch_four,
)
from gradrace.impls._simd.instructions import (
    first,
    halves,
    lanes_of,
    load,
    load_first,
    load_one,
    pair,
    splat,
    store,
)
from gradrace.impls._simd.sigmoid import joined, log1p, parts
from gradrace.impls._simd.vector import BYTES

BLOCK = 24_000
"""Bytes of the tiles of a block, which stay in the first-level cache (32 kB or more) until their dz are known."""

FOURS = 12
"""Maximum number of fours of tiles in a block."""

WORTHWHILE = 4
"""Number of fours of tiles from which blocks pay; with fewer, a block's own logarithm takes longer than it saves."""

CACHED = 3 << 19
"""Bytes of a thread's tiles up to which blocks pay.

From 2 MB on they take 1.0 to 1.1 times as long, as the memory is idle during a block's second pass.
"""


@njit(forceinline=True)
def accumulate_tiles(
    X: Any, Y: Any, w: Any, b: Any, sums: Any, spare: int, m: int, n_x: int, start: int, stop: int, cost: bool
) -> Any:
    """Add dw_j of the tiles from start to stop to the vector sums[j·lanes:], and return their J and db.

    cost: whether J is needed. The vectors of sums have to be totalled. Their items from `spare` on, STREAMS · FOURS
    vectors, are overwritten.
    """
    J = db = splat(b) * 0
    full = max(min(stop, m // lanes_of(X)) - start, 0)
    quarter, last = full // STREAMS, stop - 1
    end, t = start + quarter, start
    most = min(max(BLOCK // (STREAMS * BYTES * n_x), 1), FOURS)
    if most > 1 and quarter >= WORTHWHILE and full * n_x * BYTES <= CACHED:
        while t < end:
            fours = min(most, end - t)
            J, db = add_block(X, Y, w, b, sums, spare, n_x, t, quarter, fours, J, db, cost)
            t += fours
    rest = start + STREAMS * quarter
    while t < end + (rest < stop):  # the rest with the others, as each copy of `add_four` takes 2 s to compile
        tiles, count = four_starts(t, quarter, 1), STREAMS
        if t == end:
            tiles, count = (rest, min(rest + 1, last), min(rest + 2, last), last), stop - rest
        J, db = add_four(X, Y, w, b, sums, m, n_x, tiles, count, J, db, cost)
        t += 1
    return J, db


@njit(forceinline=True)
def add_block(
    X: Any,
    Y: Any,
    w: Any,
    b: Any,
    sums: Any,
    spare: int,
    n_x: int,
    t: int,
    quarter: int,
    fours: int,
    J: Any,
    db: Any,
    cost: bool,
) -> Any:
    """Add `fours` tiles of each quarter, from tile t of the first on, to sums, J and db.

    The dz of all tiles come first, so that dw_j then stays in a register over the whole block. The labels are
    prefetched while z is computed. Loaded afterwards, they cost an eighth of the time (two threads: 78 instead of 89 %
    of the limit).
    """
    lanes = lanes_of(X)
    zero = splat(b) * 0
    none = pair(zero, zero)
    p = (none, none)
    for k in range(fours):
        i = four_starts(t + k, quarter, lanes)
        prefetch_four(Y, i, 0)
        z = z_of_tiles(X, four_starts(t + k, quarter, lanes * n_x), w, b, n_x)
        y = load_four(Y, i, 0, zero)
        linear_0, e_0, dz_0 = parts(pair(z[0], z[1]), pair(y[0], y[1]))
        linear_2, e_2, dz_2 = parts(pair(z[2], z[3]), pair(y[2], y[3]))
        p = (joined(p[0], e_0), joined(p[1], e_2))
        J, db = J + both(linear_0 + linear_2), db + both(dz_0 + dz_2)
        store(sums, spare + k * STREAMS * lanes, dz_0)
        store(sums, spare + (k * STREAMS + 2) * lanes, dz_2)
    add_products_of_block(X, four_starts(t, quarter, lanes * n_x), sums, spare, n_x, fours)
    if cost:
        J = J + log1p(both_joined(joined(p[0], p[1])))
    return J, db


@njit(forceinline=True)
def add_products_of_block(X: Any, x: Any, sums: Any, spare: int, n_x: int, fours: int) -> None:
    """Add Σ x_j·dz over a block of tiles to dw_j, with dw_j of four features in registers.

    x: items where the block begins in each quarter. A quarter of the next block is prefetched, see `add_products`.
    """
    lanes = lanes_of(X)
    dz_at = four_starts(0, 1, lanes)
    whole = n_x // 4 * 4
    for j in range(0, whole, 4):
        dw = load_four(sums, four_starts(j, 1, lanes), 0, load(sums, 0))
        for k in range(fours):
            prefetch_four(X, x, (fours * n_x + j // 4 * fours + k) * lanes)
            dz = load_four(sums, dz_at, spare + k * STREAMS * lanes, dw[0])
            item = (k * n_x + j) * lanes
            dw = plus_features(dw, X, x[0] + item, dz[0])
            dw = plus_features(dw, X, x[1] + item, dz[1])
            dw = plus_features(dw, X, x[2] + item, dz[2])
            dw = plus_features(dw, X, x[3] + item, dz[3])
        store(sums, j * lanes, pair(dw[0], dw[1]))
        store(sums, (j + 2) * lanes, pair(dw[2], dw[3]))
    for j in range(whole, n_x):
        dw_j = load(sums, j * lanes)
        for k in range(fours):
            dz = load_four(sums, dz_at, spare + k * STREAMS * lanes, dw_j)
            dw_j = plus_sum(dw_j, load_four(X, x, (k * n_x + j) * lanes, dw_j), dz)
        store(sums, j * lanes, dw_j)


@njit(forceinline=True)
def add_four(
    X: Any, Y: Any, w: Any, b: Any, sums: Any, m: int, n_x: int, tiles: Any, count: int, J: Any, db: Any, cost: bool
) -> Any:
    """Add the first `count` of four tiles, in which examples may be missing, to sums, J and db.

    The logarithm comes last, so that the products needn't wait for it.
    """
    lanes = lanes_of(X)
    i = (tiles[0] * lanes, tiles[1] * lanes, tiles[2] * lanes, tiles[3] * lanes)
    x = (i[0] * n_x, i[1] * n_x, i[2] * n_x, i[3] * n_x)
    left = (m - i[0], m - i[1] if count > 1 else 0, m - i[2] if count > 2 else 0, m - i[3] if count > 3 else 0)
    prefetch_four(Y, i, 0)
    z = z_of_tiles(X, x, w, b, n_x)
    L_0, p_0, dz_0 = parts_of_first(Y, i[0], i[1], left[0], left[1], z[0], z[1])
    L_2, p_2, dz_2 = parts_of_first(Y, i[2], i[3], left[2], left[3], z[2], z[3])
    dz, dz_of_others = halves(dz_0), halves(dz_2)
    add_products(X, x, (dz[0], dz[1], dz_of_others[0], dz_of_others[1]), sums, n_x, n_x * lanes, 4)
    if cost:
        J = J + (both(L_0 + L_2) + log1p(both_joined(joined(p_0, p_2))))
    return J, db + both(dz_0 + dz_2)


@njit(forceinline=True)
def parts_of_first(Y: Any, i_0: int, i_1: int, left_0: int, left_1: int, z_0: Any, z_1: Any) -> Any:
    """Return the pairs of `parts` for the examples that are left in two tiles, which begin at labels i; 0 elsewhere."""
    linear, e, dz = parts(pair(z_0, z_1), pair(load_first(Y, i_0, left_0), load_first(Y, i_1, left_1)))
    return first_of_two(linear, left_0, left_1), first_of_two(e, left_0, left_1), first_of_two(dz, left_0, left_1)


@njit(forceinline=True)
def first_of_two(x: Any, left_0: int, left_1: int) -> Any:
    """Return the first lanes of each of two vectors, then zeros."""
    v = halves(x)
    return pair(first(v[0], left_0), first(v[1], left_1))


@njit(forceinline=True)
def both(x: Any) -> Any:
    """Return the sum of the two vectors of a pair."""
    v = halves(x)
    return v[0] + v[1]


@njit(forceinline=True)
def both_joined(p: Any) -> Any:
    """Return the product of 1 + p over a pair, less 1."""
    v = halves(p)
    return joined(v[0], v[1])


@njit(forceinline=True)
def four_starts(first_one: int, distance: int, length: int) -> Any:
    """Return the first items of four blocks of `length` items, `distance` blocks apart, from block `first_one` on."""
    start, step = first_one * length, distance * length
    return start, start + step, start + 2 * step, start + 3 * step


@njit(forceinline=True)
def plus_features(dw: Any, X: Any, x: int, dz: Any) -> Any:
    """Return four vectors dw_j + x_j·dz, for the four features of a tile from item x on."""
    features = load_four(X, four_starts(0, 1, lanes_of(X)), x, dz)
    return plus_products(dw, features, dz)


@njit(forceinline=True)
def z_of_tiles(X: Any, x: Any, w: Any, b: Any, n_x: int) -> Any:
    """Return z = w·x + b of the four tiles that begin at items x: a vector for each."""
    lanes, bias = lanes_of(X), splat(b)
    z = (bias, bias, bias, bias)
    for j in range(n_x):
        w_j = load_one(w, j)
        z = plus_products(z, load_four(X, x, j * lanes, w_j), w_j)
    return z
