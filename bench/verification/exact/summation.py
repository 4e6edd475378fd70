"""Sums over all examples in twice the precision of float64: blocks of examples, tiles of features, threads."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.machine.available import cores
from gradrace.bench.verification.exact.double_double import Float64
from gradrace.bench.verification.exact.kernels import GROUP, LANES, Factor, Row, across, along, derive, library
from gradrace.impls.interface import FloatArray, Problem

TILE = 2**16
"""Entries of X that a thread holds in float64 at a time: half a megabyte, for the second-level cache."""

FEWEST, MOST = 256, 4096
"""Examples in a block: sums over fewer are slow, and results of more don't fit in the cache."""

SHARES, SHARE = 16, 512
"""Largest number of shares of the examples that are summed separately, and the fewest examples of a share.

Neither depends on the number of cores, and therefore no bit of the sums does.
"""

ALONE = 2**17
"""Entries of X up to which starting a thread for each core takes longer than it saves."""


class Means(NamedTuple):
    """Means over the examples.

    table: (6, n_x + 2), with the rows of `Row`: of x·dz for each feature, of dz, and of L.
    features: largest number of features of an example with x_j ≠ 0, including the bias.
    largest_x: the largest sum of |x| of an example.
    """

    table: Float64
    features: int
    largest_x: float


class _Table:
    """Rows of numbers at an address that kernels use."""

    def __init__(self, numbers: Float64, address: int) -> None:
        self.numbers, self.width, self.address = numbers, numbers.shape[1], address

    def at(self, column: int = 0) -> tuple[int, int]:
        """Return the address of a column in the first row, and the width of the table."""
        return self.address + column * self.numbers.itemsize, self.width


def _tables(*shapes: tuple[int, int]) -> list[_Table]:
    """Return tables of zeros, (rows, width) each, in one block of memory, as finding an address takes 5 µs."""
    starts = [0, *accumulate(rows * width for rows, width in shapes)]
    block = np.zeros(starts[-1])
    address: int = block.__array_interface__["data"][0]  # takes a quarter of the time of `.ctypes.data`
    return [
        _Table(block[start:stop].reshape(shape), address + start * block.itemsize)
        for shape, (start, stop) in zip(shapes, pairwise(starts), strict=True)
    ]


class _Sums(NamedTuple):
    """Sums over some examples: table (6, n_x + 2 or more) as in `Means`.

    features, largest_x: of an example, as in `Means`, but before the scale.
    """

    table: Float64
    features: int
    largest_x: float


class Summation:
    """Means over the examples of a problem, at one point after another. What doesn't depend on the point is kept."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        shares = max(1, min(SHARES, problem.m // SHARE))
        self._edges = [problem.m * share // shares for share in range(shares + 1)]

    def __reduce__(self) -> tuple[type[Summation], tuple[Problem]]:
        return Summation, (self.problem,)  # the tables are addresses

    def at(self, w: FloatArray, b: float) -> Means:
        """Return the means at w (n_x,) and b. On overflow they hold numbers that aren't finite."""
        problem, starts, stops = self.problem, self._edges[:-1], self._edges[1:]
        weights = self._weights(w)

        def summed(start: int, stop: int) -> _Sums:
            return _Share(problem, start, stop).summed(weights, b)

        if len(starts) == 1:
            sums = [self._only.summed(weights, b)]
        elif problem.m * problem.n_x <= ALONE:
            sums = [*map(summed, starts, stops)]
        else:
            with ThreadPoolExecutor(cores()) as threads:
                sums = [*threads.map(summed, starts, stops)]
        mean = self._mean(sums, 1.0)
        if problem.scale != 1.0:
            mean[:, : problem.n_x] = self._mean(sums, problem.scale)[:, : problem.n_x]
        return Means(
            table=mean[:, : problem.n_x + 2],
            features=max(share.features for share in sums),
            largest_x=max(share.largest_x for share in sums) * abs(problem.scale),
        )

    @cached_property
    def _only(self) -> _Share:
        return _Share(self.problem, *self._edges)

    @cached_property
    def _for_weights(self) -> list[_Table]:
        width = _width(self.problem)
        return _tables((1, width), (len(Factor), 1), (len(Row), width))

    @cached_property
    def _for_mean(self) -> list[_Table]:
        parts, width = 2 * (len(self._edges) - 1), _width(self.problem)
        return _tables((parts, width), (len(Factor), parts), (len(Row), width))

    def _weights(self, w: FloatArray) -> _Table:
        """Return a table of factors: scale·w exactly, which multiplies the entries of X to give z.

        It is as wide as a table of sums. Its third row, |scale·w|, stands for a size whose sums aren't used.
        """
        unscaled, scale, scaled = self._for_weights
        unscaled.numbers[0, : self.problem.n_x] = w
        scale.numbers[Factor.HI] = self.problem.scale
        scaled.numbers[:] = 0.0
        library()[across](unscaled.address, 1, unscaled.width, *scale.at(), *scaled.at())
        return scaled

    def _mean(self, sums: Sequence[_Sums], scale: float) -> Float64:
        """Return the total of the sums, times scale / m; entries are counts and aren't scaled."""
        parts, factors, total = self._for_mean
        for share, one in enumerate(sums):
            parts.numbers[2 * share : 2 * share + 2] = one.table[: Row.TERMS]
        factors.numbers[Factor.HI], factors.numbers[Factor.LO] = factor = _quotient(scale, self.problem.m)
        total.numbers[:] = 0.0
        library()[across](parts.address, *parts.numbers.shape, *factors.at(), *total.at())
        mean = total.numbers.copy()
        mean[Row.TERMS :] = np.add.reduce([one.table[Row.TERMS :] for one in sums])
        mean[Row.TERMS : Row.ENTRIES] *= abs(factor[0])
        return mean


