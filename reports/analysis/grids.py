"""Tables of a run's report."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Any

import pandas as pd

from gradrace.bench.results import ARITHMETIC, BASELINE, DESCENT_STEPS, MAIN, READING, Absence, Cell, by_elements
from gradrace.bench.stats import CONFIDENCE
from gradrace.bench.text import UNKNOWN, duration, significant
from gradrace.reports.analysis.fastest import CLEAR, TIE
from gradrace.reports.analysis.tables import Section, cell_of, in_cells
from gradrace.reports.grid import Grid
from gradrace.reports.words import (
    count,
    interval,
    listing,
    memory,
    name_of,
    percent,
    plain,
    product,
    sizes,
    sureness,
    times,
)

LEGEND = (
    f"Times are medians of one gradient, with {sureness(CONFIDENCE)} intervals unless another confidence is given. "
    f"Speed-up is relative to the slide's loop ({BASELINE}), within rounds where they are known. "
    "The limit is the longer of two times: to read X once as it is stored (pixels: one byte each), or to do the "
    "arithmetic alone, without memory; at tiny sizes it is one call. "
    "A gradient is right if its error / bound is at most 1. "
    f"Tied means not shown to be more than {percent(TIE - 1, 1)} slower than the fastest, by ratios within rounds; "
    f"with fewer than 6 shared rounds, not by a factor of {CLEAR:g}. "
    "Disturbed means that the limit was unsteady, or that a time is below it."
)

STAR = f"* fastest, or may be within {percent(TIE - 1, 1)} of it."
"""Meaning of the asterisk in tables of a terminal."""

MOST_NAMED = 3
"""Maximum number of names for one reason: a cell that exceeds the memory is skipped by all implementations."""

MOST_GLANCED = 6
"""Maximum number of rows of the terminal's table, so that a run prints at most 25 lines of 80 columns."""

DISTURBED = " disturbed"
"""Mark behind a share above 100 %."""

MOST_CELLS = 4
"""Maximum number of columns of cells that fit beside a name in 80 columns."""


def measured(section: Section, table: pd.DataFrame, absences: Sequence[Absence]) -> Grid:
    """Return the table of a section: figures cell by cell, the fastest first, then what is absent.

    The reasons are listed below the table.
    """
    along = section.along
    missing = section.absences(absences)
    here = section.rows(table)
    rows = [(cell_of(row), _row(row)) for row in here.itertuples()]
    rows += [(one.cell, [name_of(one.impl), "", one.outcome, "", "", "", "", ""]) for one in missing if one.cell]
    rows.sort(key=lambda row: section.cells.index(row[0]))
    return Grid(
        title=str(section),
        heads=["implementation", "", "median", "interval", "speed-up", "interval", "of the\nlimit", "error /\nbound"],
        rows=[words for _, words in rows],
        labels=[count(getattr(cell, along)) for cell, _ in rows] if along else [],
        along=along,
        absent=reasons(missing, along),
        footnote=_limit(here, section.cells, partial(_where, along)),
        marked=1,
        star=STAR,
        least=5,
    )


def glance(table: pd.DataFrame, cells: Sequence[Cell], impls: Sequence[str], absences: Sequence[Absence]) -> Grid:
    """Return one table of one cell, or of two beside each other: the rows of `measured` for these implementations."""
    grids = [measured(Section(None, (cell,)), table, absences) for cell in cells]
    names = [*map(name_of, impls)]
    if len(cells) == 1:
        return replace(grids[0], rows=[row for row in grids[0].rows if row[0] in names])
    each = [
        {row[0]: [f"{'*' if row[1] else ''}{row[2]}", row[4], _bare(row[6])] for row in grid.rows} for grid in grids
    ]
    limit = _limit(in_cells(table, cells), cells, partial(_where, ""))
    rows = [[name, *(word for found in each for word in found.get(name, [UNKNOWN] * 3))] for name in names]
    star = f"{STAR} " if any(word.startswith("*") for row in rows for word in row) else ""
    return Grid(
        title="",
        heads=[
            "implementation",
            *chain(*([f"{product(cell.m, cell.n_x)}\nmedian", "speed-up", "of limit"] for cell in cells)),
        ],
        rows=rows,
        footnote=f"{star}{limit}".rstrip(),
    )


def _bare(share: str) -> str:
    """Return a share of the limit without `disturbed`, which the footnote says: two would not fit."""
    return share.removesuffix(DISTURBED)


def glanced(table: pd.DataFrame, cells: Sequence[Cell]) -> list[str]:
    """Return the implementations of MAIN and the fastest of the others, the fastest in the first cell first."""
    order = [*dict.fromkeys(impl for cell in cells for impl in in_cells(table, [cell]).impl)]
    main = [impl for impl in order if impl in MAIN]
    others = [impl for impl in order if impl not in MAIN]
    shown = {*main, *others[: MOST_GLANCED - len(main)]}
    return [impl for impl in order if impl in shown]


