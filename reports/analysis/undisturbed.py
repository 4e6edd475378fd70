"""Times as they would be on a machine left alone, as far as a run can tell: what cost models are fitted to.

What disturbs makes samples longer, never shorter: so the lower quartile of an implementation's samples stands for it,
and not the median. What disturbs for longer than a cell takes makes everyone in it slower alike, as all run by turns:
so each time is divided by what the others there are off from their own models, the middle one of them. docs/cost.md
tells what that brings.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from statistics import median
from typing import TypeAlias

import pandas as pd

from gradrace.bench.race.cost_model import CostModel, fit
from gradrace.bench.results import LEAST_S, Cell, floor_of
from gradrace.reports.analysis.tables import CELL, SETTING, cell_of
from gradrace.reports.words import Setting

Times: TypeAlias = dict[str, dict[Cell, float]]
"""{implementation: {cell: seconds}}"""

LEAST_FITTED = 6
"""Cells, two more than a model has terms: the terms' intervals tell what so few leave open."""

LEAST_OTHERS = 3
"""Of whom the middle one tells what a cell was disturbed by: of two, neither is in the middle."""


def lower_quartiles(table: pd.DataFrame) -> dict[Setting, Times]:
    """Return the lower quartile of each implementation's samples in each cell, where a clock can see it."""
    seen = table[table.quick_s >= LEAST_S].drop_duplicates(["impl", *CELL])
    found: defaultdict[Setting, Times] = defaultdict(dict)
    for (impl, *where), rows in seen.groupby(["impl", *SETTING]):
        cells = map(cell_of, rows.itertuples())
        found[Setting(*where)][impl] = dict(zip(cells, rows.quick_s.tolist(), strict=True))
    return dict(found)


def undisturbed(table: pd.DataFrame) -> dict[Setting, Times]:
    """Return the lower quartiles, divided by what the others in the cell are off."""
    return {where: _cleared(times) for where, times in lower_quartiles(table).items()}


def fitted(times: Times) -> dict[str, CostModel]:
    """Return the model of each implementation that was measured in LEAST_FITTED cells or more."""
    found = {impl: _model(tuple(its.items())) for impl, its in times.items() if len(its) >= LEAST_FITTED}
    return {impl: model for impl, model in found.items() if model is not None}


@lru_cache(maxsize=256)
def _model(seen: tuple[tuple[Cell, float], ...]) -> CostModel | None:
    """Fit a model; remembered, as report, pictures, page and terminal ask for the same: of 1000 cells a second less."""
    return fit(dict(seen))


def _cleared(times: Times) -> Times:
    """Divide each time by what the others in the cell are off from their models."""
    off = {
        impl: {cell: seconds / by_model for cell, seconds in times[impl].items() if (by_model := model.seconds(cell))}
        for impl, model in fitted(times).items()
    }
    return {
        impl: {cell: seconds / _disturbance(off, impl, cell) for cell, seconds in its.items()}
        for impl, its in times.items()
    }


def _disturbance(off: Mapping[str, Mapping[Cell, float]], impl: str, cell: Cell) -> float:
    """Return how many times too long the others in a cell took, the middle one of them."""
    others = [
        math.log(its[cell])
        for other, its in off.items()
        if other != impl and cell in its and floor_of(other) == floor_of(impl)  # another device is disturbed by others
    ]
    return math.exp(median(others)) if len(others) >= LEAST_OTHERS else 1.0
