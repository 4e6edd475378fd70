"""The right gradient in parts: a wrong one takes what it gets right from here, and shows its mistake alone."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from itertools import count
from typing import Any, TypeAlias

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique

Data: TypeAlias = tuple[FloatArray, FloatArray]
"""X (n_x, m) and y (m,)."""

Result: TypeAlias = tuple[Float, FloatArray, Float]
"""J, dw (n_x,) and db."""


def prepare(problem: Problem) -> Data:
    return problem.features(), problem.Y[0]


def sigma(z: FloatArray) -> FloatArray:
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


def losses(z: FloatArray, y: FloatArray) -> FloatArray:
    return np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))


def from_z(data: Data, z: FloatArray) -> Result:
    """Return the gradient of examples with these z."""
    X, y = data
    dz = sigma(z) - y
    return np.sum(losses(z, y)) / len(y), X @ dz / len(y), np.sum(dz) / len(y)


def gradient(data: Data, w: FloatArray, b: Float) -> Result:
    return from_z(data, w @ data[0] + b)


def descend(data: Data, w: FloatArray, b: Float, alpha: float, steps: int) -> tuple[FloatArray, Float]:
    for _ in range(steps):
        w, b = step(data, w, b, alpha)
    return w, b


def step(data: Data, w: FloatArray, b: Float, alpha: float) -> tuple[FloatArray, Float]:
    """Return w and b after one step of a descent."""
    _, dw, db = gradient(data, w, b)
    rate = w.dtype.type(alpha)
    return w - rate * dw, b - rate * db


def implementation(**parts: Callable[..., Any]) -> Implementation[Any, Any, Any]:
    """Return the right implementation with these parts in place of its own."""
    right = {"prepare": prepare, "gradient": gradient}
    return Implementation(technique=Technique.VECTORIZED, **{**right, **parts})


def pointwise(
    sigma: Callable[[FloatArray], FloatArray] = sigma,
    losses: Callable[[FloatArray, FloatArray], FloatArray] = losses,
) -> Implementation[Any, Any, Any]:
    """Return the implementation with this σ and these losses."""

    def by_points(data: Data, w: FloatArray, b: Float) -> Result:
        X, y = data
        z = w @ X + b
        dz = sigma(z) - y
        return np.sum(losses(z, y)) / len(y), X @ dz / len(y), np.sum(dz) / len(y)

    return implementation(gradient=by_points)


def with_features(change: Callable[[FloatArray], FloatArray]) -> Implementation[Any, Any, Any]:
    """Return the implementation that changes a copy of the features first."""
    return implementation(prepare=lambda problem: (change(problem.features()), problem.Y[0]))


def remembered_by(key: Callable[[FloatArray, Float], Hashable]) -> Implementation[Any, Any, Any]:
    """Return the implementation that keeps the gradients of a problem, and finds them by this key."""

    def remembering(data: tuple[Data, dict[Hashable, Result]], w: FloatArray, b: Float) -> Result:
        inner, known = data
        if (k := key(w, b)) not in known:
            known[k] = gradient(inner, w, b)
        return known[k]

    return implementation(prepare=lambda problem: (prepare(problem), {}), gradient=remembering)


def spoiled(is_wrong: Callable[[int], bool]) -> Implementation[Any, Any, Any]:
    """Return the implementation whose J, dw and db are a thousandth too large at these calls, counted from 1."""

    def counting(data: tuple[Data, Any], w: FloatArray, b: Float) -> Result:
        inner, calls = data
        J, dw, db = gradient(inner, w, b)
        factor = w.dtype.type(1.001 if is_wrong(next(calls)) else 1)
        return factor * J, factor * dw, factor * db

    return implementation(prepare=lambda problem: (prepare(problem), count(1)), gradient=counting)


def returned(change: Callable[[Float, FloatArray, Float], Any]) -> Implementation[Any, Any, Any]:
    """Return the implementation that returns something else made of J, dw and db."""
    return implementation(gradient=lambda data, w, b: change(*gradient(data, w, b)))


def ring_of(buffers: int, only_if: Callable[[Problem], bool] = lambda _: True) -> Implementation[Any, Any, Any]:
    """Return the implementation whose dw is in the next of `buffers` buffers, for such problems."""

    def prepare_buffers(problem: Problem) -> Any:
        ring = [np.empty(problem.n_x, problem.dtype) for _ in range(buffers)] if only_if(problem) else []
        return prepare(problem), ring, count()

    def turning(data: Any, w: FloatArray, b: Float) -> Result:
        inner, ring, calls = data
        J, dw, db = gradient(inner, w, b)
        if not ring:
            return J, dw, db
        buffer = ring[next(calls) % buffers]
        buffer[:] = dw
        return J, buffer, db

    return implementation(prepare=prepare_buffers, gradient=turning)


def lone_last_lost(block: int) -> Implementation[Any, Any, Any]:
    """Return the implementation of blocks from range(0, m - 1, block), which loses a rest of one example."""

    def in_blocks(data: Data, w: FloatArray, b: Float) -> Any:
        X, y = data
        m = len(y)
        parts = [slice(start, start + block) for start in range(0, max(m - 1, 1), block)]
        sums = [from_z((X[:, part], y[part]), w @ X[:, part] + b) for part in parts]
        shares = [w.dtype.type(len(y[part]) / m) for part in parts]
        return tuple(sum(share * each[k] for share, each in zip(shares, sums, strict=True)) for k in range(3))

    return implementation(gradient=in_blocks)


def descend_by_products(
    data: Data, w: FloatArray, b: Float, alpha: float, steps: int, products: FloatArray
) -> tuple[FloatArray, Float]:
    """Return the end of a descent that keeps z up to date by the products of examples, (m, m)."""
    X, y = data
    rate = w.dtype.type(alpha)
    z, shifts = w @ X, np.zeros_like(y)
    for _ in range(steps):
        shift = rate * (sigma(z + b) - y) / w.dtype.type(len(y))
        shifts = shifts + shift
        z = z - products @ shift
        b = b - np.sum(shift)
    return w - X @ shifts, b


def tiled(
    n_x: int = 1,
    m: int = 1,
    *,
    only_if: Callable[[int, int], bool] = lambda m, n_x: True,
    pixels: bool = False,
    corner: bool = False,
) -> Implementation[Any, Any, Any]:
    """Return the implementation that leaves out what a tiling by n_x features and m examples leaves over.

    only_if: the sizes for which it tiles. pixels: it tiles only those. corner: only what lies in both rests is lost.
    """

    def prepare_tiles(problem: Problem) -> Any:
        X, y = prepare(problem)
        tiles = only_if(problem.m, problem.n_x) and (problem.X.dtype == np.uint8 or not pixels)
        inside = np.full(X.shape, True)
        if tiles:
            last_j, last_i = (max(size // tile, 1) * tile for size, tile in ((problem.n_x, n_x), (problem.m, m)))
            rest_j, rest_i = np.arange(problem.n_x) >= last_j, np.arange(problem.m) >= last_i
            inside = ~(rest_j[:, np.newaxis] & rest_i if corner else rest_j[:, np.newaxis] | rest_i)
        return np.where(inside, X, X.dtype.type(0)), y

    return implementation(prepare=prepare_tiles)


def rest_dropped(block: int, only_if: Callable[[Problem], bool]) -> Implementation[Any, Any, Any]:
    """Return the implementation that leaves out the last m modulo `block` examples of such problems."""

    def prepare_blocks(problem: Problem) -> Any:
        whole = max(problem.m // block, 1) * block if only_if(problem) else problem.m
        return prepare(problem), whole

    def in_blocks(data: tuple[Data, int], w: FloatArray, b: Float) -> Result:
        (X, y), whole = data
        J, dw, db = gradient((X[:, :whole], y[:whole]), w, b)
        share = w.dtype.type(min(whole, len(y)) / len(y))
        return share * J, share * dw, share * db

    return implementation(prepare=prepare_blocks, gradient=in_blocks)


def last_block_is_all(block: int) -> Implementation[Any, Any, Any]:
    """Return the implementation whose last block is the last m modulo `block` examples: all of them where m divides."""

    def in_blocks(data: Data, w: FloatArray, b: Float) -> Any:
        X, y = data
        whole = len(y) // block * block
        if whole == 0:
            return gradient(data, w, b)
        rest = len(y) % block
        found = [
            (w.dtype.type(len(part[1]) / len(y)), gradient(part, w, b))
            for part in ((X[:, :whole], y[:whole]), (X[:, -rest:], y[-rest:]))
        ]
        return tuple(np.sum([share * one[k] for share, one in found], axis=0) for k in range(3))

    return implementation(gradient=in_blocks)
