"""Several results side by side: the same sizes on other machines, at other dates, in other precisions."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from gradrace.bench.text import duration
from gradrace.reports.analysis.analysis import Analysis
from gradrace.reports.analysis.tables import cell_of
from gradrace.reports.grid import Grid
from gradrace.reports.words import count, name_of, setting

MOST_TABLES = 12
"""Maximum number of sizes that get a table; after the first, those in most results precede, then the smallest."""


def tagged(several: Sequence[Analysis]) -> pd.DataFrame:
    """Return the rows of all results with two more columns.

    `run` is the letter of the result. `of` is the letter and the setting: A, float64, 2 threads.
    """
    parts = [one.table.assign(run=one.letter) for one in several]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(of=[f"{row.run}, {setting(cell_of(row))}" for row in table.itertuples()])


def side_by_side(several: Sequence[Analysis]) -> list[Grid]:
    """Return a table for each size with two columns or more: implementations down, results and settings across.

    The size that the answers describe comes first.
    """
    table = tagged(several).drop_duplicates(["of", "impl", "m", "n_x"])
    first = several[0].size
    held = table.groupby(["m", "n_x"]).of.nunique()
    shared = sorted(held[held > 1].items(), key=lambda item: (item[0] != first, -item[1], item[0][0] * item[0][1]))
    return [_grid(m, n_x, table[(table.m == m) & (table.n_x == n_x)]) for (m, n_x), _ in shared[:MOST_TABLES]]


def _grid(m: int, n_x: int, table: pd.DataFrame) -> Grid:
    times = table.pivot(index="impl", columns="of", values="median_s")
    fastest_first = times.min(axis=1).sort_values().index
    rows = [[name_of(impl), *map(duration, times.loc[impl])] for impl in fastest_first]
    heads = [of.replace(", ", "\n") for of in times.columns]
    return Grid(f"Side by side at m = {count(m)}, n_x = {count(n_x)}", ["implementation", *heads], rows)