def starting(table: pd.DataFrame, cell: Cell) -> Grid | None:
    """Return the table of what precedes the first step in one cell: start-up, prepare, first call, memory.

    The result is None if all of these are unknown.
    """
    figures = ["startup_s", "prepare_s", "first_call_s"]
    here = in_cells(table, [cell]).sort_values("impl")
    if here[[*figures, "peak_rss_bytes"]].isna().all(axis=None):
        return None
    facts = here.dropna(subset="facts")[["impl", "facts"]].itertuples(index=False)
    start_up = "Start-up: importing the libraries and making the very first call, compilation included."
    return Grid(
        title=f"Before the first step, at {sizes(cell)}",
        heads=["implementation", "start-up", "prepare", "first call", "peak memory"],
        rows=[
            [name_of(impl), *map(duration, seconds), memory(peak)]
            for impl, peak, *seconds in here[["impl", "peak_rss_bytes", *figures]].itertuples(index=False)
        ],
        footnote=" ".join([start_up, *(f"{name_of(impl)}: {plain(made)}." for impl, made in facts)]),
    )


def descents(table: pd.DataFrame) -> Grid | None:
    """Return the table of one step's time in a long descent; None if it wasn't measured.

    It shows the smallest cells, where a call costs more than its arithmetic.
    """
    steps = {(row.impl, cell_of(row)): row.step_s for row in table.dropna(subset="step_s").itertuples()}
    cells = sorted({cell for _, cell in steps}, key=by_elements)[:MOST_CELLS]
    if not cells:
        return None
    names = sorted({impl for impl, _ in steps}, key=lambda impl: steps.get((impl, cells[0]), math.inf))
    return Grid(
        title=f"One step of a descent of {count(DESCENT_STEPS)} steps",
        heads=["implementation", *(f"{product(cell.m, cell.n_x)}\n{cell.dtype}" for cell in cells)],
        rows=[[name_of(impl), *(duration(steps.get((impl, cell), math.nan)) for cell in cells)] for impl in names],
        footnote="Columns: m × n_x. Implementations that make all steps in one call of compiled code save calls.",
    )


def reasons(absences: Iterable[Absence], along: str | None = None) -> list[str]:
    """Return a line for each reason of an absence, with its sizes and implementations."""
    places: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for absence in absences:
        key = (absence.outcome, name_of(absence.impl), plain(absence.stage, 80), plain(absence.message))
        places[key] += [_place(absence.cell, along)] if absence.cell is not None else []
    names: defaultdict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    for (outcome, impl, stage, message), where in places.items():
        names[outcome, f"{' at ' if where else ''}{listing(where)}", stage, message].append(impl)
    return [
        f"{outcome}: {_named(impls)}{where} ({stage}): {message}"
        for (outcome, where, stage, message), impls in names.items()
    ]


def _named(impls: list[str]) -> str:
    """Return all names, or the first of many."""
    more = len(impls) - MOST_NAMED
    return listing(impls) if more <= 1 else listing([*impls[:MOST_NAMED], f"{more} more"])


def times_over_loop(row: Any) -> str:
    """Return the speed-up of a row of `tidy` as text; the slide's loop has "1×", without decimals."""
    return "1×" if row.impl == BASELINE else times(row.speedup)


def share_of_limit(share: float) -> str:
    """Return a share of the limit. No implementation is faster than the limit, so above 100 % that was disturbed."""
    return f"{percent(share)}{DISTURBED if share > 1 else ''}"


def _limit(rows: pd.DataFrame, cells: Sequence[Cell], where: Callable[[Sequence[Cell]], str]) -> str:
    """Return which of the two the limit is, and the cells where it was disturbed; empty if it wasn't measured.

    where: returns some of the cells as text, " at m = 10 and 20".
    """

    def some(chosen: pd.Series[bool]) -> list[Cell]:
        found = {cell_of(row) for row in rows[chosen].itertuples()}
        return [cell for cell in cells if cell in found]

    computing, disturbed = some(rows.limit == ARITHMETIC), some(rows.limit_disturbed)
    kinds: list[str] = [kind for kind in (ARITHMETIC, READING) if (rows.limit == kind).any()]
    named = f"{kinds[0]}{where(computing)}, else {kinds[1]}" if len(kinds) > 1 else listing(kinds)
    sentences = [f"Limit: {named}."] * bool(kinds) + [f"The limit was disturbed{where(disturbed)}."] * bool(disturbed)
    return " ".join(sentences)


def _where(along: str | None, cells: Sequence[Cell]) -> str:
    """Return cells as text: " at m = 10 and 20", both sizes if along is empty, nothing if it is None."""
    if along is None:
        return ""
    places = [count(getattr(cell, along)) if along else product(cell.m, cell.n_x) for cell in cells]
    return f" at {along and f'{along} = '}{listing(places)}"


def _place(cell: Cell, along: str | None) -> str:
    return sizes(cell) if along is None else f"{along} = {count(getattr(cell, along))}"


def _row(row: Any) -> list[str]:
    speedup = interval(row.speedup_low, row.speedup_high, times, row.speedup_confidence)
    return [
        name_of(row.impl),
        row.place,
        duration(row.median_s),
        interval(row.low_s, row.high_s, duration, row.confidence),
        times_over_loop(row),
        "" if row.impl == BASELINE else speedup,
        share_of_limit(row.share),
        significant(row.error_over_bound, 2),
    ]
