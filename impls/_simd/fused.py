"""Whole gradients from either layout of X: tiles (3-D) or rows (2-D).

Numba compiles each function for one layout and precision, and drops the other branch. Each thread takes one run of
consecutive examples and has its own sums, which are added in a fixed order: the same bits at every call.

The scale from pixels to features is multiplied into w, and into dw at the end.

A gradient by one thread releases the interpreter's lock, which costs 70 ns a call, 3 to 5 % of the smallest. (Numba's
own threads never hold it.) With the lock held, in a quarter of the steps a Dask worker passed w on only after its own
computation. The upper quartile of a step then was 46 instead of 34 ms, and larger trees wait for the last of many
workers (docs/scale.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numba
import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from gradrace.impls._shared.jit import njit_cached
from gradrace.impls._shared.threads import set_threads, wake_at_most
from gradrace.impls._simd.fours import STREAMS
from gradrace.impls._simd.instructions import items, lanes_of, load, total
from gradrace.impls._simd.layout import layout, rows_of, tiles_of
from gradrace.impls._simd.rows import accumulate_rows
from gradrace.impls._simd.team import begin, gather, new_counters
from gradrace.impls._simd.tiles import FOURS, WORTHWHILE, accumulate_tiles
from gradrace.impls._simd.vector import BYTES
from gradrace.impls.interface import Float, FloatArray, Problem

BYTES_FOR_A_THREAD = 1 << 20
"""Least bytes of work for each thread, 25 to 40 µs: measured with two threads, and assumed for more.

Waking another thread takes 5 to 9 µs, and 20 µs after a pause.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """A problem in the layout of the kernels.

    Attributes:
        X: Tiles (m / width, n_x, width) or rows (m, length), length ≥ n_x.
        Y: Labels of shape (m,).
        scale: Factor from X to features.
        threads: Number of threads that pays for the size.
        products: XXᵀ, once a descent has needed it.
    """

    X: NDArray[Any]
    Y: FloatArray
    scale: Float
    threads: int
    products: list[FloatArray] = field(default_factory=list)


def prepare(problem: Problem) -> Laid:
    """Prepare X in tiles or in rows, whichever suits its shape; copy rows only if needed, or if they are small."""
    shape = problem.n_x, problem.m, problem.dtype.itemsize
    threads = threads_for(*shape, numba.get_num_threads())
    lay = tiles_of if layout(*shape, threads).tiled else rows_of
    return Laid(lay(problem.features(), threads), labels(problem), problem.dtype.type(1), threads)


def labels(problem: Problem) -> FloatArray:
    """Return Y (m,), copied if it is read-only: Numba would compile each kernel once more, in 1 to 7 s."""
    return np.require(problem.Y[0], requirements=["C", "W"])


