"""Tall problems: SIMD over examples. X lies in tiles of 8 vectors of examples, one row of a tile for each feature."""

from __future__ import annotations

from typing import Any

from numba import njit

from impls._sigmoid import loss_and_dz
from impls._simd import first, lanes_of, load, load_first, load_one, prefetch, splat, store
from impls._vector import BYTES
from impls.interface import FloatArray

VECTORS = 8


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
    width = VECTORS * BYTES // itemsize
    return -(-m // width), n_x, width


@njit(forceinline=True)
def accumulate_tiles(X: Any, Y: Any, w: Any, b: Any, sums: Any, m: int, n_x: int, start: int, stop: int) -> Any:
    """Add the tiles from start to stop: dw_j to the vector sums[j·lanes:]; return J and db, all to be totalled.

    X, Y, w, sums: addresses of items. The z and dz of a tile, two quads of vectors, stay in registers.
    """
    quad = 4 * lanes_of(X)
    zero = splat(b) * 0
    J = db = zero
    for t in range(start, stop):
        tile, i = 2 * t * n_x * quad, 2 * t * quad
        low, high = weighted_sums(X, tile, w, b, n_x)
        loss, low = loss_and_dz_of_quad(Y, i, m, low)
        J, db = J + loss, db + sum_of_quad(low)
        if i + quad < m:
            loss, high = loss_and_dz_of_quad(Y, i + quad, m, high)
            J, db = J + loss, db + sum_of_quad(high)
        else:
            high = (zero, zero, zero, zero)
        add_products(X, tile, low, high, sums, n_x)
    return J, db


@njit(forceinline=True)
def weighted_sums(X: Any, tile: int, w: Any, b: Any, n_x: int) -> Any:
    """z = w·x + b of a tile."""
    quad = 4 * lanes_of(X)
    z = splat(b)
    low = high = (z, z, z, z)
    for j in range(n_x):
        x, w_j = tile + 2 * j * quad, load_one(w, j)
        low = add_to_quad(low, X, x, w_j)
        high = add_to_quad(high, X, x + quad, w_j)
    return low, high


@njit(forceinline=True)
def add_products(X: Any, tile: int, low: Any, high: Any, sums: Any, n_x: int) -> None:
    """dw_j += x_j·dz, lane by lane.

    Memory would stand idle meanwhile, since the tile is in the cache: so ask for the next one. Every fourth line of it
    is enough, the processor fetches those between by itself. One thread: 0.70 of the limit without, 0.75 with every
    fourth line, 0.72 with every other, 0.64 with each.
    """
    lanes = lanes_of(X)
    quad, following = 4 * lanes, 8 * lanes * n_x
    for j in range(n_x):
        x = tile + 2 * j * quad
        prefetch(X, x + following)
        prefetch(X, x + following + quad)
        dw_j = load(sums, j * lanes)
        store(sums, j * lanes, dot_quad(high, X, x + quad, dot_quad(low, X, x, dw_j)))


@njit(forceinline=True)
def add_to_quad(z: Any, X: Any, x: int, factor: Any) -> Any:
    """Four vectors z + x·factor."""
    lanes = lanes_of(X)
    return (
        load(X, x) * factor + z[0],
        load(X, x + lanes) * factor + z[1],
        load(X, x + 2 * lanes) * factor + z[2],
        load(X, x + 3 * lanes) * factor + z[3],
    )


@njit(forceinline=True)
def dot_quad(dz: Any, X: Any, x: int, total: Any) -> Any:
    """One vector: total + Σ x·dz over a quad."""
    lanes = lanes_of(X)
    total = load(X, x) * dz[0] + total
    total = load(X, x + lanes) * dz[1] + total
    total = load(X, x + 2 * lanes) * dz[2] + total
    return load(X, x + 3 * lanes) * dz[3] + total


@njit(forceinline=True)
def sum_of_quad(quad: Any) -> Any:
    """Four vectors added."""
    return (quad[0] + quad[1]) + (quad[2] + quad[3])


@njit(forceinline=True)
def loss_and_dz_of_quad(Y: Any, i: int, m: int, z: Any) -> Any:
    """The sum of L over the quad whose first example is i, and its dz; 0 beyond the last example."""
    lanes = lanes_of(Y)
    L0, dz0 = loss_and_dz_of_first(Y, i, m - i, z[0])
    L1, dz1 = loss_and_dz_of_first(Y, i + lanes, m - i - lanes, z[1])
    L2, dz2 = loss_and_dz_of_first(Y, i + 2 * lanes, m - i - 2 * lanes, z[2])
    L3, dz3 = loss_and_dz_of_first(Y, i + 3 * lanes, m - i - 3 * lanes, z[3])
    return sum_of_quad((L0, L1, L2, L3)), (dz0, dz1, dz2, dz3)


@njit(forceinline=True)
def loss_and_dz_of_first(Y: Any, i: int, count: int, z: Any) -> Any:
    """L and dz of `count` examples from i on; 0 in the other lanes."""
    loss, dz = loss_and_dz(z, load_first(Y, i, count))
    return first(loss, count), first(dz, count)
