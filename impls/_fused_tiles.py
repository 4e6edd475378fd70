"""Tall problems: SIMD over examples. X lies in tiles of 4 vectors of examples, one row of a tile for each feature."""

from __future__ import annotations

from typing import Any

from numba import njit

from impls._sigmoid import loss_and_dz
from impls._simd import BYTES, first, lanes_of, load, load_first, load_one, prefetch, splat, store
from impls.interface import FloatArray

VECTORS = 4


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
    """Add the tiles from start to stop: dw_j to sums[j·lanes : (j + 1)·lanes], still to be totalled; return J and db so.

    X, Y, w, sums: addresses of items. The z and dz of a tile stay in registers.
    """
    width = VECTORS * lanes_of(X)
    J = db = splat(b) * 0
    for t in range(start, stop):
        tile = t * n_x * width
        z = weighted_sums(X, tile, w, b, n_x)
        loss, dz = loss_and_dz_of_tile(Y, t * width, m, z)
        J, db = J + loss, db + ((dz[0] + dz[1]) + (dz[2] + dz[3]))
        add_products(X, tile, dz, sums, n_x)
    return J, db


@njit(forceinline=True)
def weighted_sums(X: Any, tile: int, w: Any, b: Any, n_x: int) -> Any:
    """The four vectors of z = w·x + b of a tile."""
    lanes = lanes_of(X)
    width = VECTORS * lanes
    z0 = z1 = z2 = z3 = splat(b)
    for j in range(n_x):
        x, w_j = tile + j * width, load_one(w, j)
        z0 = load(X, x) * w_j + z0
        z1 = load(X, x + lanes) * w_j + z1
        z2 = load(X, x + 2 * lanes) * w_j + z2
        z3 = load(X, x + 3 * lanes) * w_j + z3
    return z0, z1, z2, z3


@njit(forceinline=True)
def loss_and_dz_of_tile(Y: Any, i: int, m: int, z: Any) -> Any:
    """Sum of L over the tile whose first example is i, and its four vectors of dz; 0 beyond the last example."""
    lanes = lanes_of(Y)
    L0, dz0 = loss_and_dz_of_first(Y, i, m, z[0])
    L1, dz1 = loss_and_dz_of_first(Y, i + lanes, m, z[1])
    L2, dz2 = loss_and_dz_of_first(Y, i + 2 * lanes, m, z[2])
    L3, dz3 = loss_and_dz_of_first(Y, i + 3 * lanes, m, z[3])
    return (L0 + L1) + (L2 + L3), (dz0, dz1, dz2, dz3)


@njit(forceinline=True)
def loss_and_dz_of_first(Y: Any, i: int, stop: int, z: Any) -> Any:
    """L and dz of the examples from i on, 0 from stop on."""
    count = stop - i
    loss, dz = loss_and_dz(z, load_first(Y, i, count))
    return first(loss, count), first(dz, count)


@njit(forceinline=True)
def add_products(X: Any, tile: int, dz: Any, sums: Any, n_x: int) -> None:
    """dw_j += x_j·dz, lane by lane.

    Memory would stand idle meanwhile, since the tile is in the cache: so ask for the next one, every other line of it,
    and the processor fetches the neighbours by itself (0.67 of the limit without, 0.81 with, 0.68 asking for each).
    """
    lanes = lanes_of(X)
    width = VECTORS * lanes
    dz0, dz1, dz2, dz3 = dz
    for j in range(n_x):
        x = tile + j * width
        prefetch(X, x + n_x * width)
        prefetch(X, x + n_x * width + 2 * lanes)
        dw_j = load(X, x) * dz0 + load(sums, j * lanes)
        dw_j = load(X, x + lanes) * dz1 + dw_j
        dw_j = load(X, x + 2 * lanes) * dz2 + dw_j
        dw_j = load(X, x + 3 * lanes) * dz3 + dw_j
        store(sums, j * lanes, dw_j)
