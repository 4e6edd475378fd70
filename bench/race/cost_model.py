"""Cost model of an implementation: t(m, n_x) = c0 + c1·m + c2·n_x + c3·m·n_x, in pieces where one doesn't fit.

c0 is the cost of a call, c1 of an example, c2 of a feature, c3 of an element. These costs change where X outgrows a
cache, where a second thread starts, or where a library treats few examples differently. Therefore each piece of a model
has its own terms within a region of sizes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.results import Cell

MOST_PIECES = 3
"""Largest number of pieces: in caches, from memory, and a piece between them or with more threads. A fourth piece
didn't improve any prediction.
"""

LEAST_CELLS = 8
"""Minimum number of cells of a piece: twice its terms."""

MOST_CUTS = 24
"""Largest number of places where a cut is tried along each of AXES. Trying every number of elements of a full grid
would take twice as long.
"""

RESAMPLES = 200
"""Number of bootstrap fits: five lie beyond each end of a 95 % interval."""

NOISE = 0.05
"""Relative error that counts as noise: pieces that only fit better than this explain nothing."""

AXES = ("m", "n_x", "m·n_x")
"""Axes along which a region may end. Caches and threads depend on m·n_x, libraries and strides on m or n_x alone."""

FloatArray: TypeAlias = NDArray[np.float64]


class Region(NamedTuple):
    """Region of sizes from `low` on and below `high`, along each of AXES."""

    low: tuple[float, ...] = (0.0, 0.0, 0.0)
    high: tuple[float, ...] = (math.inf, math.inf, math.inf)

    def holds(self, m: float, n_x: float) -> bool:
        """Return whether a size is in the region."""
        return all(low <= size < high for low, size, high in zip(self.low, (m, n_x, m * n_x), self.high, strict=True))

    def cut(self, axis: int, at: float) -> tuple[Region, Region]:
        """Return the parts below a size and from it on."""
        high = tuple(at if place == axis else end for place, end in enumerate(self.high))
        low = tuple(at if place == axis else end for place, end in enumerate(self.low))
        return Region(self.low, high), Region(low, self.high)


EVERYWHERE = Region()


@dataclass(frozen=True, slots=True)
class Piece:
    """Terms of the model within a region: seconds per call, example, feature and element."""

    region: Region
    call_s: float
    example_s: float
    feature_s: float
    element_s: float

    @property
    def terms(self) -> tuple[float, ...]:
        """Return the four terms, in the order of the fields."""
        return self.call_s, self.example_s, self.feature_s, self.element_s

    def parts_s(self, cell: Cell) -> list[float]:
        """Return the seconds of a cell that belong to the call, the examples, the features and the elements."""
        return [float(part) for part in _terms([cell])[0] * np.array(self.terms)]


@dataclass(frozen=True, slots=True)
class CostModel:
    """Pieces whose regions cover each size exactly once; the one with the smallest sizes is first."""

    pieces: tuple[Piece, ...]

    def piece(self, cell: Cell) -> Piece:
        """Return the piece whose region contains a cell."""
        return next(piece for piece in self.pieces if piece.region.holds(cell.m, cell.n_x))

    def seconds(self, cell: Cell) -> float:
        """Return the predicted seconds in a cell."""
        return sum(self.piece(cell).parts_s(cell))


def fit(seen: Mapping[Cell, float]) -> CostModel | None:
    """Return the non-negative model that fits {cell: seconds} best in relative error, or None without cells.

    Regions are repeatedly cut in two, each time where that lowers the error most. Of the models with one, two or three
    pieces, the one with the lowest Bayesian information criterion is chosen. Errors below NOISE count as none:
    n·log(error² + NOISE²) + log(n) for each term and each cut.
    Sources: G. Schwarz, Estimating the dimension of a model, Annals of Statistics 6 (1978); L. Breiman et al.,
    Classification and Regression Trees (1984), section 8.
    """
    if not seen:
        return None
    leaves = [_leaf(EVERYWHERE, _terms([*seen]), np.array([*seen.values()]))]
    best, least = leaves, _criterion(leaves)
    while len(leaves) < MOST_PIECES and (grown := _grown(leaves)):
        leaves = grown
        if (criterion := _criterion(leaves)) < least:
            best, least = leaves, criterion
    return CostModel(
        tuple(Piece(leaf.region, *leaf.solution.tolist()) for leaf in sorted(best, key=lambda leaf: leaf.region))
    )


def bounds(model: CostModel, seen: Mapping[Cell, float]) -> list[tuple[Piece, Piece]]:
    """Return the smallest and the largest terms that each piece may have: 95 % intervals, each term by itself.

    The piece is fitted RESAMPLES times to its predictions, multiplied by relative errors drawn from its own with
    replacement. Errors that the model can't explain therefore widen the intervals, too. The cells aren't resampled:
    with 7 of the default sizes drawn with replacement, 65 of 100 sets couldn't determine whether an element costs
    anything. With few cells the residuals are too small. They are widened for the number of fitted terms, and by
    Student's t. The cuts are kept.
    Source: B. Efron and R. Tibshirani, An Introduction to the Bootstrap (1993), section 9.4.
    """
    rng = np.random.default_rng(0)
    found = []
    for piece in model.pieces:
        own = {cell: seconds for cell, seconds in seen.items() if model.piece(cell) is piece}
        terms, times = _terms([*own]), np.array([*own.values()])
        said = terms @ np.array(piece.terms)
        wrong = _widened(np.log(times / said), len(own) - sum(term > 0 for term in piece.terms))
        draws = rng.integers(0, len(own), (RESAMPLES, len(own)))
        fits = np.array([_solve(terms, said * np.exp(wrong[draw]))[0] for draw in draws])
        low, high = np.quantile(fits, [0.025, 0.975], axis=0)
        found.append((Piece(piece.region, *low.tolist()), Piece(piece.region, *high.tolist())))
    return found


def _widened(errors: FloatArray, free: int) -> FloatArray:
    """Return a fit's errors, centred on 0 and widened to the spread of what was fitted.

    free: number of cells minus the number of fitted terms.
    """
    from scipy.special import stdtrit

    student: float = stdtrit(max(1, free), 0.975) / stdtrit(math.inf, 0.975)
    widened: FloatArray = (errors - errors.mean()) * student * math.sqrt(len(errors) / max(1, free))
    return widened


def errors(model: CostModel, seen: Mapping[Cell, float]) -> FloatArray:
    """Return the relative error of each cell's prediction: 0.1 if it is 10 % too large."""
    return np.array([model.seconds(cell) / seconds - 1 for cell, seconds in seen.items()])


