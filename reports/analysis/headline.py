"""The answer in words: what vectorizing and compiling bought, and who is fastest."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from gradrace.bench.results import BASELINE, ON_GPU, SLIDE, Absence, Cell
from gradrace.reports.analysis.tables import cell_of, in_cells
from gradrace.reports.words import duration, interval_in_words, listing, name_of, setting, sizes, times

DEFAULT = (1000, 100)
"""m, n_x of the cell that the headline speaks of if it was measured: it matters, and it fits a cache."""

DOING = {
    "vectorized": "vectorizing",
    "compiled": "compiling",
    "half-vectorized": "half-vectorizing",
    "autodiff": "automatic differentiation",
    "library": "a library",
    "distributed": "distributing",
}
"""What one does to the loop, the lecture's question first: the first two that were measured are told."""

_OTHER, _GPU = "another implementation", "a GPU"


def headline(table: pd.DataFrame, absences: Sequence[Absence] = ()) -> list[str]:
    """The sentences of the answer, from the rows of `tables.tidy`: medians, two significant digits, intervals."""
    cell = telling_cell(table)
    if cell is None:
        return ["Nothing was measured.", *_left_out(absences)]
    sentences = [*_answer(table, cell, f"At {sizes(cell)}"), *_left_out(absences)]
    slide = telling_cell(table[(table.m == SLIDE[0]) & (table.n_x == SLIDE[1])])
    if slide is not None and slide != cell:
        sentences += _answer(table, slide, f"In the slide's own case ({sizes(slide)})")
    return [*dict.fromkeys(sentences)]  # that the loop is missing is told once


def telling_cell(table: pd.DataFrame) -> Cell | None:
    """The cell that tells most: the slide's loop against rivals, the default sizes, many implementations, large."""
    impls: defaultdict[Cell, set[str]] = defaultdict(set)
    for row in table.itertuples():
        impls[cell_of(row)].add(row.impl)
    return max(impls, key=lambda cell: _tells(cell, impls[cell]), default=None)


def _tells(cell: Cell, impls: set[str]) -> tuple[Any, ...]:
    raced = BASELINE in impls and len(impls) > 1
    is_default = (cell.m, cell.n_x) == DEFAULT
    return raced, is_default, len(impls), cell.dtype == "float64", cell.m * cell.n_x, cell.threads


def _answer(table: pd.DataFrame, cell: Cell, opening: str) -> list[str]:
    if len(table[["dtype", "threads"]].drop_duplicates()) > 1 or cell.dtype != "float64":
        opening += f", {setting(cell)}"
    here = in_cells(table, [cell]).drop_duplicates("impl")
    if len(here) == 1:
        row = next(here.itertuples())
        return [f"{opening} {name_of(row.impl)} takes {_time(row)}; nothing else was measured there."]
    if BASELINE not in set(here.impl):
        return [
            _fastest(here, opening),
            f"The slide's loop ({BASELINE}) was not measured there: no speed-up over it is known.",
        ]
    return [_bought(here, opening), _fastest(here, "There")]


def _bought(here: pd.DataFrame, opening: str) -> str:
    """What each technique at its best made of the slide's loop."""
    loop = next(here[here.impl == BASELINE].itertuples())
    best: dict[str, Any] = {}
    for row in here[here.impl != BASELINE].itertuples():  # the fastest first
        best.setdefault(_GPU if row.impl.endswith(ON_GPU) else DOING.get(row.technique, _OTHER), row)
    shown = [doing for doing in (*DOING.values(), _OTHER) if doing in best][:2] + [_GPU] * (_GPU in best)
    (first, row), *more = [(doing, best[doing]) for doing in shown]
    effects = [f"made the loop {_effect(row, loop)}", *(f"{also} {_effect(row, loop)}" for also, row in more)]
    return f"{opening} {first} {', '.join(effects)}."


def _effect(row: Any, loop: Any) -> str:
    """150× faster (numpy_vectorized; 95 % interval 140–160×), or slower, or neither if the interval leaves it open."""
    ratio, low, high = row.speedup, row.speedup_low, row.speedup_high
    paired = math.isfinite(low)  # where the rounds are not known, the intervals of the two medians decide
    faster = low > 1 if paired else row.high_s < loop.low_s
    slower = high < 1 if paired else row.low_s > loop.high_s
    if not faster and not slower:
        return f"neither faster nor slower ({name_of(row.impl)})"
    if slower:
        ratio, low, high = 1 / ratio, 1 / high, 1 / low
    note = _interval(low, high, times, row.speedup_confidence)
    return f"{times(ratio, 2)} {'faster' if faster else 'slower'} ({'; '.join([name_of(row.impl), *note])})"


def _fastest(here: pd.DataFrame, opening: str) -> str:
    """Who is fastest, or between whom the intervals do not decide. here: one cell, the fastest first."""
    first = next(here.itertuples())
    tied = [row for row in here.itertuples() if row.low_s <= first.high_s]
    if len(tied) > 1:
        names = listing([f"{name_of(row.impl)} ({duration(row.median_s, 2)})" for row in tied])
        return f"{opening} {names} are the fastest; their intervals overlap, so that the order isn't certain."
    return f"{opening} {name_of(first.impl)} is the fastest, {_time(first)}."


def _left_out(absences: Sequence[Absence]) -> list[str]:
    """Say which implementations have no figures as they were wrong, or faster than is possible."""
    kinds = {"wrong": "Wrong gradient, so not timed", "implausible": "Faster than the limit, so left out"}
    names = {kind: sorted({name_of(one.impl) for one in absences if one.outcome == kind}) for kind in kinds}
    return [f"{words}: {listing(names[kind])}." for kind, words in kinds.items() if names[kind]]


def _time(row: Any) -> str:
    note = _interval(row.low_s, row.high_s, duration, row.confidence)
    return " ".join([duration(row.median_s, 2), "a gradient", *(f"({text})" for text in note)])


def _interval(low: float, high: float, write: Callable[[float, int], str], confidence: float) -> list[str]:
    """What is known of a figure's interval, or nothing where both ends round to one figure or none is known."""
    if confidence == 0:
        return ["one sample"]
    ends = write(low, 2), write(high, 2)
    return [] if ends[0] == ends[1] else [interval_in_words(*ends, confidence)]
