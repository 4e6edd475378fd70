"""Times corrected for disturbances, to which cost models are fitted.

Disturbances make samples longer, never shorter, so the lower quartile of an implementation's samples is used instead of
the median. A disturbance longer than a cell slows all of its implementations alike, as they are sampled in turn. Each
time is therefore divided by the median factor by which the other implementations in the cell exceed their own models.
docs/cost.md says how much this improves the models.
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
"""Times by implementation and cell: {implementation: {cell: seconds}}."""

LEAST_FITTED = 6
"""Minimum number of cells for a model, two more than its terms.

The terms' intervals show what so few cells leave open.
"""

LEAST_OTHERS = 3
"""Minimum number of other implementations whose median measures the disturbance of a cell; two have no middle one."""


def lower_quartiles(table: pd.DataFrame) -> dict[Setting, Times]:
    """Return the lower quartile, in seconds, of each implementation's samples in each cell.

    Times that the clock can't resolve are left out.
    """
    seen = table[table.quick_s >= LEAST_S].drop_duplicates(["impl", *CELL])
    found: defaultdict[Setting, Times] = defaultdict(dict)
    for (impl, *where), rows in seen.groupby(["impl", *SETTING]):
        cells = map(cell_of, rows.itertuples())
        found[Setting(*where)][impl] = dict(zip(cells, rows.quick_s.tolist(), strict=True))
    return dict(found)


def undisturbed(table: pd.DataFrame) -> dict[Setting, Times]:
    """Return the lower quartiles in seconds, divided by the disturbance that the other implementations show."""
    return {where: _cleared(times) for where, times in lower_quartiles(table).items()}


def fitted(times: Times) -> dict[str, CostModel]:
    """Return the model of each implementation that was measured in at least LEAST_FITTED cells."""
    found = {impl: _model(tuple(its.items())) for impl, its in times.items() if len(its) >= LEAST_FITTED}
    return {impl: model for impl, model in found.items() if model is not None}


@lru_cache(maxsize=256)
def _model(seen: tuple[tuple[Cell, float], ...]) -> CostModel | None:
    """Fit a model, with a cache: report, pictures, page and terminal need the same ones (1 s less for 1000 cells)."""
    return fit(dict(seen))


def _cleared(times: Times) -> Times:
    """Return each time divided by the disturbance of its cell."""
    off = {
        impl: {cell: seconds / by_model for cell, seconds in times[impl].items() if (by_model := model.seconds(cell))}
        for impl, model in fitted(times).items()
    }
    return {
        impl: {cell: seconds / _disturbance(off, impl, cell) for cell, seconds in its.items()}
        for impl, its in times.items()
    }


def _disturbance(off: Mapping[str, Mapping[Cell, float]], impl: str, cell: Cell) -> float:
    """Return the median factor by which the others in a cell exceed their models; 1 for fewer than LEAST_OTHERS."""
    others = [
        math.log(its[cell])
        for other, its in off.items()
        if other != impl and cell in its and floor_of(other) == floor_of(impl)  # another device has other disturbances
    ]
    return math.exp(median(others)) if len(others) >= LEAST_OTHERS else 1.0
