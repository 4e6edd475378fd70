"""Summary in sentences: the speed-up by vectorizing and compiling, and the fastest implementation."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import pandas as pd

from gradrace.bench.race.sizes import TYPICAL
from gradrace.bench.results import BASELINE, FAULTS, SLIDE, Absence, Cell, Results
from gradrace.bench.stats import CONFIDENCE
from gradrace.bench.text import duration, significant
from gradrace.reports.analysis.fastest import named
from gradrace.reports.analysis.tables import by_cell, cell_of, in_cells
from gradrace.reports.words import interval_in_words, listing, name_of, number_of, setting, sizes, times

NO_LOOP = f"The slide's loop ({BASELINE}) was not measured there, so no speed-up over it is known."

FAULTY = {
    "wrong": "Wrong gradient, so not timed",
    "failed": "Failed, so not timed",
    "implausible": "Faster than the limit, so left out",
}
"""Faults in words, those of `FAULTS`."""

CONTESTANTS = {"numpy_vectorized": "vectorizing", "numba_loop": "compiling"}
"""Implementations that a headline always compares with the slide's loop, and their technique in words."""


def headline(
    table: pd.DataFrame,
    absences: Sequence[Absence] = (),
    most: int | None = None,
    instead: Mapping[Cell, str] | None = None,
) -> list[str]:
    """Return the answer in sentences, from the rows of `tables.tidy`: medians, two significant digits, intervals.

    absences: tell how many implementations were skipped in a cell.
    most: the number of cells of `told_cells` to describe; all by default.
    instead: sentences behind the answer in cells without the slide's loop, instead of NO_LOOP.
    """
    cells = told_cells(table)
    if not cells:
        return ["Nothing was measured."]
    openings = f"At {sizes(cells[0])}", f"In the slide's own case ({sizes(cells[-1])})"
    answers = (
        _answer(table, absences, *told, instead=instead or {}) for told in zip(cells[:most], openings, strict=False)
    )
    return [*dict.fromkeys(chain(*answers))]  # a missing loop is mentioned once


def told_cells(table: pd.DataFrame) -> list[Cell]:
    """Return the cells that the headline describes: the most informative one, then the slide's own if it is another."""
    slide = telling_cell(table[(table.m == SLIDE[0]) & (table.n_x == SLIDE[1])])
    return [*dict.fromkeys(cell for cell in (telling_cell(table), slide) if cell is not None)]


def telling_cell(table: pd.DataFrame) -> Cell | None:
    """Return the most informative cell: slide's loop measured, default sizes, many implementations, float64, large."""
    impls: defaultdict[Cell, set[str]] = defaultdict(set)
    for row in table.itertuples():
        impls[cell_of(row)].add(row.impl)
    return max(impls, key=lambda cell: _tells(cell, impls[cell]), default=None)


def common_size(several: Sequence[Results]) -> tuple[int, int] | None:
    """Return m and n_x of the most informative cell among the sizes that most results hold; None if no two share one.

    The answers of several results describe it, so that they can be compared with each other.
    """
    impls, runs = defaultdict[Cell, set[str]](set), defaultdict[tuple[int, int], set[int]](set)
    for number, one in enumerate(several):
        for cell, measured in by_cell(one).items():
            impls[cell] |= {*measured}
            runs[cell.m, cell.n_x].add(number)
    most = max(map(len, runs.values()), default=0)
    if most < 2:
        return None
    shared = [cell for cell in impls if len(runs[cell.m, cell.n_x]) == most]
    best = max(shared, key=lambda cell: _tells(cell, impls[cell]))
    return best.m, best.n_x


def _tells(cell: Cell, impls: set[str]) -> tuple[Any, ...]:
    raced = BASELINE in impls and len(impls) > 1
    is_typical = (cell.m, cell.n_x) == TYPICAL
    return raced, is_typical, len(impls), cell.dtype == "float64", cell.elements, cell.threads


def _answer(
    table: pd.DataFrame, absences: Sequence[Absence], cell: Cell, opening: str, *, instead: Mapping[Cell, str]
) -> list[str]:
    if len(table[["dtype", "threads"]].drop_duplicates()) > 1 or cell.dtype != "float64":
        opening += f", {setting(cell)}"
    here = in_cells(table, [cell]).drop_duplicates("impl")
    if len(here) == 1:
        row = next(here.itertuples())
        return [f"{opening} {name_of(row.impl)} takes {_time(row)}; nothing else was measured there."]
    rows = {row.impl: row for row in here.itertuples()}
    bought = list(_bought(rows)) if BASELINE in rows else []
    skipped = {one.impl for one in absences if one.outcome == "skipped" and one.cell in (cell, None)}
    measured = f" of the {len(rows)} measured" if len(skipped) >= len(rows) else ""
    fastest = _fastest(rows, compared=bool(bought), measured=measured)
    answer = f"{opening} {', '.join(bought)}. {fastest[0].upper()}{fastest[1:]}." if bought else f"{opening} {fastest}."
    if cell in instead:
        answer += f" {instead[cell]}"
    return [answer] if BASELINE in rows or cell in instead else [answer, NO_LOOP]