def threads_for(n_x: int, m: int, itemsize: int, most: int) -> int:
    """Return the number of threads that pays for m examples of n_x features, at most `most`."""
    return min(most, max(int(layout(n_x, m, itemsize).work // BYTES_FOR_A_THREAD), 1))


def gradient(data: Laid, w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    """Return J, dw (n_x,) and db from one call of compiled code."""
    X, Y, threads = data.X, data.Y, data.threads
    dw = np.empty(w.shape, w.dtype)
    J, db = one_thread(X, Y, w, b, dw) if threads == 1 else all_threads(X, Y, w, b, data.scale, dw, threads)
    return J, dw, db


@njit_cached(nogil=True)
def one_thread(X: Any, Y: Any, w: Any, b: Any, dw: Any) -> Any:
    """Write dw and return J, db, computed by the calling thread.

    It takes no scale, as passing one takes 5 % longer at (10, 10). It gets dw from NumPy: returning a new array takes
    longer, up to 13 % of a small gradient.
    """
    sums = new_sums(X, w, 1)
    accumulate(X, Y, w, b, sums, 0, len(Y) > 0)
    J, db = means(Y, sums, dw.dtype.type(1), dw)
    return J, db


@njit_cached(nogil=True)
def one_thread_scaled(X: Any, Y: Any, w: Any, b: Any, scale: Any, dw: Any) -> Any:
    """Write dw and return J, db of the features scale · X, computed by the calling thread."""
    sums = new_sums(X, w, 1)
    accumulate(X, Y, scaled(w, scale), b, sums, 0, len(Y) > 0)
    J, db = means(Y, sums, scale, dw)
    return J, db


@njit_cached(parallel=True)
def all_threads(X: Any, Y: Any, w: Any, b: Any, scale: Any, dw: Any, threads: int) -> Any:
    """Write dw and return J, db of the features scale · X, computed by `threads` threads.

    Within the loop, Numba makes its index unsigned, and would compile the kernel once more for that.
    """
    w_scaled, sums = scaled(w, scale), new_sums(X, w, threads)
    counters, before = new_counters(threads), wake_at_most(threads)
    for thread in prange(threads):
        part = np.intp(thread)
        begin(sums, len(w) + 2, counters)
        accumulate(X, Y, w_scaled, b, sums, part, len(Y) > 0)
        gather(sums, len(w) + 2, part, counters, 0)
    set_threads(before)
    J, db = means(Y, sums, scale, dw)
    return J, db


@njit
def scaled(w: Any, scale: Any) -> Any:
    """Return scale · w: w itself if scale is 1."""
    if scale == 1:
        return w
    product = np.empty_like(w)
    for j in range(len(w)):
        product[j] = scale * w[j]
    return product


@njit_cached()
def accumulate(X: Any, Y: Any, w: Any, b: Any, sums: Any, thread: int, cost: bool) -> None:
    """Write one thread's sums into sums[thread]: n_x of dw, then J and db.

    cost: whether J is needed. Without its logarithms, steps of a descent take 0.95 of the time at n_x = 10. Callers
    pass comparisons that are known only at run time: LLVM compiles a copy of the kernel for a constant, in 2 s.

    It is cached itself, so that a process which compiles another kernel around it takes 2 to 4 s of a processor less.
    """
    own, m, n_x = sums[thread], len(Y), len(w)
    lanes, end = lanes_of(items(w)), features_end(X, w)
    own[:end] = 0
    blocks = len(X) if X.ndim == 3 else -(-m // STREAMS)
    start, stop = blocks * thread // len(sums), blocks * (thread + 1) // len(sums)
    if X.ndim == 3:
        J, db = accumulate_tiles(
            items(X), items(Y), items(w), b, items(own), end + 2 * lanes, m, n_x, start, stop, cost
        )
    else:
        J, db = accumulate_rows(items(X), items(Y), items(w), b, items(own), m, n_x, X.shape[1], start, stop, cost)
    if X.ndim == 3:
        for j in range(n_x):  # lands before the vectors that are still to be totalled
            own[j] = total(load(items(own), j * lanes))
    own[n_x], own[n_x + 1] = total(J), total(db)


@njit
def means(Y: Any, sums: Any, scale: Any, dw: Any) -> Any:
    """Divide the sums of all threads by m: write scale · dw in place, and return J and db."""
    own, n_x, m = sums[0], len(dw), dw.dtype.type(len(Y))
    for j in range(n_x):
        dw[j] = scale * (own[j] / m)
    return own[n_x] / m, own[n_x + 1] / m


@njit
def features_end(X: Any, w: Any) -> Any:
    """Return where a thread's sums of dw end while it adds to them: a vector per feature, or per 64 bytes of a row."""
    lanes = lanes_of(items(w))
    if X.ndim == 3:
        return len(w) * lanes
    return -(-len(w) // lanes) * lanes


@njit
def new_sums(X: Any, w: Any, threads: int) -> Any:
    """Return space for each thread's sums, features_end + 2 vectors, and for the dz of a block of tiles behind them.

    It is aligned to cache lines, as a vector across two lines costs two accesses. Few tiles make no block, and up to
    1 kB is allocated faster.
    """
    lanes = lanes_of(items(w))
    spare = STREAMS * FOURS if X.ndim == 3 and len(X) >= STREAMS * WORTHWHILE else 0
    length = features_end(X, w) + (2 + spare) * lanes
    memory = np.empty(threads * length + lanes, w.dtype)
    skip = -memory.ctypes.data % BYTES // memory.itemsize
    return memory[skip : skip + threads * length].reshape(threads, length)