class _Share:
    """Sums over a share of the examples, block by block. All blocks use the same tables."""

    def __init__(self, problem: Problem, start: int, stop: int) -> None:
        self.problem, self.start, self.stop = problem, start, stop
        self.by_example = _features_side_by_side(problem.X)
        self.examples = _rounded_up(min(max(TILE // problem.n_x, FEWEST), MOST, problem.m), GROUP * LANES)
        self.features = _rounded_up(min(max(TILE // self.examples, 1), problem.n_x), LANES)
        self.tile, self.z, self.dz, self.signs, self.ones, self.sums = _tables(
            (1, self.examples * self.features),
            (len(Row), self.examples),
            (len(Factor), self.examples),
            (1, self.examples),
            (1, self.examples),
            (len(Row), _width(problem)),
        )
        self.filled: tuple[int, slice] | None = None
        self.labelled: slice | None = None

    def summed(self, weights: _Table, b: float) -> _Sums:
        """Return the sums over all examples of the share."""
        self.sums.numbers[:] = 0.0
        largest = np.zeros(2)
        for first in range(self.start, self.stop, self.examples):
            examples = slice(first, min(first + self.examples, self.stop))
            largest = np.maximum(largest, self._add(examples, weights, b))
        features, largest_x = largest.tolist()
        return _Sums(self.sums.numbers.copy(), int(features), largest_x)

    def _add(self, examples: slice, weights: _Table, b: float) -> Float64:
        """Add a block of examples; return the largest number of entries, and the largest sum of |x|, of one example."""
        count = examples.stop - examples.start
        to_z, to_dw = (along, across) if self.by_example else (across, along)
        starts = range(0, self.problem.n_x, self.features)
        self.z.numbers[:] = 0.0
        self.z.numbers[Row.HI], self.z.numbers[Row.TERMS], self.z.numbers[Row.ENTRIES] = b, abs(b), 1.0
        for start in starts:
            shape = self._fill(start, examples)
            library()[to_z](self.tile.address, *shape, *weights.at(start), *self.z.at())
        self._derive(examples)
        for start in starts:
            shape = self._fill(start, examples)
            library()[to_dw](self.tile.address, *shape, *self.dz.at(), *self.sums.at(start))
        largest: Float64 = self.z.numbers[[Row.ENTRIES, Row.X], :count].max(axis=1)
        return largest

    def _derive(self, examples: slice) -> None:
        """Write the table of dz, and add to the sums of dz and L."""
        count = examples.stop - examples.start
        if self.labelled != examples:
            self.signs.numbers[0, :count] = 1.0 - 2.0 * self.problem.Y[0, examples]
            self.ones.numbers[0, :count], self.ones.numbers[0, count:] = 1.0, 0.0
            self.labelled = examples
        rounded = _rounded_up(count, GROUP * LANES)
        given = (self.z.address, self.signs.address, self.ones.address)
        library()[derive](rounded, *given, *self.dz.at(), *self.sums.at(self.problem.n_x))

    def _fill(self, start: int, examples: slice) -> tuple[int, int]:
        """Copy features from `start` on into the tile, unless they are there; a row for each example or feature.

        Returns the tile's shape.
        """
        count, features = examples.stop - examples.start, min(self.features, self.problem.n_x - start)
        rows, columns = (count, features) if self.by_example else (features, count)
        width = _rounded_up(columns, LANES)
        if self.filled != (start, examples):
            part = self.problem.X[:, examples][start : start + features]  # from disk, whole examples are read
            tile = self.tile.numbers[0, : rows * width].reshape(rows, width)
            tile[:, :columns] = part.T if self.by_example else part
            tile[:, columns:] = 0.0
            self.filled = start, examples
        return rows, width


def _features_side_by_side(X: NDArray[Any]) -> bool:
    """Return whether a tile has a row for each example: as in X's memory, unless such rows are very short."""
    n_x, m = X.shape
    if not isinstance(X, np.ndarray):  # it is on disk, example by example
        return True
    return n_x > m if min(n_x, m) < 2 * LANES else abs(X.strides[0]) < abs(X.strides[1])


@lru_cache(maxsize=256)
def _quotient(number: float, m: int) -> tuple[float, float]:
    """Return number / m as hi + lo; cached, as every step of a descent needs the same quotient."""
    exact = Fraction(number) / m
    return float(exact), float(exact - Fraction(float(exact)))


def _width(problem: Problem) -> int:
    """Return the width of a table of sums: of each feature's x·dz, of dz, and of L."""
    return _rounded_up(problem.n_x + 2, LANES)


def _rounded_up(count: int, unit: int) -> int:
    return -(-count // unit) * unit