def fault_sentences(absences: Sequence[Absence], timed: Collection[str] = ()) -> list[str]:
    """Return which implementations are wrong, failed, or were faster than is possible: a sentence for each kind.

    timed: those that were timed at other sizes; they get the number of sizes at which they weren't.
    """
    places = {kind: Counter(one.impl for one in absences if one.outcome == kind) for kind in FAULTS}
    return [
        f"{FAULTY[kind]}: {listing([_at_fault(impl, found[impl], timed) for impl in sorted(found)])}."
        for kind, found in places.items()
        if found
    ]


def _at_fault(impl: str, places: int, timed: Collection[str]) -> str:
    return f"{name_of(impl)} (at {number_of(places, 'size')})" if impl in timed else name_of(impl)


def right_sentences(table: pd.DataFrame) -> list[str]:
    """Return the largest error / bound of all timed gradients in a sentence; empty if none was verified."""
    worst = table.error_over_bound.max()
    return [f"All timed gradients are right: error / bound is at most {significant(worst, 2)}."] if worst > 0 else []


def _bought(rows: Mapping[str, Any]) -> Iterator[str]:
    """Yield the speed-up of each of CONTESTANTS over the slide's loop, where it was measured."""
    loop = "the loop"
    for impl, doing in CONTESTANTS.items():
        if impl in rows:
            yield f"{doing} made {loop} {_effect(rows[impl], rows[BASELINE])}"
            loop = "it"


def _effect(row: Any, loop: Any) -> str:
    """Return "150× faster (NAME; 95 % interval 140–160×)", or slower, or neither if the interval includes 1."""
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


def _fastest(rows: Mapping[str, Any], *, compared: bool, measured: str) -> str:
    """Return which implementation is the fastest, or which are tied.

    Args:
        rows: Rows of one cell by implementation.
        compared: Whether speed-ups over the slide's loop precede, so that it isn't named again.
        measured: How many were measured, in words, if as many were skipped; empty otherwise.
    """
    best = [row for row in rows.values() if row.place]
    if not best:
        return "too few times are long enough for the clock to compare them"
    if len(best) > 1:
        return f"the fastest{measured} are {named([f'{name_of(row.impl)} ({_figures(row)})' for row in best])}, tied"
    (row,) = best
    if not _is_over_loop(row):
        return f"the fastest{measured} is {name_of(row.impl)}, {_time(row)}"
    if compared and row.impl in CONTESTANTS:
        return f"the fastest{measured} is {name_of(row.impl)} ({duration(row.median_s, 2)} a gradient)"
    note = _interval(row.speedup_low, row.speedup_high, times, row.speedup_confidence)
    words = "; ".join([f"{duration(row.median_s, 2)} a gradient", *note])
    over = "" if compared else " faster than the slide's loop"
    return f"the fastest{measured} is {name_of(row.impl)}, {times(row.speedup, 2)}{over} ({words})"


def _figures(row: Any) -> str:
    """Return speed-up and time of one member of a tie, with the interval if its confidence is below the usual."""
    if not _is_over_loop(row):
        note = _interval(row.low_s, row.high_s, duration, row.confidence)
        return "; ".join([duration(row.median_s, 2), *note * (row.confidence < CONFIDENCE)])
    note = _interval(row.speedup_low, row.speedup_high, times, row.speedup_confidence)
    unsure = row.speedup_confidence < CONFIDENCE
    return "; ".join([f"{times(row.speedup, 2)}, {duration(row.median_s, 2)}", *note * unsure])


def _is_over_loop(row: Any) -> bool:
    """Return whether a row has a speed-up over the slide's loop, and isn't the loop itself."""
    return row.impl != BASELINE and math.isfinite(row.speedup)


def _time(row: Any) -> str:
    note = _interval(row.low_s, row.high_s, duration, row.confidence)
    return " ".join([duration(row.median_s, 2), "a gradient", *(f"({text})" for text in note)])


def _interval(low: float, high: float, write: Callable[[float, int], str], confidence: float) -> list[str]:
    """Return the interval of a figure; empty if unknown, or if both ends round to the same at the usual confidence."""
    ends = write(low, 2), write(high, 2)
    return [] if ends[0] == ends[1] and not confidence < CONFIDENCE else [interval_in_words(*ends, confidence)]
