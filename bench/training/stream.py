"""Gradient over X on disk, block by block. While one block is computed with, the next one is read.

The gradient is a mean over examples, so any implementation can compute it. The implementation computes the gradient of
each block, and the results are added in proportion to the blocks' numbers of examples.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.stored import BLOCK_BYTES, FirstExamples, Run, Stored, is_stored, read_ahead
from gradrace.bench.results import UnusableInput
from gradrace.bench.stepping import AnyImplementation
from gradrace.bench.timing import Clock
from gradrace.impls.interface import Float, FloatArray, Gradient, Implementation, Problem

LIMIT_S = 10.0
"""Maximum seconds for measuring the throughput of reading alone."""


@dataclass(slots=True)
class Traffic:
    """Bytes read, and the throughput of each read in bytes per second."""

    bytes: int = 0
    rates: list[float] = field(default_factory=list)

    def note(self, count: int, elapsed_ns: int) -> None:
        """Add a read of `count` bytes in `elapsed_ns` nanoseconds."""
        self.bytes += count
        self.rates.append(count / (elapsed_ns * 1e-9))

    @property
    def rate(self) -> float:
        """Return the median throughput in bytes per second, without the first read if there are more.

        The first read may include compilation, or come from the disk instead of the page cache.
        """
        return float(np.median(self.rates[1:] or self.rates))


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """Problem whose X is on disk, with the runs of examples that are read at a time: all runs, or some."""

    problem: Problem
    X: Stored
    runs: Sequence[Run]

    @property
    def m(self) -> int:
        """Return the number of examples in these runs."""
        return sum(stop - start for start, stop in self.runs)

    @property
    def whole(self) -> bool:
        """Return whether the runs contain all examples on disk."""
        return self.m == self.problem.m

    def sample(self) -> Blocks:
        """Return up to four blocks for verification: the first three and the last.

        The third is the first to reuse a buffer, and the last is often shorter.
        """
        return replace(self, runs=[*dict.fromkeys([*self.runs[:3], *self.runs[-1:]])])

    def first(self, count: int) -> Blocks:
        """Return the first `count` blocks."""
        return replace(self, runs=self.runs[:count])

    def in_memory(self) -> Problem:
        """Return the examples of these runs as a problem in memory."""
        problem = self.problem
        X = np.concatenate([self.X[:, start:stop].T for start, stop in self.runs]).T
        Y = np.concatenate([problem.Y[:, start:stop] for start, stop in self.runs], axis=1)
        return Problem(self.features(X), Y, problem.dtype, problem.scale)

    def features(self, X: NDArray[Any]) -> NDArray[Any]:
        """Return bytes unchanged, and other numbers in the working precision."""
        return X if X.dtype == np.uint8 else X.astype(self.problem.dtype, copy=False)

    def __iter__(self) -> Iterator[Problem]:
        problem = self.problem
        for (start, stop), X in zip(self.runs, read_ahead(self.X, self.runs), strict=True):
            yield Problem(self.features(X), problem.Y[:, start:stop], problem.dtype, problem.scale)


def blocks_of(problem: Problem, block_bytes: int) -> Blocks:
    """Return the problem in blocks of about `block_bytes` bytes."""
    X = problem.X
    assert is_stored(X)
    return Blocks(problem, X, X.runs(block_bytes))


@dataclass(slots=True)
class Streamed:
    """Adapter that makes an implementation compute over X on disk. traffic: reads of whole gradients."""

    implementation: AnyImplementation
    block_bytes: int = BLOCK_BYTES
    clock: Clock = perf_counter_ns
    traffic: Traffic = field(default_factory=Traffic)

    def as_implementation(self) -> Implementation[Any, FloatArray, Any]:
        """Return an implementation that computes over X on disk, with NumPy's types."""
        technique, own = self.implementation.technique, self.implementation
        if own.reads_disk:
            return Implementation(
                technique=technique, prepare=lambda problem: (own.prepare(problem), problem), gradient=self.by_itself
            )
        return Implementation(
            technique=technique, prepare=lambda problem: blocks_of(problem, self.block_bytes), gradient=self.gradient
        )

    def by_itself(self, data: tuple[Any, Problem], w: FloatArray, b: Float) -> tuple[float, FloatArray, float]:
        """Return J, dw (n_x,), db of an implementation that reads from disk itself.

        Raises UnusableInput if X holds numbers that aren't finite.
        """
        own, (prepared, problem) = self.implementation, data
        started_ns = self.clock()
        found = own.read(own.gradient(prepared, *own.native(w, b)))
        if not np.isfinite(found.J):
            refuse_not_finite(problem.X)
        if is_stored(problem.X):
            self.traffic.note(problem.X.nbytes, self.clock() - started_ns)
        return found.J, found.dw, found.db

    def gradient(self, data: Blocks, w: FloatArray, b: Float) -> tuple[float, FloatArray, float]:
        """Return J, dw (n_x,), db of all blocks.

        Raises UnusableInput if X holds numbers that aren't finite.
        """
        started_ns = self.clock()
        J, dw, db = 0.0, np.zeros(w.shape), 0.0
        native = self.implementation.native(w, b)
        for number, block in enumerate(data):
            part = self._part(block, native)
            if not np.isfinite(part.J) and not np.isfinite(block.X).all():
                raise not_finite(data.X.path, *data.runs[number])
            share = block.m / data.m
            J, dw, db = J + share * part.J, dw + share * part.dw, db + share * part.db
        if data.whole:
            self.traffic.note(data.X.nbytes, self.clock() - started_ns)
        return J, dw.astype(w.dtype), db

    def _part(self, block: Problem, native: tuple[object, object]) -> Gradient:
        implementation = self.implementation
        return implementation.read(implementation.gradient(implementation.prepare(block), *native))


def refuse_not_finite(X: object) -> None:
    """Read X once more, and raise UnusableInput with the examples that hold a number that isn't finite.

    An implementation that reads from disk itself doesn't report where such a number is.
    """
    assert isinstance(X, Stored | FirstExamples)
    for start, stop, block in X.blocks(0, X.shape[1]):
        if not np.isfinite(block).all():
            raise not_finite(X.path, start, stop)


def not_finite(path: Path, start: int, stop: int) -> UnusableInput:
    """Return the error that examples start to stop hold NaN or infinity."""
    where = f"{path}: X is not finite in examples {start} to {stop - 1}"
    return UnusableInput(f"{where}; fill what is missing, or drop them")


def read_alone(data: Blocks, clock: Clock, limit_s: float = LIMIT_S) -> Traffic:
    """Return the throughput of reading the same blocks without computing: the limit of any implementation that reads X.

    Reading begins at the first block and stops after `limit_s` seconds.
    """
    started_ns, traffic, count = clock(), Traffic(), 0
    for (start, stop), _ in zip(data.runs, read_ahead(data.X, data.runs), strict=False):
        count += (stop - start) * data.X.nbytes // data.problem.m
        if clock() - started_ns > limit_s * 1e9:
            break
    traffic.note(count, clock() - started_ns)
    return traffic
