"""The physical limit: merely to read the bytes of X once, with the race's threads, as fast as this machine can.

Nothing that computes the gradient can beat it, since it reads as many bytes and computes besides. It runs in a worker
process and in the same rounds as the implementations, so that limit / time is a paired figure. At tiny sizes what is
left of it is the cost of one call into compiled code, which is the limit there.

Which way of reading is the fastest depends on the machine and on the size, so a few are tried: one stream or four from
distant quarters; one thread, all, or some. (AMD Zen 3, X of 80 to 400 MB: four streams read 1.2 to 1.4 times as fast
with one thread, 1.05 to 1.3 times with two; on Zen 4 one stream was the fastest.) A large X is always read by all
threads: while another process has a core, one thread is as fast as two, and 0.79 of their speed afterwards; a limit
chosen at such a moment was beaten.
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
"""Two threads read as many in 0.75 of the time of one, and 8 MB in the same time (AMD Zen 3, waking another: 50 µs)."""

TRIALS, TRIALS_S = 7, 0.1
"""The fewest trials of each way, and the seconds that they last at least: longer than most disturbances."""


@dataclass(frozen=True, slots=True, eq=False)
class Bytes:
    """X's bytes as words, those of the last incomplete word left out, and how they are read fastest."""

    words: NDArray[np.uint64]
    streams: int
    threads: int


@njit(cache=True)
def read(words: Any, streams: int) -> Any:
    """The sum of all words modulo 2⁶⁴: integers may be added in any order, so LLVM uses whole registers.

    With indices: `for word in words` isn't vectorized, 29 instead of 90 GB/s in cache. Prefetching and C with AVX-512
    read no faster than this (docs/performance.md).
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
    """The sum of one thread's share."""
    sums[part] = read(words[len(words) * part // parts : len(words) * (part + 1) // parts], streams)


@njit(cache=True, parallel=True)
def read_parallel(words: Any, streams: int, parts: int) -> Any:
    """The sum of all words, shared out over threads."""
    sums = np.zeros(parts, np.uint64)
    for part in prange(parts):
        read_part(words, streams, parts, part, sums)
    return sums.sum()


def prepare(problem: Problem) -> Bytes:
    """X in memory of its own, as an implementation would hold it, and the fastest way to read it."""
    laid = np.array(problem.X).ravel(order="K").view(np.uint8)
    words = laid[: laid.nbytes // WORD.itemsize * WORD.itemsize].view(WORD)
    return fastest([*ways(words, numba.get_num_threads())], perf_counter_ns)


def ways(words: NDArray[np.uint64], threads: int) -> Iterator[Bytes]:
    """Yield the ways to read these words by at most so many threads: all, and 1, 2, 4, ... of them where X is small."""
    for streams, used in product((1, STREAMS), {threads, *(1 << power for power in range(threads.bit_length()))}):
        if used == threads or words.nbytes < ALL_THREADS_FROM:
            yield Bytes(words, streams, used)


def fastest(ways: Sequence[Bytes], clock: Clock) -> Bytes:
    """The way with the least median over the trials, taken by turns: a disturbance then falls on all alike."""
    for way in ways:
        _read(way)  # compiles, and brings what fits into the cache
    start, trials = clock(), list[list[float]]()
    while len(trials) < TRIALS or clock() - start < TRIALS_S * 1e9:
        trials.append([timed(partial(_read, way), clock)[0] for way in ways])
    return ways[int(np.argmin(np.median(trials, axis=0)))]


def limit(data: Bytes, w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    """Read X, in the form of a gradient: w and b stand where dw and db would."""
    return _read(data), w, b


def _read(data: Bytes) -> Any:
    if data.threads == 1:
        return read(data.words, data.streams)
    return read_parallel(data.words, data.streams, data.threads)


IMPLEMENTATION = Implementation(technique=Technique.LIMIT, prepare=prepare, gradient=limit)