@dataclass(frozen=True, slots=True, eq=False)
class _Leaf:
    """Cells of a region and their fit.

    terms: (cells, 4).
    seconds: (cells,).
    solution: the four fitted terms.
    wrong: sum of the squared relative errors.
    """

    region: Region
    terms: FloatArray
    seconds: FloatArray
    solution: FloatArray
    wrong: float


def _leaf(region: Region, terms: FloatArray, seconds: FloatArray) -> _Leaf:
    return _Leaf(region, terms, seconds, *_solve(terms, seconds))


def _grown(leaves: Sequence[_Leaf]) -> list[_Leaf]:
    """Return the leaves with one cut in two where that lowers the error most; empty if each has too few cells."""
    cuts = ((leaf, parts) for leaf in leaves for parts in _cuts(leaf))
    best = max(cuts, key=lambda cut: cut[0].wrong - cut[1][0].wrong - cut[1][1].wrong, default=None)
    return [*(leaf for leaf in leaves if leaf is not best[0]), *best[1]] if best else []


def _cuts(leaf: _Leaf) -> Iterator[tuple[_Leaf, _Leaf]]:
    """Yield the two parts of the leaf for each cut that leaves LEAST_CELLS on either side."""
    for axis in range(len(AXES)):
        sizes = leaf.terms[:, axis + 1]
        for at in _between(np.unique(sizes)):
            below = sizes < at
            if min(np.count_nonzero(below), np.count_nonzero(~below)) >= LEAST_CELLS:
                low, high = leaf.region.cut(axis, at)
                yield (
                    _leaf(low, leaf.terms[below], leaf.seconds[below]),
                    _leaf(high, leaf.terms[~below], leaf.seconds[~below]),
                )


def _between(sizes: FloatArray) -> list[float]:
    """Return the geometric means of neighbouring sizes, MOST_CUTS at the most."""
    halfway: list[float] = np.sqrt(sizes[:-1] * sizes[1:]).tolist()
    return halfway[:: max(1, math.ceil(len(halfway) / MOST_CUTS))]


def _solve(terms: FloatArray, seconds: FloatArray) -> tuple[FloatArray, float]:
    """Return the non-negative terms and the sum of their squared relative errors.

    Dividing each row by its time makes an error of 10 % weigh the same at 1 µs and at 1 s.
    Source of the fit: C. L. Lawson and R. J. Hanson, Solving Least Squares Problems, chapter 23 (scipy's nnls).
    """
    from scipy.optimize import nnls  # takes 0.9 s, which a caller that needs only the sizes saves

    rows = terms / seconds[:, None]
    scale = rows.max(axis=0)  # m·n_x is up to 1e9 times the constant: columns of like size keep the fit well posed
    solution, distance = nnls(rows / scale, np.ones(len(seconds)))
    return solution / scale, distance**2


def _criterion(leaves: Sequence[_Leaf]) -> float:
    n = sum(len(leaf.seconds) for leaf in leaves)
    wrong = sum(leaf.wrong for leaf in leaves) / n
    return float(n * np.log(wrong + NOISE**2) + (5 * len(leaves) - 1) * np.log(n))


def _terms(cells: Sequence[Cell]) -> FloatArray:
    m = np.array([cell.m for cell in cells], dtype=np.float64)
    n_x = np.array([cell.n_x for cell in cells], dtype=np.float64)
    return np.stack([np.ones_like(m), m, n_x, m * n_x], axis=1)
