"""Titles of a race's figures: the time of the slide's loop, the fastest, and its share of the limit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from gradrace.bench.results import BASELINE
from gradrace.bench.text import duration, significant
from gradrace.reports.analysis.fastest import named
from gradrace.reports.analysis.headline import CONTESTANTS
from gradrace.reports.analysis.tables import FASTEST, TIED
from gradrace.reports.figures.styles import label
from gradrace.reports.words import between, count, listing, percent, times


def last_race(along: str, rows: pd.DataFrame) -> str:
    """Return the race as text at the largest size that the slide's loop, if measured at all, was measured at."""
    raced = rows[along][rows.impl == BASELINE]
    largest = (rows[along] if raced.empty else raced).max()
    return race(rows[rows[along] == largest], f"At {along} = {count(int(largest))}")


def race(rows: pd.DataFrame, opening: str) -> str:
    """Return the slide's loop (or the slowest) and the fastest of one cell as text.

    rows: rows of that cell, the fastest first.
    """
    everyone = [*rows.itertuples()]
    best = [row for row in everyone if row.place]
    slow: Any = next((row for row in everyone if row.impl == BASELINE), everyone[-1])
    time = duration(slow.median_s, 2)
    if slow.place == TIED:
        return f"{opening} {named([*map(_called, best)])} are tied at {_times(best)}"
    if slow.place == FASTEST:
        return f"{opening} {_called(slow)} is the fastest with {time}"
    rival = f", {_winners(best)} {_times(best)}" if best else ""
    return f"{opening} {_called(slow)} takes {time}{rival}"


def _called(row: Any) -> str:
    return "the slide's loop" if row.impl == BASELINE else label(row.impl)


def _winners(best: Sequence[Any]) -> str:
    """Return the name of the fastest, or the names of those that are tied. best: their rows."""
    return named([label(row.impl) for row in best]) + " (tied)" * (len(best) > 1)


def _times(best: Sequence[Any]) -> str:
    return _range([row.median_s for row in best], duration)


def _range(figures: Sequence[float], write: Callable[[float, int], str]) -> str:
    """Return the range of the figures as text, or a single figure if both ends round to the same."""
    low, high = write(min(figures), 2), write(max(figures), 2)
    return low if low == high else between(low, high)


def nearest(along: str, rows: pd.DataFrame) -> str:
    """Return the share of the limit that the fastest reaches at the largest size."""
    largest = rows[along].max()
    there = [*rows[rows[along] == largest].itertuples()]
    best = [row for row in there if row.place] or there[:1]
    verb = "reach" if len(best) > 1 else "reaches"
    disturbed = ", which was disturbed" if any(row.limit_disturbed for row in best) else ""
    where = f"At {along} = {count(int(largest))}"
    limit = f"the limit ({listing(sorted({row.limit for row in best}))})"
    return f"{where} {_winners(best)} {verb} {_range([row.share for row in best], percent)} of {limit}{disturbed}"


def largest_error(rows: pd.DataFrame) -> str:
    """Return the largest error / bound and its implementation; rounding alone explains up to 1."""
    worst: Any = next(rows.sort_values("error_over_bound", ascending=False).itertuples())
    return f"The largest error is {significant(worst.error_over_bound, 2)} of the bound ({label(worst.impl)})"


def most_speedup(rows: pd.DataFrame) -> str:
    """Return the largest speed-up of vectorizing, compiling and the fastest over the slide's loop along a slice."""
    rivals = rows[rows.impl != BASELINE]
    speedups = rivals.groupby("impl").speedup.max().to_dict()
    gains = [(doing, times(speedups[impl], 2)) for impl, doing in CONTESTANTS.items() if speedups.get(impl, 0) > 1]
    placed = rivals[rivals.place != ""]
    top: Any = (rivals if placed.empty else placed).sort_values("speedup").iloc[-1]
    best = [*placed[(placed.m == top.m) & (placed.n_x == top.n_x)].itertuples()] or [top]
    speedup = _range([row.speedup for row in best], times)
    if not gains:
        verb = "are" if len(best) > 1 else "is"
        return f"{_winners(best)} {verb} at most {speedup} as fast as the slide's loop"
    if not {row.impl for row in best} & {*CONTESTANTS}:
        gains.append((_winners(best), speedup))
    (first, most), *more = gains
    others = "".join(f", {doing} {its}" for doing, its in more)
    return f"{first.capitalize()} makes the slide's loop up to {most} faster{others}"
