"""The law of an implementation's cost: t(m, n_x) = c0 + c1·m + c2·n_x + c3·m·n_x, in pieces where one doesn't hold.

c0 is what a call costs, c1 an example, c2 a feature, c3 an element. A cache that X outgrows, or a second thread from
some size on, changes them: so each piece of a law has terms of its own, from one number of elements m·n_x to another.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from bench.results import Cell

MOST_PIECES = 3
"""In caches, from memory, and what lies between or is done by more threads."""

LEAST_CELLS = 8
"""Of a piece: twice its terms."""

MOST_CUTS = 12
"""Places that are tried for a cut: with all of a full grid's, a fit would take 2 s instead of 30 ms."""

RESAMPLES = 200
"""Enough for the ends of an interval of 95 % to have five draws beyond each."""

NOISE = 0.05
"""The relative error that is let pass as noise: pieces that only fit better than this explain nothing."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What the terms are from so many elements m·n_x on: seconds a call, an example, a feature, an element."""

    start: float
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
class Law:
    """Pieces, the one with the fewest elements first; it holds from 0 elements on."""

    pieces: tuple[Piece, ...]

    def piece(self, cell: Cell) -> Piece:
        """The one that a cell lies in."""
        return next(piece for piece in reversed(self.pieces) if piece.start <= cell.m * cell.n_x)

    def seconds(self, cell: Cell) -> float:
        """The predicted seconds."""
        return sum(self.piece(cell).parts_s(cell))


def fit(seen: Mapping[Cell, float]) -> Law | None:
    """The law with non-negative terms that fits {cell: seconds} best in relative error, or None from nothing.

    Of laws with one, two or three pieces, that with the best Bayesian information criterion, where errors below NOISE
    count as none: n·log(error² + NOISE²) + log(n) for each term and each cut. Source: G. Schwarz, Estimating the
    dimension of a model, Annals of Statistics 6 (1978).
    """
    if not seen:
        return None
    sample = Sample.of(seen)
    return min(_candidates(sample), key=lambda law: _criterion(law, sample))


def bounds(law: Law, seen: Mapping[Cell, float]) -> list[tuple[Piece, Piece]]:
    """Of each piece, the least and the largest that its terms may be: 95 % intervals, each term by itself.

    The piece is fitted again to as many of its cells, drawn with replacement, RESAMPLES times: so what a law can't
    explain widens them, and not only what the clock can't tell. The cuts stay. Source: B. Efron, Bootstrap methods:
    another look at the jackknife, Annals of Statistics 7 (1979).
    """
    rng = np.random.default_rng(0)
    found = []
    for piece in law.pieces:
        sample = Sample.of({cell: seconds for cell, seconds in seen.items() if law.piece(cell) is piece})
        draws = rng.integers(0, len(sample.cells), (RESAMPLES, len(sample.cells)))
        fits = np.array([_fit_piece(sample.terms[draw], sample.seconds[draw])[0] for draw in draws])
        low, high = np.quantile(fits, [0.025, 0.975], axis=0)
        found.append((Piece(piece.start, *low.tolist()), Piece(piece.start, *high.tolist())))
    return found


def errors(law: Law, seen: Mapping[Cell, float]) -> NDArray[np.float64]:
    """Of each cell, the relative error of what the law says: 0.1 where it says 10 % too much."""
    return np.array([law.seconds(cell) / seconds - 1 for cell, seconds in seen.items()])


@dataclass(frozen=True)
class Sample:
    """Cells, those with fewer elements first, and seconds."""

    cells: tuple[Cell, ...]
    seconds: NDArray[np.float64]

    @classmethod
    def of(cls, seen: Mapping[Cell, float]) -> Sample:
        """From {cell: seconds}."""
        cells = tuple(sorted(seen, key=lambda cell: (cell.m * cell.n_x, cell)))
        return cls(cells, np.array([seen[cell] for cell in cells]))

    @cached_property
    def terms(self) -> NDArray[np.float64]:
        """(cells, 4)."""
        return _terms(self.cells)

    @cached_property
    def cuts(self) -> list[int]:
        """Places where a piece may begin: between different numbers of elements, MOST_CUTS at the most."""
        elements = self.terms[:, 3]
        found = [i for i in range(LEAST_CELLS, len(elements) - LEAST_CELLS + 1) if elements[i - 1] < elements[i]]
        step = max(1, math.ceil(len(found) / MOST_CUTS))
        return found[::step]


def _candidates(sample: Sample) -> Iterator[Law]:
    """The best law of so many pieces, for each possible number of cuts."""
    fitted: dict[tuple[int, int], tuple[NDArray[np.float64], float]] = {}

    def piece(start: int, stop: int) -> tuple[NDArray[np.float64], float]:
        """Its terms, and the sum of squares of relative errors."""
        if (start, stop) not in fitted:
            fitted[start, stop] = _fit_piece(sample.terms[start:stop], sample.seconds[start:stop])
        return fitted[start, stop]

    for number in range(MOST_PIECES):
        ways = [
            (0, *cuts, len(sample.cells))
            for cuts in combinations(sample.cuts, number)
            if all(b - a >= LEAST_CELLS for a, b in pairwise(cuts))
        ]
        if ways:
            ends = min(ways, key=lambda ends: sum(piece(*span)[1] for span in pairwise(ends)))
            yield Law(tuple(_piece(sample, start, piece(start, stop)[0]) for start, stop in pairwise(ends)))


def _piece(sample: Sample, start: int, terms: NDArray[np.float64]) -> Piece:
    """The piece of the cells from `start` on; it begins halfway, on a logarithmic scale, from the one before."""
    elements = sample.terms[:, 3]
    begins = math.sqrt(elements[start - 1] * elements[start]) if start else 0.0
    return Piece(begins, *(float(term) for term in terms))


def _fit_piece(terms: NDArray[np.float64], seconds: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """The non-negative terms, and the sum of squares of their relative errors.

    Dividing each row by its time makes an error of 10 % weigh the same at 1 µs and at 1 s.
    Source of the fit: C. L. Lawson and R. J. Hanson, Solving Least Squares Problems, chapter 23 (scipy's nnls).
    """
    from scipy.optimize import nnls  # 0.9 s, which who only asks for the sizes needn't wait for

    rows = terms / seconds[:, None]
    scale = rows.max(axis=0)  # m·n_x is up to 1e9 times the constant: columns of like size keep the fit well posed
    solution, distance = nnls(rows / scale, np.ones(len(seconds)))
    return solution / scale, distance**2


def _criterion(law: Law, sample: Sample) -> float:
    n = len(sample.cells)
    wrong = errors(law, dict(zip(sample.cells, sample.seconds.tolist(), strict=True)))
    parameters = 4 * len(law.pieces) + len(law.pieces) - 1
    return float(n * np.log(np.mean(wrong**2) + NOISE**2) + parameters * np.log(n))


def _terms(cells: Sequence[Cell]) -> NDArray[np.float64]:
    m = np.array([cell.m for cell in cells], dtype=np.float64)
    n_x = np.array([cell.n_x for cell in cells], dtype=np.float64)
    return np.stack([np.ones_like(m), m, n_x, m * n_x], axis=1)
