"""Which cells, what they will cost, and which of it a budget can't hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from bench.results import FLOOR, Cell, Dtype

PILOTS = ((4, 3), (256, 3), (4, 256), (256, 256))
"""Sizes (m, n_x) that tell the four terms of a law apart, and take even a slow implementation well under a second."""

DEFAULT_M = (10, 100, 1_000, 10_000, 100_000)
DEFAULT_NX = (10, 100, 1_000, 12_288)
SLIDE = (209, 12_288)
"""The slide's own case: 209 images of 64 × 64 × 3 pixels."""


CHECKED = ((10, 10), (1_000, 100), SLIDE, (100_000, 100))
"""Sizes that a check measures unless told otherwise: a call's own cost, in cache, wide and tall from memory."""


def default_cells(dtypes: Sequence[Dtype], threads: int, *, pixels: bool = False) -> list[Cell]:
    """m from 10 to 100,000 at n_x = 100, n_x from 10 to 12,288 at m = 1000, and the slide's own case."""
    sizes = {(m, 100) for m in DEFAULT_M} | {(1_000, n_x) for n_x in DEFAULT_NX} | {SLIDE}
    return cells(sizes, dtypes, threads, pixels=pixels)


def cells(
    sizes: Iterable[tuple[int, int]], dtypes: Sequence[Dtype], threads: int, *, pixels: bool = False
) -> list[Cell]:
    """The cells of the given sizes (m, n_x), the smallest first: the small ones foretell what the large ones cost."""
    chosen = [Cell(m, n_x, dtype, threads, pixels) for m, n_x in set(sizes) for dtype in dtypes]
    return sorted(chosen, key=lambda cell: (cell.m * cell.n_x, cell))


SET_UP = "(set-up)"
"""What making, saving and verifying a problem costs is foretold under this name."""

COMPANIONS = (FLOOR, SET_UP)
"""What a cell needs beside the implementations."""

CLOCK_S = 1e-9
"""The step of the clock; a relative error needs times above 0."""


@dataclass(frozen=True, slots=True)
class Law:
    """What a cell costs: seconds = c3·m·n_x + c2·n_x + c1·m + c0; the coefficients in this order."""

    coefficients: tuple[float, ...]

    def seconds(self, cell: Cell) -> float:
        """The predicted seconds."""
        return float(_terms([cell])[0] @ np.array(self.coefficients))


def fit(seen: Mapping[Cell, float]) -> Law | None:
    """The law with non-negative terms that fits {cell: seconds} best in relative error, or None from nothing.

    Dividing each row by its time makes an error of 10 % weigh the same at 1 µs and at 1 s.
    Source of the fit: C. L. Lawson and R. J. Hanson, Solving Least Squares Problems, chapter 23 (scipy's nnls).
    """
    if not seen:
        return None
    times = np.array(list(seen.values()))
    rows = _terms(list(seen)) / times[:, None]
    scale = rows.max(axis=0)  # m·n_x is up to 1e9 times the constant: columns of like size keep the fit well posed
    solution, _ = nnls(rows / scale, np.ones(len(times)))
    return Law(tuple(solution / scale))


def _terms(cells: Sequence[Cell]) -> NDArray[np.float64]:
    m = np.array([cell.m for cell in cells], dtype=np.float64)
    n_x = np.array([cell.n_x for cell in cells], dtype=np.float64)
    return np.stack([m * n_x, n_x, m, np.ones_like(m)], axis=1)


class Forecast:
    """The seconds that something has taken in the cells so far, by name and dtype, and what that foretells."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, Dtype], dict[Cell, float]] = {}

    def note(self, name: str, cell: Cell, seconds: float) -> None:
        """It took so many seconds in a cell, or less than the clock can see."""
        self._seen.setdefault((name, cell.dtype), {})[cell] = max(seconds, CLOCK_S)

    def seconds(self, name: str, cell: Cell) -> float:
        """What it will take in another cell; 0 if it has never been seen."""
        law = fit(self._seen.get((name, cell.dtype), {}))
        return 0.0 if law is None else law.seconds(cell)


def about(seconds: float) -> str:
    """A prediction in words, to two digits: 0.0013 s, 250 s."""
    return f"about {float(f'{seconds:.2g}'):g} s"


def too_much(needs: Mapping[tuple[Cell, str], float], budget_s: float) -> set[tuple[Cell, str]]:
    """Of {(cell, implementation): seconds}, what to leave out so that the rest fits: the dearest, as few as will do.

    The limit and the set-up stay in a cell as long as anyone does, and go with the last: without the limit nobody's
    share of it is known, and a problem that nobody races on need not be made.
    """
    total_s = sum(needs.values())
    racing = Counter(cell for cell, name in needs if name not in COMPANIONS)
    left_out = set()
    for entry in sorted(needs, key=lambda entry: needs[entry], reverse=True):
        if total_s <= budget_s:
            break
        cell, name = entry
        if name in COMPANIONS:
            continue
        racing[cell] -= 1
        companions = [(cell, other) for other in COMPANIONS if racing[cell] == 0 and (cell, other) in needs]
        total_s -= sum(needs[gone] for gone in [entry, *companions])
        left_out.update([entry, *companions])
    return left_out
