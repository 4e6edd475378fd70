"""Each implementation's cost model, fitted to the tidy table, and what it says of sizes that weren't measured."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from gradrace.bench.race.cost_model import AXES, CostModel, Region, bounds, errors
from gradrace.bench.results import Cell
from gradrace.reports.analysis.grids import Grid
from gradrace.reports.analysis.undisturbed import SETTING, Key, fitted, undisturbed
from gradrace.reports.words import between, count, duration, plain, setting, significant

TERMS = ("call", "example", "feature", "element")

COST_MODEL_COLUMNS = [
    *("impl", "technique", *SETTING, "cells", "region"),
    *(f"{term}_{end}" for term in TERMS for end in ("s", "low_s", "high_s")),
    "error",
]


def models(table: pd.DataFrame) -> dict[Key, CostModel]:
    """{(impl, dtype, threads, pixels): model}, of those that were measured in LEAST_CELLS cells or more."""
    return fitted(undisturbed(table))


def cost_model_table(table: pd.DataFrame) -> pd.DataFrame:
    """One row for each piece of each model, with COST_MODEL_COLUMNS.

    region: the sizes that the piece holds for, a `cost_model.Region`. NAME_s, NAME_low_s, NAME_high_s: seconds for each
    call, example, feature and element, with 95 % intervals. error: the median relative error of the piece in its cells.
    """
    rows = []
    seen = undisturbed(table)
    techniques = dict(zip(table.impl, table.technique, strict=True))
    for key, model in fitted(seen).items():
        for piece, (low, high) in zip(model.pieces, bounds(model, seen[key]), strict=True):
            own = {cell: seconds for cell, seconds in seen[key].items() if model.piece(cell) is piece}
            terms = [value for three in zip(piece.terms, low.terms, high.terms, strict=True) for value in three]
            error = float(np.median(np.abs(errors(model, own))))
            impl, *where = key
            rows.append([impl, techniques[impl], *where, len(own), piece.region, *terms, error])
    return pd.DataFrame(rows, columns=COST_MODEL_COLUMNS)


def sizes_of(region: Region) -> str:
    """The sizes of a region: m < 55, m·n_x ≥ 95,000; nothing of all."""
    parts = []
    for axis, low, high in zip(AXES, region.low, region.high, strict=True):
        parts += [f"{axis} ≥ {_rounded(low)}"] if low else []
        parts += [f"{axis} < {_rounded(high)}"] if math.isfinite(high) else []
    return ", ".join(parts)


def cost_model_grids(found: pd.DataFrame) -> list[Grid]:
    """A table of models for each setting, those with the dearest elements first."""
    return [_grid(Cell(1, 1, *where), rows) for where, rows in found.groupby(SETTING)]


def _grid(where: Cell, rows: pd.DataFrame) -> Grid:
    dearest = rows.groupby("impl").element_s.transform("max")
    lines = []
    before = None
    for row in rows.assign(dearest=dearest).sort_values(["dearest", "impl"], kind="stable").itertuples():
        lines.append([
            plain(row.impl, 80) if row.impl != before else "",
            *(duration(getattr(row, f"{term}_s"), 2) for term in TERMS),
            f"{significant(100 * row.error, 2)} %",
        ])  # fmt: skip
        region = sizes_of(row.region).replace(" ", "").replace(",m", " m").replace(",n", " n")  # 80 columns are few
        lines.append([region, *(_interval(row, term) for term in TERMS), ""])
        before = row.impl
    return Grid(
        title=f"The cost model ({setting(where)})",
        heads=["implementation", "a call", "an\nexample", "a\nfeature", "an\nelement", "off by"],
        groups=[("", lines)],
        footnote=(
            "Time = a call + m examples + n_x features + m·n_x elements, fitted, with 95 % intervals below; with other "
            "terms for the sizes named there where one model doesn't hold. Fitted to lower quartiles of samples, "
            "divided by what the others in the cell were off: times of a machine left alone. Off by: the median "
            "relative error."
        ),
    )


def _interval(row: Any, term: str) -> str:
    low, high = (duration(getattr(row, f"{term}_{end}_s"), 2) for end in ("low", "high"))
    return between(low, high)


def _rounded(size: float) -> str:
    return count(int(float(f"{size:.2g}")))
