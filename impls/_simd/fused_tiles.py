"""Tall problems from memory, and few features: SIMD over examples.

X lies in tiles of one vector of examples, a row of a tile for each feature.

Four tiles at a time, from four distant quarters of X, so that four streams come from memory at once: they bring up to
1.4 times what one does (docs/performance.md).
"""

from __future__ import annotations

from typing import Any

from numba import njit

from gradrace.impls._simd.instructions import first, lanes_of, load, load_first, load_one, prefetch, splat, store
from gradrace.impls._simd.sigmoid import loss_and_dz
from gradrace.impls._simd.vector import BYTES
from gradrace.impls.interface import FloatArray

STREAMS = 4


def by_tile(X: FloatArray, tiles: FloatArray) -> FloatArray:
    """Lay X (n_x, m) out as tiles (m / width, n_x, width), zeros for the examples that the last one lacks."""
    n_x, m = X.shape
    width = tiles.shape[2]
    whole = m // width
    tiles[:whole] = X[:, : whole * width].reshape(n_x, whole, width).transpose(1, 0, 2)
    tiles[whole:, :, : m % width] = X[:, whole * width :]
    tiles[whole:, :, m % width :] = 0
    return tiles


def tiled_shape(n_x: int, m: int, itemsize: int) -> tuple[int, int, int]:
    """The shape of the tiles that hold m examples of n_x features."""
    width = BYTES // itemsize
    return -(-m // width), n_x, width


@njit(forceinline=True)
def accumulate_tiles(X: Any, Y: Any, w: Any, b: Any, sums: Any, m: int, n_x: int, start: int, stop: int) -> Any:
    """Add the tiles from start to stop: dw_j to the vector sums[j·lanes:]; return J and db, all to be totalled.

    X, Y, w, sums: addresses of items.
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
    """Add the first `count` of four tiles to sums, J and db; z and dz stay in registers."""
    lanes = lanes_of(X)
    i0, i1, i2, i3 = tiles[0] * lanes, tiles[1] * lanes, tiles[2] * lanes, tiles[3] * lanes
    ask_for_labels(Y, i0, i1, i2, i3)
    x = (i0 * n_x, i1 * n_x, i2 * n_x, i3 * n_x)
    z0, z1, z2, z3 = weighted_sums(X, x, w, b, n_x)
    L0, dz0 = loss_and_dz_of_first(Y, i0, m - i0, z0)
    L1, dz1 = loss_and_dz_of_first(Y, i1, m - i1 if count > 1 else 0, z1)
    L2, dz2 = loss_and_dz_of_first(Y, i2, m - i2 if count > 2 else 0, z2)
    L3, dz3 = loss_and_dz_of_first(Y, i3, m - i3 if count > 3 else 0, z3)
    add_products(X, x, (dz0, dz1, dz2, dz3), sums, n_x)
    return J + ((L0 + L1) + (L2 + L3)), db + ((dz0 + dz1) + (dz2 + dz3))


@njit(forceinline=True)
def ask_for_labels(Y: Any, i0: int, i1: int, i2: int, i3: int) -> None:
    """They come while z is computed. Waited for afterwards, they cost an eighth (two threads: 0.78, not 0.89)."""
    prefetch(Y, i0)
    prefetch(Y, i1)
    prefetch(Y, i2)
    prefetch(Y, i3)


@njit(forceinline=True)
def weighted_sums(X: Any, x: Any, w: Any, b: Any, n_x: int) -> Any:
    """z = w·x + b of four tiles, which begin at items x."""
    lanes = lanes_of(X)
    z0 = z1 = z2 = z3 = splat(b)
    for j in range(n_x):
        w_j = load_one(w, j)
        z0 = load(X, x[0] + j * lanes) * w_j + z0
        z1 = load(X, x[1] + j * lanes) * w_j + z1
        z2 = load(X, x[2] + j * lanes) * w_j + z2
        z3 = load(X, x[3] + j * lanes) * w_j + z3
    return z0, z1, z2, z3


@njit(forceinline=True)
def add_products(X: Any, x: Any, dz: Any, sums: Any, n_x: int) -> None:
    """dw_j += x_j·dz, lane by lane.

    Memory would stand idle meanwhile, since the tiles are in the cache: so ask for the first quarter of each next one.
    One thread: 0.79 of the limit instead of 0.76.
    """
    lanes = lanes_of(X)
    for j in range(n_x):
        if j % 4 == 0:
            ahead = n_x * lanes + j // 4 * lanes
            prefetch(X, x[0] + ahead)
            prefetch(X, x[1] + ahead)
            prefetch(X, x[2] + ahead)
            prefetch(X, x[3] + ahead)
        dw_j = load(X, x[0] + j * lanes) * dz[0] + load(sums, j * lanes)
        dw_j = load(X, x[1] + j * lanes) * dz[1] + dw_j
        dw_j = load(X, x[2] + j * lanes) * dz[2] + dw_j
        dw_j = load(X, x[3] + j * lanes) * dz[3] + dw_j
        store(sums, j * lanes, dw_j)


@njit(forceinline=True)
def loss_and_dz_of_first(Y: Any, i: int, count: int, z: Any) -> Any:
    """L and dz of `count` examples from i on; 0 in the other lanes."""
    loss, dz = loss_and_dz(z, load_first(Y, i, count))
    return first(loss, count), first(dz, count)
