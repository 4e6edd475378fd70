"""A run beside the one that it repeats: seconds say nothing across machines, shares of the limit do."""

from __future__ import annotations

from typing import Any

from bench.results import Results
from reports.grids import Grid, share
from reports.tables import cell_of, tidy
from reports.words import UNKNOWN, duration, plain, sizes, times

SHARED = ["impl", "m", "n_x", "dtype", "pixels"]
"""What makes two figures comparable; threads may be fewer here."""


def like(theirs: Results, ours: Results) -> Grid | None:
    """Each implementation and size that both have: its share of the limit there and here; None where there is none."""
    both = tidy(theirs).drop_duplicates(SHARED).merge(tidy(ours).drop_duplicates(SHARED), on=SHARED)
    if both.empty:
        return None
    ordered = both.assign(elements=both.m * both.n_x).sort_values(
        ["elements", "m", "share_y"], ascending=[True, True, False]
    )
    groups: dict[str, list[list[str]]] = {}
    for row in ordered.rename(columns={"threads_y": "threads"}).itertuples():
        groups.setdefault(f"{sizes(cell_of(row))}, {row.dtype}", []).append(_row(row))
    return Grid(
        title="There and here",
        heads=["implementation", "there", "of the\nlimit", "here", "of the\nlimit", "limit's share\nhere / there"],
        groups=[*groups.items()],
        along="at",
        footnote="Above 1×, it comes nearer to this machine's limit than it came to that one's.",
    )


def _row(row: Any) -> list[str]:
    return [
        plain(row.impl, 80),
        duration(row.median_s_x),
        share(row.share_x),
        duration(row.median_s_y),
        share(row.share_y),
        times(row.share_y / row.share_x, 2) if row.share_x else UNKNOWN,
    ]
