"""Which cells, what they will cost, and which of it a budget can't hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from gradrace.bench.race.cost_model import CostModel, fit
from gradrace.bench.results import FLOORS, SLIDE, Cell, Dtype

PILOTS = ((4, 3), (256, 3), (4, 256), (256, 256))
"""Sizes (m, n_x) that tell the four terms of a model apart, and take even a slow implementation well under a second."""

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


Stage: TypeAlias = Callable[[Cell], int]
"""How soon a cell is wanted: 0 first."""


SET_UP = "(set-up)"
"""What making, saving and verifying a problem costs is predicted under this name."""

COMPANIONS = (*FLOORS, SET_UP)
"""What a cell needs beside the implementations."""

CLOCK_S = 1e-9
"""The step of the clock; a relative error needs times above 0."""


class Forecast:
    """The seconds that something has taken in the cells so far, by name and dtype, and what that predicts."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, Dtype], dict[Cell, float]] = {}
        self._models: dict[tuple[str, Dtype], CostModel | None] = {}

    def note(self, name: str, cell: Cell, seconds: float) -> None:
        """It took so many seconds in a cell, or less than the clock can see."""
        self._seen.setdefault((name, cell.dtype), {})[cell] = max(seconds, CLOCK_S)
        self._models.pop((name, cell.dtype), None)

    def seconds(self, name: str, cell: Cell) -> float:
        """What it will take in another cell; 0 if it has never been seen."""
        key = name, cell.dtype
        if key not in self._models:
            self._models[key] = fit(self._seen.get(key, {}))
        model = self._models[key]
        return 0.0 if model is None else model.seconds(cell)


def about(seconds: float) -> str:
    """A prediction in words, to two digits: 0.0013 s, 250 s."""
    return f"about {float(f'{seconds:.2g}'):g} s"


def equally_soon(_cell: Cell) -> int:
    """The stage of cells of which none is wanted before the others."""
    return 0


def too_much(
    needs: Mapping[tuple[Cell, str], float], budget_s: float, stage: Stage = equally_soon
) -> set[tuple[Cell, str]]:
    """Of {(cell, implementation): seconds}, what to leave out so that the rest fits: the dearest, as few as will do.

    What is wanted later, by its stage, goes before anything that is wanted sooner.
    The limit and the set-up stay in a cell as long as anyone does, and go with the last: without the limit nobody's
    share of it is known, and a problem that nobody races on need not be made.
    """
    total_s = sum(needs.values())
    racing = Counter(cell for cell, name in needs if name not in COMPANIONS)
    left_out = set()
    for entry in sorted(needs, key=lambda entry: (stage(entry[0]), needs[entry]), reverse=True):
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


WEEK_S = 7 * 24 * 3600.0
"""The longest budget: waiting for a process counts milliseconds in 32 bits, which end after 24 days."""
