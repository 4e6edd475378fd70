"""The model of an implementation's cost: t(m, n_x) = c0 + c1·m + c2·n_x + c3·m·n_x, in pieces where one doesn't hold.

c0 is what a call costs, c1 an example, c2 a feature, c3 an element. A cache that X outgrows, a second thread from some
size on, or another way that a library takes for few examples changes them: so each piece of a model has terms of its
own, within a region of sizes.
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
"""In caches, from memory, and what lies between or is done by more threads. Four predicted nothing better."""

LEAST_CELLS = 8
"""Of a piece: twice its terms."""

MOST_CUTS = 24
"""Places that are tried for a cut along each of AXES: with all of a full grid's numbers of elements, a fit would take
twice as long.
"""

RESAMPLES = 200
"""Enough for the ends of an interval of 95 % to have five draws beyond each."""

NOISE = 0.05
"""The relative error that is let pass as noise: pieces that only fit better than this explain nothing."""

AXES = ("m", "n_x", "m·n_x")
"""Along which a region may end: caches and threads care for m·n_x, libraries and strides for m or n_x alone."""

FloatArray: TypeAlias = NDArray[np.float64]


class Region(NamedTuple):
    """Sizes from `low` on and below `high`, along each of AXES."""

    low: tuple[float, ...] = (0.0, 0.0, 0.0)
    high: tuple[float, ...] = (math.inf, math.inf, math.inf)

    def holds(self, m: float, n_x: float) -> bool:
        """Whether a size lies in it."""
        return all(low <= size < high for low, size, high in zip(self.low, (m, n_x, m * n_x), self.high, strict=True))

    def cut(self, axis: int, at: float) -> tuple[Region, Region]:
        """Its parts below and from a size on."""
        high = tuple(at if place == axis else end for place, end in enumerate(self.high))
        low = tuple(at if place == axis else end for place, end in enumerate(self.low))
        return Region(self.low, high), Region(low, self.high)


EVERYWHERE = Region()


@dataclass(frozen=True, slots=True)
class Piece:
    """What the terms are within a region: seconds a call, an example, a feature, an element."""

    region: Region
    call_s: float
    example_s: float
    feature_s: float
    element_s: float

    @property
    def terms(self) -> tuple[float, ...]:
        """The four, in this order."""
        return self.call_s, self.example_s, self.feature_s, self.element_s

    def parts_s(self, cell: Cell) -> list[float]:
        """Of the seconds that a cell takes, those of the call, the examples, the features, the elements."""
        return [float(part) for part in _terms([cell])[0] * np.array(self.terms)]


@dataclass(frozen=True, slots=True)
class CostModel:
    """Pieces, whose regions hold each size once; the one with the smallest sizes first."""

    pieces: tuple[Piece, ...]

    def piece(self, cell: Cell) -> Piece:
        """The one that a cell lies in."""
        return next(piece for piece in self.pieces if piece.region.holds(cell.m, cell.n_x))

    def seconds(self, cell: Cell) -> float:
        """The predicted seconds."""
        return sum(self.piece(cell).parts_s(cell))


def fit(seen: Mapping[Cell, float]) -> CostModel | None:
    """The model with non-negative terms that fits {cell: seconds} best in relative error, or None from nothing.

    Regions are cut in two, and again, each time where that lowers the error most. Of the models with one, two or three
    pieces, that with the best Bayesian information criterion is taken, where errors below NOISE count as none:
    n·log(error² + NOISE²) + log(n) for each term and each cut. Sources: G. Schwarz, Estimating the dimension of a
    model, Annals of Statistics 6 (1978); L. Breiman et al., Classification and Regression Trees (1984), section 8.
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

    The piece is fitted again, RESAMPLES times, to what it says of its cells, times relative errors that are drawn from
    its own with replacement. So what a model can't explain widens the intervals, too. The cells stay as they were
    chosen: of 7 of the default sizes, drawn with replacement themselves, 65 of 100 sets left open whether an element
    costs anything. Few cells leave small errors: they are widened by the terms that were fitted, and by Student's t.
    The cuts stay. Source: B. Efron and R. Tibshirani, An Introduction to the Bootstrap (1993), section 9.4.
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
    """Return errors of a fit around 0, as wide as those of what was fitted. free: cells beyond the fitted terms."""
    from scipy.special import stdtrit

    student: float = stdtrit(max(1, free), 0.975) / stdtrit(math.inf, 0.975)
    widened: FloatArray = (errors - errors.mean()) * student * math.sqrt(len(errors) / max(1, free))
    return widened


def errors(model: CostModel, seen: Mapping[Cell, float]) -> FloatArray:
    """Of each cell, the relative error of what the model says: 0.1 where it says 10 % too much."""
    return np.array([model.seconds(cell) / seconds - 1 for cell, seconds in seen.items()])


@dataclass(frozen=True, slots=True, eq=False)
class _Leaf:
    """The cells of a region: terms (cells, 4) and seconds; their solution, and its sum of squared relative errors."""

    region: Region
    terms: FloatArray
    seconds: FloatArray
    solution: FloatArray
    wrong: float


def _leaf(region: Region, terms: FloatArray, seconds: FloatArray) -> _Leaf:
    return _Leaf(region, terms, seconds, *_solve(terms, seconds))


def _grown(leaves: Sequence[_Leaf]) -> list[_Leaf]:
    """The leaves with one of them cut in two, where that lowers the error most; none where each has too few cells."""
    cuts = ((leaf, parts) for leaf in leaves for parts in _cuts(leaf))
    best = max(cuts, key=lambda cut: cut[0].wrong - cut[1][0].wrong - cut[1][1].wrong, default=None)
    return [*(leaf for leaf in leaves if leaf is not best[0]), *best[1]] if best else []


def _cuts(leaf: _Leaf) -> Iterator[tuple[_Leaf, _Leaf]]:
    """The leaf cut in two, wherever LEAST_CELLS remain on either side."""
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
    """Halfway between sizes that follow each other, on a logarithmic scale; MOST_CUTS at the most."""
    halfway: list[float] = np.sqrt(sizes[:-1] * sizes[1:]).tolist()
    return halfway[:: max(1, math.ceil(len(halfway) / MOST_CUTS))]


def _solve(terms: FloatArray, seconds: FloatArray) -> tuple[FloatArray, float]:
    """The non-negative terms, and the sum of squares of their relative errors.

    Dividing each row by its time makes an error of 10 % weigh the same at 1 µs and at 1 s.
    Source of the fit: C. L. Lawson and R. J. Hanson, Solving Least Squares Problems, chapter 23 (scipy's nnls).
    """
    from scipy.optimize import nnls  # 0.9 s, which who only asks for the sizes needn't wait for

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
