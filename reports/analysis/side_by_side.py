"""Several results side by side: the same sizes on other machines, at other dates, in other precisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from gradrace.bench.results import Results
from gradrace.reports.analysis.grids import Grid
from gradrace.reports.analysis.headline import headline
from gradrace.reports.analysis.tables import cell_of, tidy
from gradrace.reports.words import UNKNOWN, count, duration, plain, setting

MOST_TABLES = 12
"""Sizes that get a table: those that most results have, the smallest first."""


class Named(NamedTuple):
    """Results, the letter they go by, what it stands for, and `tables.tidy` of them."""

    letter: str
    origin: str
    results: Results
    table: pd.DataFrame

    @property
    def sentences(self) -> list[str]:
        """The headline, the answer first."""
        return headline(self.table, self.results.absences)

    @property
    def answer(self) -> str:
        """The answer, and whose it is."""
        return f"{self.letter} ({self.origin}): {self.sentences[0]}"


def named(several: Sequence[Results]) -> list[Named]:
    """A, B, ..., each with its date and processor."""
    return [Named(_letter(place), _origin(one), one, tidy(one)) for place, one in enumerate(several)]


def tagged(several: Sequence[Named]) -> pd.DataFrame:
    """The rows of all, with the columns `run`, their letter, and `of`, letter and setting: A, float64, 2 threads."""
    parts = [one.table.assign(run=one.letter) for one in several]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(of=[f"{row.run}, {setting(cell_of(row))}" for row in table.itertuples()])


def side_by_side(several: Sequence[Named]) -> list[Grid]:
    """A table for each size that stands in two columns or more: implementations down, results and settings across."""
    table = tagged(several).drop_duplicates(["of", "impl", "m", "n_x"])
    held = table.groupby(["m", "n_x"]).of.nunique()
    shared = sorted(held[held > 1].items(), key=lambda item: (-item[1], item[0][0] * item[0][1]))
    return [_grid(m, n_x, table[(table.m == m) & (table.n_x == n_x)]) for (m, n_x), _ in shared[:MOST_TABLES]]


def _grid(m: int, n_x: int, rows: pd.DataFrame) -> Grid:
    times = rows.pivot(index="impl", columns="of", values="median_s")
    fastest_first = times.min(axis=1).sort_values().index
    lines = [
        [plain(impl, 80), *(UNKNOWN if pd.isna(seconds) else duration(seconds) for seconds in times.loc[impl])]
        for impl in fastest_first
    ]
    heads = [of.replace(", ", "\n") for of in times.columns]
    return Grid(f"Side by side at m = {count(m)}, n_x = {count(n_x)}", ["implementation", *heads], [("", lines)])


def _letter(place: int) -> str:
    """A to Z, then A1, B1, ..."""
    round_, number = divmod(place, 26)
    return chr(ord("A") + number) + (str(round_) if round_ else "")


def _origin(one: Results) -> str:
    """When and on which processor."""
    processor = one.machine.get("cpu")
    brand = processor.get("brand_raw") if isinstance(processor, dict) else None
    return f"{plain(one.datetime)[:16]}, {plain(str(brand or one.machine.get('node') or 'an unknown machine'), 60)}"
