"""The physical limit of the CPU: read the bytes of X once, or do the arithmetic alone, whichever takes longer.

Both use the race's threads, as fast as the machine can. The limit runs in a worker process and in the same rounds as
the implementations, so that limit / time is a paired ratio. At tiny sizes it is the cost of one call into compiled
code. Which of the two takes longer is measured when the problem is prepared.

Arithmetic is the limit if X has few features, or lies in the first-level cache. t threads take the time to start them
and 1/t of the time of the arithmetic.

The fastest way to read depends on the machine and on the size, so several are tried: one stream or four from distant
quarters; one thread, all, or some. (AMD Zen 3, X of 80 to 400 MB: four streams read 1.2 to 1.4 times as fast with one
thread, 1.05 to 1.3 times with two. On Zen 4 one stream was the fastest.) All threads always read a large X. While
another process uses a core, one thread is as fast as two, but afterwards it reaches 0.79 of their speed.
Implementations were faster than a limit that had been chosen at such a moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from time import perf_counter_ns
from typing import Any, TypeAlias

import numba
import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from gradrace.bench.results import ARITHMETIC, LIMITED_BY, OTHER_PERMILLE, READING
from gradrace.bench.timing import Clock, timed
from gradrace.impls._shared.jit import njit_cached
from gradrace.impls._simd.arithmetic import arithmetic
from gradrace.impls._simd.vector import BYTES
from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique

WORD = np.dtype(np.uint64)
STREAMS = 4

ALL_THREADS_FROM = 1 << 24
"""Bytes of X from which on all threads read. Two threads read 16 MB in 0.75 of the time of one, and 8 MB in the same
time (AMD Zen 3, waking a thread: 50 µs).
"""

LEAST_VECTORS = 32
"""Minimum number of a thread's vectors of examples for the arithmetic: fewer take less time than a call, 0.3 µs."""

NOTHING = np.empty(0, WORD)

TRIALS, TRIALS_S = 7, 0.1
"""Minimum number of trials of each way, and their minimum seconds: longer than most disturbances."""


@dataclass(frozen=True, slots=True, eq=False)
class Bytes:
    """Bytes of X as words, without an incomplete last word, and the fastest way to read them."""

    words: NDArray[np.uint64]
    streams: int
    threads: int


@dataclass(frozen=True, slots=True, eq=False)
class Operations:
    """Arithmetic of a gradient: vectors of examples for each thread, features, and how to compute.

    Attributes:
        number: Array of one number of the working precision.
        paired: See `arithmetic`.
    """

    vectors: int
    n_x: int
    number: FloatArray
    paired: bool
    threads: int


Way: TypeAlias = Bytes | Operations


@dataclass(frozen=True, slots=True, eq=False)
class Limit:
    """The way that is timed, and the time of the faster kind, reading or arithmetic, as a share of its time."""

    way: Way
    other: float = 0.0

    def facts(self) -> dict[str, str | int]:
        """Return which of the two the limit is, and the thousandths of its time that the other one takes."""
        kind = READING if isinstance(self.way, Bytes) else ARITHMETIC
        return {LIMITED_BY: kind, OTHER_PERMILLE: round(1000 * self.other)}


@njit_cached()
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


@njit_cached(parallel=True)
def read_parallel(words: Any, streams: int, parts: int) -> Any:
    """Return the sum of all words, divided among threads."""
    sums = np.zeros(parts, np.uint64)
    for part in prange(parts):
        read_part(words, streams, parts, part, sums)
    return sums.sum()


def prepare(problem: Problem) -> Limit:
    """Choose between reading and arithmetic, and the fastest way of each. X is copied, as an implementation would."""
    threads = numba.get_num_threads()
    reading = [*ways(words_of(problem), threads)]
    used = {way.threads for way in reading}
    arithmetic(0, 0, np.empty(1, problem.dtype), paired=True)  # compiles while the workers start, also for a tiny pilot
    return longer(reading, [*ways_to_compute(problem.m, problem.n_x, problem.dtype, used)], perf_counter_ns)


def words_of(problem: Problem) -> NDArray[np.uint64]:
    """Return a copy of X's bytes as words, without an incomplete last word."""
    laid = np.array(problem.X).ravel(order="K").view(np.uint8)
    return laid[: laid.nbytes // WORD.itemsize * WORD.itemsize].view(WORD)


def ways(words: NDArray[np.uint64], threads: int) -> Iterator[Bytes]:
    """Yield the ways to read these words by at most `threads` threads: all, and 1, 2, 4, ... of them if X is small."""
    for streams, used in product((1, STREAMS), {threads, *(1 << power for power in range(threads.bit_length()))}):
        if used == threads or words.nbytes < ALL_THREADS_FROM:
            yield Bytes(words, streams, used)


def ways_to_compute(m: int, n_x: int, dtype: np.dtype[Any], threads: Iterable[int]) -> Iterator[Operations]:
    """Yield the ways to do the arithmetic of m examples; incomplete vectors aren't counted, nor fewer than a few."""
    vectors = m * dtype.itemsize // BYTES
    for used, paired in product(threads, (True, False)):
        if vectors // used >= LEAST_VECTORS:
            yield Operations(vectors // used, n_x, np.full(1, 0.3, dtype), paired, used)


def longer(reading: Sequence[Bytes], computing: Sequence[Operations], clock: Clock) -> Limit:
    """Return the fastest way to read, or the fastest to compute if that takes longer, by their medians.

    Each trial times every way once, so that a disturbance affects all of them alike.
    """
    every: list[Way] = [*reading, *computing]
    for way in every:
        _take(way)  # compiles, and loads X into the cache as far as it fits
    start, trials = clock(), list[list[float]]()
    while len(trials) < TRIALS or clock() - start < TRIALS_S * 1e9:
        trials.append([timed(partial(_take, way), clock)[0] for way in every])
    medians = np.median(trials, axis=0)
    reads, computes = medians[: len(reading)], medians[len(reading) :]
    way = reading[int(np.argmin(reads))]
    if not computing:
        return Limit(way)
    if min(computes) <= min(reads):
        return Limit(way, min(computes) / min(reads))
    return Limit(computing[int(np.argmin(computes))], min(reads) / min(computes))


def limit(data: Limit, w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    """Read X, or compute. Return a result in the form of a gradient, with w and b in place of dw and db."""
    return _take(data.way), w, b


def _take(way: Way) -> Any:
    return _read(way) if isinstance(way, Bytes) else _compute(way)


def _read(data: Bytes) -> Any:
    if data.threads == 1:
        return read(data.words, data.streams)
    return read_parallel(data.words, data.streams, data.threads)


def _compute(way: Operations) -> Any:
    if way.threads > 1:
        read_parallel(NOTHING, 1, way.threads)  # starts the threads
    return arithmetic(way.vectors, way.n_x, way.number, way.paired)


IMPLEMENTATION = Implementation(technique=Technique.LIMIT, prepare=prepare, gradient=limit, facts=Limit.facts)
