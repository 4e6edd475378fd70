"""Each implementation's law of cost, fitted to the tidy table, and what it says of sizes that weren't measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from bench.law import LEAST_CELLS, Law, bounds, errors, fit
from bench.results import Cell
from reports.grids import Grid
from reports.tables import cell_of
from reports.words import between, count, duration, plain, setting, significant

SETTING = ["dtype", "threads", "pixels"]
TERMS = ("call", "example", "feature", "element")

LAW_COLUMNS = [
    *("impl", "technique", *SETTING, "cells", "start_elements"),
    *(f"{term}_{end}" for term in TERMS for end in ("s", "low_s", "high_s")),
    "error",
]


def laws(table: pd.DataFrame) -> dict[tuple[Any, ...], Law]:
    """{(impl, dtype, threads, pixels): law}, of those that were measured in LEAST_CELLS cells or more."""
    seen = {key: _seen(rows) for key, rows in table[table.median_s > 0].groupby(["impl", *SETTING])}
    fitted = {key: fit(cells) for key, cells in seen.items() if len(cells) >= LEAST_CELLS}
    return {key: law for key, law in fitted.items() if law is not None}


def law_table(table: pd.DataFrame) -> pd.DataFrame:
    """One row for each piece of each law, with LAW_COLUMNS.

    start_elements: m·n_x from which the piece holds. NAME_s, NAME_low_s, NAME_high_s: seconds for each call, example,
    feature and element, with 95 % intervals. error: the median relative error of the piece in its own cells.
    """
    rows = []
    for (impl, *where), law in laws(table).items():
        mine = table[(table[["impl", *SETTING]] == [impl, *where]).all(axis=1)]
        seen = _seen(mine)
        for piece, (low, high) in zip(law.pieces, bounds(law, seen), strict=True):
            own = {cell: seconds for cell, seconds in seen.items() if law.piece(cell) is piece}
            terms = [value for three in zip(piece.terms, low.terms, high.terms, strict=True) for value in three]
            error = float(np.median(np.abs(errors(law, own))))
            rows.append([impl, mine.technique.iloc[0], *where, len(own), piece.start, *terms, error])
    return pd.DataFrame(rows, columns=LAW_COLUMNS)


def law_grids(found: pd.DataFrame) -> list[Grid]:
    """A table of laws for each setting, those with the dearest elements first."""
    return [_grid(Cell(1, 1, *where), rows) for where, rows in found.groupby(SETTING)]


def _grid(where: Cell, rows: pd.DataFrame) -> Grid:
    dearest = rows.groupby("impl").element_s.transform("max")
    lines = []
    for row in rows.assign(dearest=dearest).sort_values(["dearest", "impl", "start_elements"]).itertuples():
        first = row.start_elements == 0
        lines.append([
            plain(row.impl, 80) if first else "",
            "" if first else count(int(float(f"{row.start_elements:.2g}"))),
            *(duration(getattr(row, f"{term}_s"), 2) for term in TERMS),
            f"{significant(100 * row.error, 2)} %",
        ])  # fmt: skip
        lines.append(["", "", *(_interval(row, term) for term in TERMS), ""])
    return Grid(
        title=f"The law of cost ({setting(where)})",
        heads=["implementation", "from\nm·n_x", "a call", "an\nexample", "a\nfeature", "an\nelement", "off by"],
        groups=[("", lines)],
        footnote=(
            "Time = a call + m examples + n_x features + m·n_x elements, fitted, with 95 % intervals below; from some "
            "m·n_x on with other terms where one law doesn't hold. Off by: the median relative error."
        ),
    )


def _interval(row: Any, term: str) -> str:
    low, high = (duration(getattr(row, f"{term}_{end}_s"), 2) for end in ("low", "high"))
    return between(low, high)


def _seen(rows: pd.DataFrame) -> dict[Cell, float]:
    return {cell_of(row): row.median_s for row in rows.drop_duplicates(["m", "n_x"]).itertuples()}
