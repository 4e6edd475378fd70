"""The whole gradient, and whole descents, from either layout of X: tiles (3-D) or rows (2-D).

Numba compiles each function for one layout and precision, and drops the other branch. Each thread takes one run of
consecutive examples and has sums of its own, added in order at the end: the same bits at every call.

A gradient by one thread doesn't hold the interpreter's lock, for 70 ns a call, 3 to 5 % of the smallest (Numba's own
threads never do). If it did, a worker of Dask's would send w on, in a quarter of the steps, only when it has computed:
46 instead of 34 ms at the upper quartile, and larger trees wait for the last of many (docs/scale.md).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange

from gradrace.impls._simd.fused_rows import EXAMPLES, accumulate_rows
from gradrace.impls._simd.fused_tiles import accumulate_tiles
from gradrace.impls._simd.instructions import items, lanes_of, load, store, total
from gradrace.impls._simd.vector import BYTES


@njit(cache=True, nogil=True)
def one_thread(X: Any, Y: Any, w: Any, b: Any) -> Any:
    """J, dw, db by the calling thread."""
    sums = new_sums(X, w, 1)
    accumulate(X, Y, w, b, sums, 0)
    dw = np.empty_like(w)
    J, db = means(X, Y, sums, dw)
    return J, dw, db


@njit(cache=True, parallel=True)
def all_threads(X: Any, Y: Any, w: Any, b: Any, threads: int) -> Any:
    """J, dw, db by as many threads."""
    sums = new_sums(X, w, threads)
    for thread in prange(threads):
        accumulate(X, Y, w, b, sums, thread)
    dw = np.empty_like(w)
    J, db = means(X, Y, sums, dw)
    return J, dw, db


@njit(cache=True)
def descend_one_thread(X: Any, Y: Any, w: Any, b: Any, alpha: Any, steps: int) -> Any:
    """The new w and b after some steps by the calling thread."""
    w, dw, sums = w.copy(), np.empty_like(w), new_sums(X, w, 1)
    for _ in range(steps):
        accumulate(X, Y, w, b, sums, 0)
        b = step(X, Y, w, b, alpha, sums, dw)
    return w, b


@njit(cache=True, parallel=True)
def descend_all_threads(X: Any, Y: Any, w: Any, b: Any, alpha: Any, steps: int, threads: int) -> Any:
    """The new w and b after some steps by as many threads."""
    w, dw, sums = w.copy(), np.empty_like(w), new_sums(X, w, threads)
    for _ in range(steps):
        for thread in prange(threads):
            accumulate(X, Y, w, b, sums, thread)
        b = step(X, Y, w, b, alpha, sums, dw)
    return w, b


@njit
def step(X: Any, Y: Any, w: Any, b: Any, alpha: Any, sums: Any, dw: Any) -> Any:
    """w −= α dw in place; the new b."""
    _J, db = means(X, Y, sums, dw)
    for j in range(len(w)):
        w[j] -= alpha * dw[j]
    return b - alpha * db


@njit
def accumulate(X: Any, Y: Any, w: Any, b: Any, sums: Any, thread: int) -> None:
    """One thread's share of the sums of dw, J and db, into sums[thread]."""
    own, m, n_x = sums[thread], len(Y), len(w)
    own[:] = 0
    blocks = len(X) if X.ndim == 3 else -(-m // EXAMPLES)
    start, stop = blocks * thread // len(sums), blocks * (thread + 1) // len(sums)
    if X.ndim == 3:
        J, db = accumulate_tiles(items(X), items(Y), items(w), b, items(own), m, n_x, start, stop)
    else:
        J, db = accumulate_rows(items(X), items(Y), items(w), b, items(own), m, n_x, start, stop)
    end = features_end(X, w)
    store(items(own), end, J)
    store(items(own), end + lanes_of(items(w)), db)


@njit
def means(X: Any, Y: Any, sums: Any, dw: Any) -> Any:
    """The threads' sums added and divided by m: dw in place, J and db returned."""
    own, end, m = sums[0], features_end(X, dw), dw.dtype.type(len(Y))
    for thread in range(1, len(sums)):
        for k in range(len(own)):
            own[k] += sums[thread, k]
    address = items(own)
    lanes = lanes_of(address)
    for j in range(len(dw)):
        dw[j] = (total(load(address, j * lanes)) if X.ndim == 3 else own[j]) / m
    return total(load(address, end)) / m, total(load(address, end + lanes)) / m


@njit
def features_end(X: Any, w: Any) -> Any:
    """Where J and db begin in a thread's sums: behind a vector for each feature, or for each 64 bytes of a row."""
    lanes = lanes_of(items(w))
    if X.ndim == 3:
        return len(w) * lanes
    return -(-len(w) // lanes) * lanes


@njit
def new_sums(X: Any, w: Any, threads: int) -> Any:
    """(threads, features_end + 2 vectors), aligned to cache lines: a vector across two lines costs two accesses."""
    lanes = lanes_of(items(w))
    length = features_end(X, w) + 2 * lanes
    memory = np.empty(threads * length + lanes, w.dtype)
    skip = -memory.ctypes.data % BYTES // memory.itemsize
    return memory[skip : skip + threads * length].reshape(threads, length)
