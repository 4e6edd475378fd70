"""Comparison of a run with the run that it repeats, by shares of the limit: seconds don't compare across machines."""

from __future__ import annotations

from typing import Any

import pandas as pd

from gradrace.bench.results import Results
from gradrace.bench.text import UNKNOWN, duration
from gradrace.reports.analysis.grids import share_of_limit
from gradrace.reports.analysis.tables import tidy
from gradrace.reports.grid import Grid
from gradrace.reports.words import name_of, product, times

SHARED = ["impl", "m", "n_x", "dtype", "pixels"]
"""Columns that must be equal for two figures to be comparable; the number of threads may differ."""


def like(theirs: Results, ours: pd.DataFrame) -> Grid | None:
    """Return the share of the limit in both runs, for each implementation and size that both have; None without any.

    ours: rows of `tidy`.
    """
    both = tidy(theirs).drop_duplicates(SHARED).merge(ours.drop_duplicates(SHARED), on=SHARED)
    if both.empty:
        return None
    ordered = both.assign(elements=both.m * both.n_x).sort_values(
        ["elements", "m", "share_y"], ascending=[True, True, False]
    )
    return Grid(
        title="The repeated run (there) and this one (here)",
        heads=["implementation", "there", "of the\nlimit", "here", "of the\nlimit", "limit's share\nhere / there"],
        rows=[*map(_row, ordered.itertuples())],
        labels=[f"{product(row.m, row.n_x)}, {row.dtype}" for row in ordered.itertuples()],
        along="m × n_x",
        footnote="Above 1×, the implementation is closer to the limit here than there; ? marks ratios whose shares' "
        f"intervals overlap or are unknown. {UNKNOWN}: one limit is reading, the other arithmetic.",
    )


def _row(row: Any) -> list[str]:
    return [
        name_of(row.impl),
        duration(row.median_s_x),
        share_of_limit(row.share_x),
        duration(row.median_s_y),
        share_of_limit(row.share_y),
        f"{times(row.share_y / row.share_x, 2)}{' ?' * _is_open(row)}" if _is_comparable(row) else UNKNOWN,
    ]


def _is_comparable(row: Any) -> bool:
    """Return whether both shares are of the same limit, reading or arithmetic."""
    return bool(row.share_x) and row.limit_x == row.limit_y


def _is_open(row: Any) -> bool:
    """Return whether the intervals of both shares overlap or are unknown."""
    return not (row.share_low_y > row.share_high_x or row.share_high_y < row.share_low_x)
