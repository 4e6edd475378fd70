"""The physical limit of the CPU: read the bytes of X once, with the race's threads, as fast as the machine can.

No computation of the gradient can be faster, since it reads as many bytes and computes besides. The limit runs in a
worker process and in the same rounds as the implementations, so that limit / time is a paired ratio. At tiny sizes it
is the cost of one call into compiled code.

The fastest way to read depends on the machine and on the size, so several are tried: one stream or four from distant
quarters; one thread, all, or some. (AMD Zen 3, X of 80 to 400 MB: four streams read 1.2 to 1.4 times as fast with one
thread, 1.05 to 1.3 times with two. On Zen 4 one stream was the fastest.) All threads always read a large X. While
another process uses a core, one thread is as fast as two, but afterwards it reaches 0.79 of their speed.
Implementations were faster than a limit that had been chosen at such a moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from time import perf_counter_ns
from typing import Any

import numba
import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from gradrace.bench.timing import Clock, timed
from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique

WORD = np.dtype(np.uint64)
STREAMS = 4

ALL_THREADS_FROM = 1 << 24
"""Bytes of X from which on all threads read. Two threads read 16 MB in 0.75 of the time of one, and 8 MB in the same
time (AMD Zen 3, waking a thread: 50 µs).
"""

TRIALS, TRIALS_S = 7, 0.1
"""Minimum number of trials of each way, and their minimum seconds: longer than most disturbances."""


@dataclass(frozen=True, slots=True, eq=False)
class Bytes:
    """Bytes of X as words, without an incomplete last word, and the fastest way to read them."""

    words: NDArray[np.uint64]
    streams: int
    threads: int


@njit(cache=True)
def read(words: Any, streams: int) -> Any:
    """Return the sum of all words modulo 2⁶⁴. Integers may be added in any order, so LLVM uses whole registers.

    The loop uses indices: `for word in words` isn't vectorized and reads 29 instead of 90 GB/s in cache. Prefetching
    and C with AVX-512 read no faster (docs/performance.md).
    """
    total = np.uint64(0)
    quarter = len(words) // STREAMS if streams == STREAMS else 0
    for i in range(quarter):
        total += (words[i] + words[i + quarter]) + (words[i + 2 * quarter] + words[i + 3 * quarter])
    rest = words[STREAMS * quarter :]  # indexed from 0: from a later start on, LLVM vectorizes nothing (11 GB/s)
    for i in range(len(rest)):
        total += rest[i]
    return total


@njit
def read_part(words: Any, streams: int, parts: int, part: int, sums: Any) -> None:
    """Write the sum of one thread's share to `sums`."""
    sums[part] = read(words[len(words) * part // parts : len(words) * (part + 1) // parts], streams)


@njit(cache=True, parallel=True)
def read_parallel(words: Any, streams: int, parts: int) -> Any:
    """Return the sum of all words, divided among threads."""
    sums = np.zeros(parts, np.uint64)
    for part in prange(parts):
        read_part(words, streams, parts, part, sums)
    return sums.sum()


def prepare(problem: Problem) -> Bytes:
    """Copy X to its own memory, as an implementation would, and choose the fastest way to read it."""
    laid = np.array(problem.X).ravel(order="K").view(np.uint8)
    words = laid[: laid.nbytes // WORD.itemsize * WORD.itemsize].view(WORD)
    return fastest([*ways(words, numba.get_num_threads())], perf_counter_ns)


def ways(words: NDArray[np.uint64], threads: int) -> Iterator[Bytes]:
    """Yield the ways to read these words by at most `threads` threads: all, and 1, 2, 4, ... of them if X is small."""
    for streams, used in product((1, STREAMS), {threads, *(1 << power for power in range(threads.bit_length()))}):
        if used == threads or words.nbytes < ALL_THREADS_FROM:
            yield Bytes(words, streams, used)


def fastest(ways: Sequence[Bytes], clock: Clock) -> Bytes:
    """Return the way with the smallest median over the trials.

    Each trial times every way once, so that a disturbance affects all of them alike.
    """
    for way in ways:
        _read(way)  # compiles, and loads X into the cache as far as it fits
    start, trials = clock(), list[list[float]]()
    while len(trials) < TRIALS or clock() - start < TRIALS_S * 1e9:
        trials.append([timed(partial(_read, way), clock)[0] for way in ways])
    return ways[int(np.argmin(np.median(trials, axis=0)))]


def limit(data: Bytes, w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    """Read X. Return a result in the form of a gradient, with w and b in place of dw and db."""
    return _read(data), w, b


def _read(data: Bytes) -> Any:
    if data.threads == 1:
        return read(data.words, data.streams)
    return read_parallel(data.words, data.streams, data.threads)


IMPLEMENTATION = Implementation(technique=Technique.LIMIT, prepare=prepare, gradient=limit)
