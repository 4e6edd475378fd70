"""Default sizes of a race or a check, and the order in which they are wanted; without NumPy or SciPy.

The command line reads options with this module, and reports a typo before these packages are imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from gradrace.bench.results import SLIDE, Cell, Dtype, by_elements

DEFAULT_M = (10, 100, 1_000, 10_000, 100_000)
DEFAULT_NX = (10, 100, 1_000, 12_288)


FULL_M = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
FULL_NX = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 12_288)
"""Sizes of the full grid in half decades, which show a cost model where one piece ends and the next begins."""

FULL_BYTES = 1 << 30
"""Largest size of X in bytes in the full grid. All implementations' copies of a larger one would not fit most memories.
"""

TYPICAL = (1_000, 100)
"""Size m, n_x that a report describes first if it was measured: a realistic one that fits a cache."""

CHECKED = ((10, 10), TYPICAL, SLIDE, (100_000, 100))
"""Default sizes of a check: a call's own cost, in cache, wide and tall from memory."""

TOLD_IN_SECONDS = CHECKED[:3]
"""Sizes of a quick comparison of two implementations."""

WEEK_S = 7 * 24 * 3600.0
"""Longest budget in seconds. Timeouts of processes count milliseconds in 32 bits, which end after 24 days."""

Stage: TypeAlias = Callable[[Cell], int]
"""Function that returns a cell's priority: 0 is first."""


def default_cells(dtypes: Sequence[Dtype], threads: int, *, pixels: bool = False) -> list[Cell]:
    """Return the default grid, which includes the slide's own case.

    m runs from 10 to 100,000 at n_x = 100, and n_x from 10 to 12,288 at m = 1000.
    """
    sizes = {(m, 100) for m in DEFAULT_M} | {(1_000, n_x) for n_x in DEFAULT_NX} | {SLIDE}
    return cells(sizes, dtypes, threads, pixels=pixels)


def cells(
    sizes: Iterable[tuple[int, int]], dtypes: Sequence[Dtype], threads: int, *, pixels: bool = False
) -> list[Cell]:
    """Return the cells of the given sizes (m, n_x).

    The smallest are first, as they predict the costs of the large ones.
    """
    chosen = [Cell(m, n_x, dtype, threads, pixels) for m, n_x in set(sizes) for dtype in dtypes]
    return sorted(chosen, key=by_elements)


def full_cells(dtypes: Sequence[Dtype], threads: int, *, pixels: bool = False) -> list[Cell]:
    """Return the cells of every FULL_M with every FULL_NX up to FULL_BYTES, ordered by `stage`: coarse grids first."""
    sizes = [(m, n_x) for m in FULL_M for n_x in FULL_NX if 8 * m * n_x <= FULL_BYTES]
    return sorted(cells(sizes, dtypes, threads, pixels=pixels), key=stage)


def stage(cell: Cell) -> int:
    """Return the priority of a cell of the full grid: 0 for corners and middle, 1 for the quarters, 2 for the rest.

    A coarse grid determines most of a model. If the budget ends early, only refinements are missing.
    """
    return max(_fineness(FULL_M, cell.m), _fineness(FULL_NX, cell.n_x))


def _fineness(sizes: Sequence[int], size: int) -> int:
    place, last = sizes.index(size), len(sizes) - 1
    coarse = (0, last // 2, last), (last // 4, last // 2 + last // 4)
    return next((fineness for fineness, places in enumerate(coarse) if place in places), len(coarse))


def typical_first(cell: Cell) -> int:
    """Return the priority of a cell of any other grid: 0 for TYPICAL, 1 for the others.

    On a busy machine, a budget of 20 s skipped the fastest implementation at the very size that a report begins with.
    """
    return int((cell.m, cell.n_x) != TYPICAL)
