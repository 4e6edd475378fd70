"""Which sizes a race or a check has unless told otherwise, and how soon each is wanted; without NumPy or SciPy.

The command line reads options with it, and a typo is to be refused in a moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from gradrace.bench.results import SLIDE, Cell, Dtype

DEFAULT_M = (10, 100, 1_000, 10_000, 100_000)
DEFAULT_NX = (10, 100, 1_000, 12_288)


FULL_M = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
FULL_NX = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 12_288)
"""Half decades: a cost model needs to see where one piece ends and the next begins."""

FULL_BYTES = 1 << 30
"""Of X, beyond which a cell of the full grid is left out: everyone's copies of it would not fit most memories."""

CHECKED = ((10, 10), (1_000, 100), SLIDE, (100_000, 100))
"""Sizes that a check measures unless told otherwise: a call's own cost, in cache, wide and tall from memory."""

TOLD_IN_SECONDS = CHECKED[:3]
"""Sizes that tell which of two is faster while one waits."""

WEEK_S = 7 * 24 * 3600.0
"""The longest budget: waiting for a process counts milliseconds in 32 bits, which end after 24 days."""

Stage: TypeAlias = Callable[[Cell], int]
"""How soon a cell is wanted: 0 first."""


def default_cells(dtypes: Sequence[Dtype], threads: int, *, pixels: bool = False) -> list[Cell]:
    """m from 10 to 100,000 at n_x = 100, n_x from 10 to 12,288 at m = 1000, and the slide's own case."""
    sizes = {(m, 100) for m in DEFAULT_M} | {(1_000, n_x) for n_x in DEFAULT_NX} | {SLIDE}
    return cells(sizes, dtypes, threads, pixels=pixels)


def cells(
    sizes: Iterable[tuple[int, int]], dtypes: Sequence[Dtype], threads: int, *, pixels: bool = False
) -> list[Cell]:
    """The cells of the given sizes (m, n_x), the smallest first: the small ones predict what the large ones cost."""
    chosen = [Cell(m, n_x, dtype, threads, pixels) for m, n_x in set(sizes) for dtype in dtypes]
    return sorted(chosen, key=lambda cell: (cell.m * cell.n_x, cell))


def full_cells(dtypes: Sequence[Dtype], threads: int, *, pixels: bool = False) -> list[Cell]:
    """Every FULL_M with every FULL_NX up to FULL_BYTES: coarse grids first, as `stage` has it."""
    sizes = [(m, n_x) for m in FULL_M for n_x in FULL_NX if 8 * m * n_x <= FULL_BYTES]
    return sorted(cells(sizes, dtypes, threads, pixels=pixels), key=stage)


def stage(cell: Cell) -> int:
    """How soon a cell of the full grid is wanted: 0 for its corners and middle, 1 for the quarters, 2 for the rest.

    A coarse grid tells most of a model, and where the budget ends the finer ones have only refined it.
    """
    return max(_fineness(FULL_M, cell.m), _fineness(FULL_NX, cell.n_x))


def _fineness(sizes: Sequence[int], size: int) -> int:
    place, last = sizes.index(size), len(sizes) - 1
    coarse = (0, last // 2, last), (last // 4, last // 2 + last // 4)
    return next((fineness for fineness, places in enumerate(coarse) if place in places), len(coarse))


def equally_soon(_cell: Cell) -> int:
    """The stage of cells of which none is wanted before the others."""
    return 0
