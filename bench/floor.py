"""The physical limit: merely to read the bytes of X once, with the race's threads.

Nothing that computes the gradient can beat it, since it reads as many bytes and computes besides. It runs in a worker
process and in the same rounds as the implementations, so that limit / time is a paired figure. At tiny sizes what is
left of it is the cost of one call into compiled code, which is the limit there.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numba
import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from impls.interface import Float, FloatArray, Implementation, Problem, Technique

WORD = np.dtype(np.uint64)
TRIALS = 7


@dataclass(frozen=True, slots=True, eq=False)
class Bytes:
    """X's bytes as words, those of the last incomplete word left out, and how many threads read them fastest."""

    words: NDArray[np.uint64]
    threads: int


@njit(cache=True)
def read(words: Any) -> Any:
    """The sum of all words modulo 2⁶⁴: integers may be added in any order, so LLVM uses whole registers.

    With indices: `for word in words` isn't vectorized, 29 instead of 90 GB/s in cache. Several streams, prefetching and
    C with AVX-512 read no faster than this (docs/performance.md).
    """
    total = np.uint64(0)
    for i in range(len(words)):
        total += words[i]
    return total


@njit
def read_part(words: Any, parts: int, part: int, sums: Any) -> None:
    """The sum of one thread's share."""
    sums[part] = read(words[len(words) * part // parts : len(words) * (part + 1) // parts])


@njit(cache=True, parallel=True)
def read_parallel(words: Any, parts: int) -> Any:
    """The sum of all words, shared out over threads."""
    sums = np.zeros(parts, np.uint64)
    for part in prange(parts):
        read_part(words, parts, part, sums)
    return sums.sum()


def prepare(problem: Problem) -> Bytes:
    """X in memory of its own, as an implementation would hold it, and the faster of one thread and all."""
    laid = np.array(problem.X).ravel(order="K").view(np.uint8)
    words = laid[: laid.nbytes // WORD.itemsize * WORD.itemsize].view(WORD)
    choices = [Bytes(words, threads) for threads in sorted({1, numba.get_num_threads()})]
    return min(choices, key=_seconds)


def limit(data: Bytes, w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    """Read X, in the form of a gradient: w and b stand where dw and db would."""
    total = read(data.words) if data.threads == 1 else read_parallel(data.words, data.threads)
    return total, w, b


def _seconds(data: Bytes) -> float:
    """The best of a few trials, to choose by; the race measures."""
    seconds = []
    for _ in range(TRIALS):
        start = perf_counter()
        limit(data, np.empty(0), np.float64(0))
        seconds.append(perf_counter() - start)
    return min(seconds)


IMPLEMENTATION = Implementation(technique=Technique.LIMIT, prepare=prepare, gradient=limit)
