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
from typing import Any, TypeAlias

import pandas as pd

from gradrace.bench.race.cost_model import LEAST_CELLS, CostModel, fit
from gradrace.bench.results import LEAST_S, Cell, floor_of

SETTING = ["dtype", "threads", "pixels"]

Key: TypeAlias = tuple[Any, ...]
"""impl, dtype, threads, pixels."""

Times: TypeAlias = dict[Cell, float]

LEAST_OTHERS = 3
"""Of whom the middle one tells what a cell was disturbed by: of two, neither is in the middle."""


def quick(table: pd.DataFrame) -> dict[Key, Times]:
    """{(impl, dtype, threads, pixels): {cell: the lower quartile of its samples}}, of what a clock can see."""
    seen = table[table.quick_s >= LEAST_S].drop_duplicates(["impl", *SETTING, "m", "n_x"])
    found: defaultdict[Key, Times] = defaultdict(dict)
    columns = (seen[name].tolist() for name in ("impl", *SETTING, "m", "n_x", "quick_s"))
    for impl, dtype, threads, pixels, m, n_x, seconds in zip(*columns, strict=True):
        found[impl, dtype, threads, pixels][Cell(m, n_x, dtype, threads, pixels)] = seconds
    return {key: found[key] for key in sorted(found)}


def undisturbed(table: pd.DataFrame) -> dict[Key, Times]:
    """Those times, divided by what the others in the cell are off."""
    seen = quick(table)
    off = _off(seen)
    return {
        key: {cell: seconds / _factor(off, key, cell) for cell, seconds in its.items()} for key, its in seen.items()
    }


def fitted(seen: Mapping[Key, Times]) -> dict[Key, CostModel]:
    """The model of each that was measured in LEAST_CELLS cells or more."""
    found = {key: _model(tuple(its.items())) for key, its in seen.items() if len(its) >= LEAST_CELLS}
    return {key: model for key, model in found.items() if model is not None}


@lru_cache(maxsize=256)
def _model(seen: tuple[tuple[Cell, float], ...]) -> CostModel | None:
    """Remembered, as report, pictures, page and terminal ask for the same: of 1000 cells a second less."""
    return fit(dict(seen))


def _off(seen: Mapping[Key, Times]) -> dict[Cell, dict[str, float]]:
    """Of each cell, {impl: how many times longer than by its model}."""
    found: defaultdict[Cell, dict[str, float]] = defaultdict(dict)
    for key, model in fitted(seen).items():
        for cell, seconds in seen[key].items():
            if (predicted := model.seconds(cell)) > 0:
                found[cell][key[0]] = seconds / predicted
    return dict(found)


def _factor(off: Mapping[Cell, Mapping[str, float]], key: Key, cell: Cell) -> float:
    others = [
        math.log(times)
        for impl, times in off.get(cell, {}).items()
        if impl != key[0] and floor_of(impl) == floor_of(key[0])  # another device is disturbed by others
    ]
    return math.exp(median(others)) if len(others) >= LEAST_OTHERS else 1.0
