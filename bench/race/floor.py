"""The physical limit of the CPU: read the bytes of X once, or do the arithmetic alone, whichever takes longer.

Both use the race's threads, as fast as the machine can. The limit runs in a worker process and in the same rounds as
the implementations, so that limit / time is a paired ratio. At tiny sizes it is the cost of one call into compiled
code. Which of the two takes longer is measured when the problem is prepared.

Arithmetic is the limit if X has few features, or lies in the first-level cache. t threads take the time to start them
and 1/t of the time of the arithmetic.

The fastest way to read depends on the machine and on the size, so several are tried: one stream or four from distant
quarters; any number of threads. (AMD Zen 3, X of 80 to 400 MB: four streams read 1.2 to 1.4 times as fast with one
thread, 1.05 to 1.3 times with two. On Zen 4 one stream was the fastest.) All threads always read a large X. While
another process uses a core, one thread is as fast as two, but afterwards it reaches 0.79 of their speed.
Implementations were faster than a limit that had been chosen at such a moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, product
from time import perf_counter_ns
from typing import Any, TypeAlias

import numba
import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from gradrace.bench.results import ARITHMETIC, LIMITED_BY, OTHER_PERMILLE, READING
from gradrace.bench.timing import Clock, timed
from gradrace.impls._shared.first_touch import touched
from gradrace.impls._shared.jit import njit_cached
from gradrace.impls._shared.threads import set_threads, wake_at_most
from gradrace.impls._simd.arithmetic import arithmetic
from gradrace.impls._simd.vector import BYTES
from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique

WORD = np.dtype(np.uint64)
STREAMS = 4

ALL_THREADS_FROM = 1 << 23
"""Bytes of X for each thread from which on all threads read. Two threads read 16 MB in 0.75 of the time of one, and
8 MB in the same time (AMD Zen 3, waking a thread: 50 µs).
"""

EVERY_NUMBER = 16
"""Number of threads up to which every number is tried. Beyond it, the next one is an eighth larger."""

LEAST_VECTORS = 32
"""Minimum number of a thread's vectors of examples for the arithmetic: fewer take less time than a call, 0.3 µs."""

NOTHING = np.empty(0, WORD)

TRIALS, TRIALS_S = 7, 0.1
"""Minimum number of trials of each way, and their minimum seconds: longer than most disturbances."""

FAR = 2.0
"""Ratio of the best times from which on a way isn't tried again, after two trials and the minimum of seconds."""


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
    and C with AVX-512 read no faster (docs/performance-trials.md).
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
    sums, before = np.zeros(parts, np.uint64), wake_at_most(parts)
    for part in prange(parts):
        read_part(words, streams, parts, part, sums)
    set_threads(before)
    return sums.sum()


def prepare(problem: Problem) -> Limit:
    """Choose between reading and arithmetic, and the fastest way of each. X is copied, as an implementation would."""
    threads = numba.get_num_threads()
    reading = [*ways(words_of(problem, threads), threads)]
    used = {way.threads for way in reading}
    arithmetic(0, 0, np.empty(1, problem.dtype), paired=True)  # compiles while the workers start, also for a tiny pilot
    return longer(reading, [*ways_to_compute(problem.m, problem.n_x, problem.dtype, used)], perf_counter_ns)


def words_of(problem: Problem, threads: int = 1) -> NDArray[np.uint64]:
    """Return a copy of X's bytes as words, without an incomplete last word, near the threads that read its parts."""
    copy = np.empty_like(problem.X)
    laid = touched(copy.ravel(order="K"), threads).view(np.uint8)
    copy[...] = problem.X
    return laid[: laid.nbytes // WORD.itemsize * WORD.itemsize].view(WORD)


def ways(words: NDArray[np.uint64], threads: int) -> Iterator[Bytes]:
    """Yield the ways to read these words by at most `threads` threads: all, and fewer of them unless X is large."""
    large = words.nbytes >= threads * ALL_THREADS_FROM
    for streams, used in product((1, STREAMS), {threads} if large else numbers(threads)):
        yield Bytes(words, streams, used)


def numbers(threads: int) -> set[int]:
    """Return the numbers of threads to try: every one up to 16, then steps of an eighth; and halves of all.

    The time hardly depends on the number near its minimum. Halves of all may be the threads of one socket.
    """
    tried, used = set(range(1, min(threads, EVERY_NUMBER) + 1)), EVERY_NUMBER
    while used < threads:
        tried.add(used)
        used += used // 8
    return tried | {threads >> power for power in range(threads.bit_length())}


def ways_to_compute(m: int, n_x: int, dtype: np.dtype[Any], threads: Iterable[int]) -> Iterator[Operations]:
    """Yield the ways to do the arithmetic of m examples; incomplete vectors aren't counted, nor fewer than a few."""
    vectors = m * dtype.itemsize // BYTES
    for used, paired in product(threads, (True, False)):
        if vectors // used >= LEAST_VECTORS:
            yield Operations(vectors // used, n_x, np.full(1, 0.3, dtype), paired, used)


def longer(reading: Sequence[Bytes], computing: Sequence[Operations], clock: Clock) -> Limit:
    """Return the fastest way to read, or the fastest to compute if that takes longer, by their medians."""
    reads, computes = times([reading, computing], clock)
    way = min(reads, key=reads.__getitem__)
    if not computes:
        return Limit(way)
    other = min(computes, key=computes.__getitem__)
    if computes[other] <= reads[way]:
        return Limit(way, computes[other] / reads[way])
    return Limit(other, reads[way] / computes[other])


def times(kinds: Sequence[Sequence[Way]], clock: Clock) -> list[dict[Way, float]]:
    """Return the median time of the ways of each kind, without those that are far slower than the fastest of a kind.

    Each trial times every way once, so that a disturbance affects all of them alike. Ways of as many threads follow
    each other: another number of them is started by an untimed call.
    """
    tried: dict[Way, list[float]] = {way: [] for way in sorted(chain(*kinds), key=lambda way: way.threads)}
    for way in tried:
        _take(way)  # compiles, and loads X into the cache as far as it fits
    start, trials, awake = clock(), 0, way.threads
    while trials < TRIALS or clock() - start < TRIALS_S * 1e9:
        for way, taken in tried.items():
            if way.threads != awake:
                _take(way)
            awake = way.threads
            taken.append(timed(partial(_take, way), clock)[0])
        trials += 1
        for ways in kinds if trials > 1 and clock() - start >= TRIALS_S * 1e9 else ():
            least = {way: min(tried[way]) for way in ways if way in tried}
            for way, seconds in least.items():
                if seconds > FAR * min(least.values()):
                    del tried[way]
    return [{way: float(np.median(tried[way])) for way in ways if way in tried} for ways in kinds]


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
