"""The gradient of X kept as pixels, a byte each, where it is made of them; floats as they are, in rows.

The scale that makes features of pixels is taken into w, and into dw at the end.
One thread goes without the interpreter's lock, for the reason that `_fused` tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from gradrace.impls._simd.fused import means, new_sums
from gradrace.impls._simd.instructions import items, lanes_of, store
from gradrace.impls._simd.pixel_rows import EXAMPLES, accumulate_pixel_rows
from gradrace.impls._simd.vector import BYTES
from gradrace.impls.interface import Float, FloatArray, Problem

FEATURES_FOR_THREADS = 1 << 18
"""Entries of X that take one thread 50 to 70 µs, and so pay for waking another: 5 to 9 µs, but 20 after a pause."""


@dataclass(frozen=True, slots=True, eq=False)
class Pixels:
    """X: (m, n), rows padded with zeros to whole vectors. Y: (m,). scale: of the working precision."""

    X: NDArray[Any]
    Y: FloatArray
    scale: Float
    threads: int


def prepare(problem: Problem) -> Pixels:
    """Examples as rows, of the type that X has; copied only if they don't lie so already."""
    m, n_x, lanes = problem.m, problem.n_x, BYTES // problem.dtype.itemsize
    rows = problem.X.T
    if n_x % lanes or not rows.flags.c_contiguous:
        rows = np.zeros((m, -(-n_x // lanes) * lanes), dtype=problem.X.dtype)
        rows[:, :n_x] = problem.X.T
    return Pixels(
        X=rows,
        Y=np.ascontiguousarray(problem.Y[0]),
        scale=problem.dtype.type(problem.scale),
        threads=numba.get_num_threads() if rows.size >= FEATURES_FOR_THREADS else 1,
    )


@njit
def accumulate(X: Any, Y: Any, w: Any, b: Any, sums: Any, thread: int) -> None:
    """One thread's share of the sums of dw, J and db, into sums[thread]; w: as long as the rows."""
    own, m, n, lanes = sums[thread], len(Y), len(w), lanes_of(items(w))
    own[:] = 0
    blocks = -(-m // EXAMPLES)
    start, stop = blocks * thread // len(sums), blocks * (thread + 1) // len(sums)
    J, db = accumulate_pixel_rows(items(X), items(Y), items(w), b, items(own), m, n, start, stop)
    store(items(own), n, J)
    store(items(own), n + lanes, db)


@njit
def scaled(w: Any, scale: Any, n: int) -> Any:
    """scale·w, padded with zeros to n."""
    padded = np.zeros(n, w.dtype)
    for j in range(len(w)):
        padded[j] = w[j] * scale
    return padded


@njit(cache=True, nogil=True)
def one_thread(X: Any, Y: Any, w: Any, b: Any, scale: Any) -> Any:
    """J, dw, db by the calling thread."""
    padded = scaled(w, scale, X.shape[1])
    sums = new_sums(X, padded, 1)
    accumulate(X, Y, padded, b, sums, 0)
    J, db = means(X, Y, sums, padded)
    return J, scaled(padded[: len(w)], scale, len(w)), db


@njit(cache=True, parallel=True)
def all_threads(X: Any, Y: Any, w: Any, b: Any, scale: Any, threads: int) -> Any:
    """J, dw, db by as many threads."""
    padded = scaled(w, scale, X.shape[1])
    sums = new_sums(X, padded, threads)
    for thread in prange(threads):
        accumulate(X, Y, padded, b, sums, thread)
    J, db = means(X, Y, sums, padded)
    return J, scaled(padded[: len(w)], scale, len(w)), db


@njit(cache=True)
def descend_one_thread(X: Any, Y: Any, w: Any, b: Any, scale: Any, alpha: Any, steps: int) -> Any:
    """The new w and b after some steps by the calling thread."""
    w, padded = w.copy(), scaled(w, scale, X.shape[1])
    sums = new_sums(X, padded, 1)
    for _ in range(steps):
        accumulate(X, Y, padded, b, sums, 0)
        b = step(X, Y, w, padded, b, scale, alpha, sums)
    return w, b


@njit(cache=True, parallel=True)
def descend_all_threads(X: Any, Y: Any, w: Any, b: Any, scale: Any, alpha: Any, steps: int, threads: int) -> Any:
    """The new w and b after some steps by as many threads."""
    w, padded = w.copy(), scaled(w, scale, X.shape[1])
    sums = new_sums(X, padded, threads)
    for _ in range(steps):
        for thread in prange(threads):
            accumulate(X, Y, padded, b, sums, thread)
        b = step(X, Y, w, padded, b, scale, alpha, sums)
    return w, b


@njit
def step(X: Any, Y: Any, w: Any, padded: Any, b: Any, scale: Any, alpha: Any, sums: Any) -> Any:
    """w −= α dw and padded := scale·w, in place; the new b."""
    _J, db = means(X, Y, sums, padded)
    for j in range(len(w)):
        w[j] -= alpha * (scale * padded[j])
        padded[j] = scale * w[j]
    return b - alpha * db


def gradient(data: Pixels, w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    """J, dw, db in one call of compiled code."""
    X, Y, scale, threads = data.X, data.Y, data.scale, data.threads
    result: tuple[Float, FloatArray, Float]
    result = one_thread(X, Y, w, b, scale) if threads == 1 else all_threads(X, Y, w, b, scale, threads)
    return result


def descend(data: Pixels, w: FloatArray, b: Float, alpha: float, steps: int) -> tuple[FloatArray, Float]:
    """w and b after `steps` steps w := w − α dw, b := b − α db, all within one call of compiled code."""
    number = w.dtype.type
    arguments = (data.X, data.Y, w, number(b), data.scale, number(alpha), steps)
    result: tuple[FloatArray, Float]
    result = descend_one_thread(*arguments) if data.threads == 1 else descend_all_threads(*arguments, data.threads)
    return result
