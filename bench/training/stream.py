"""A gradient over X on disk: block by block, the next one being read while the last one is computed with.

The gradient is a sum over examples, so any implementation can do it: it is asked for each block's, and what it returns
is added in proportion to the block's examples.
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
"""Reading alone is measured for so long at most."""


@dataclass(slots=True)
class Traffic:
    """What was read, and the bytes a second of each time that it was."""

    bytes: int = 0
    rates: list[float] = field(default_factory=list)

    def note(self, count: int, elapsed_ns: int) -> None:
        """So many bytes were read in so long."""
        self.bytes += count
        self.rates.append(count / (elapsed_ns * 1e-9))

    @property
    def rate(self) -> float:
        """Their median, without the first time, which may compile, or read from the disk what is in memory later."""
        return float(np.median(self.rates[1:] or self.rates))


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """A problem whose X is on disk, and the runs of examples that are read at a time: all of them, or some."""

    problem: Problem
    X: Stored
    runs: Sequence[Run]

    @property
    def m(self) -> int:
        """The number of examples in these runs."""
        return sum(stop - start for start, stop in self.runs)

    @property
    def whole(self) -> bool:
        """Whether they are all that is on disk."""
        return self.m == self.problem.m

    def sample(self) -> Blocks:
        """Some to verify with: the buffers are used again from the third on, and the last is often shorter."""
        return replace(self, runs=[*dict.fromkeys([*self.runs[:3], *self.runs[-1:]])])

    def first(self, count: int) -> Blocks:
        """The first few."""
        return replace(self, runs=self.runs[:count])

    def in_memory(self) -> Problem:
        """These examples as a problem in memory."""
        problem = self.problem
        X = np.concatenate([self.X[:, start:stop].T for start, stop in self.runs]).T
        Y = np.concatenate([problem.Y[:, start:stop] for start, stop in self.runs], axis=1)
        return Problem(self.features(X), Y, problem.dtype, problem.scale)

    def features(self, X: NDArray[Any]) -> NDArray[Any]:
        """Bytes as they are, all else in the working precision."""
        return X if X.dtype == np.uint8 else X.astype(self.problem.dtype, copy=False)

    def __iter__(self) -> Iterator[Problem]:
        problem = self.problem
        for (start, stop), X in zip(self.runs, read_ahead(self.X, self.runs), strict=True):
            yield Problem(self.features(X), problem.Y[:, start:stop], problem.dtype, problem.scale)


def blocks_of(problem: Problem, block_bytes: int) -> Blocks:
    """The problem in blocks of about so many bytes."""
    X = problem.X
    assert is_stored(X)
    return Blocks(problem, X, X.runs(block_bytes))


@dataclass(slots=True)
class Streamed:
    """What makes an implementation compute over X on disk. traffic: what whole gradients read."""

    implementation: AnyImplementation
    block_bytes: int = BLOCK_BYTES
    clock: Clock = perf_counter_ns
    traffic: Traffic = field(default_factory=Traffic)

    def as_implementation(self) -> Implementation[Any, FloatArray, Any]:
        """An implementation like any other, of NumPy's types."""
        technique, own = self.implementation.technique, self.implementation
        if own.reads_disk:
            return Implementation(
                technique=technique, prepare=lambda problem: (own.prepare(problem), problem), gradient=self.by_itself
            )
        return Implementation(
            technique=technique,
            prepare=lambda problem: blocks_of(problem, self.block_bytes),
            gradient=self.gradient,
        )

    def by_itself(self, data: tuple[Any, Problem], w: FloatArray, b: Float) -> tuple[float, FloatArray, float]:
        """J, dw, db of an implementation that reads from disk itself. Raises UnusableInput as `gradient` does."""
        own, (prepared, problem) = self.implementation, data
        started_ns = self.clock()
        found = own.read(own.gradient(prepared, *own.native(w, b)))
        if not np.isfinite(found.J):
            refuse_not_finite(problem.X)
        if is_stored(problem.X):
            self.traffic.note(problem.X.nbytes, self.clock() - started_ns)
        return found.J, found.dw, found.db

    def gradient(self, data: Blocks, w: FloatArray, b: Float) -> tuple[float, FloatArray, float]:
        """J, dw, db of all blocks. Raises UnusableInput if X holds what isn't finite."""
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
    """Read X once more. Raises UnusableInput if it holds what isn't finite: who reads by itself doesn't say where."""
    assert isinstance(X, Stored | FirstExamples)
    for start, stop, block in X.blocks(0, X.shape[1]):
        if not np.isfinite(block).all():
            raise not_finite(X.path, start, stop)


def not_finite(path: Path, start: int, stop: int) -> UnusableInput:
    """That examples start to stop hold NaN or infinity."""
    where = f"{path}: X is not finite in examples {start} to {stop - 1}"
    return UnusableInput(f"{where}; fill what is missing, or drop them")


def read_alone(data: Blocks, clock: Clock, limit_s: float = LIMIT_S) -> Traffic:
    """The limit: what nothing that reads X can beat. The same blocks, from the first on, and nothing done with them."""
    started_ns, traffic, count = clock(), Traffic(), 0
    for (start, stop), _ in zip(data.runs, read_ahead(data.X, data.runs), strict=False):
        count += (stop - start) * data.X.nbytes // data.problem.m
        if clock() - started_ns > limit_s * 1e9:
            break
    traffic.note(count, clock() - started_ns)
    return traffic
