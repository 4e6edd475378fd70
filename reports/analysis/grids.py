"""The tables of a report as rows of words, which Markdown and the terminal then draw each in its own way."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from gradrace.bench.results import BASELINE, DESCENT_STEPS, Absence, Cell
from gradrace.bench.stats import CONFIDENCE
from gradrace.reports.analysis.tables import Section, cell_of, in_cells
from gradrace.reports.words import between, count, duration, listing, memory, percent, plain, significant, sizes, times

LEGEND = (
    f"Medians of the time of one gradient, with {percent(CONFIDENCE)} intervals where no other confidence is given. "
    f"Speed-up is over the slide's loop ({BASELINE}), taken within rounds where they are known. "
    "The limit is the time merely to read X once as it is given (of pixels a byte each), or at tiny sizes of one call. "
    "A right gradient has error / bound ≤ 1."
)


MOST_NAMED = 3
"""Of those that one reason concerns: a cell beyond the memory is skipped by all."""

MOST_CELLS = 4
"""Columns of cells that fit beside a name in 80 columns."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table in words.

    heads: of the columns, the first for names, the others for figures; a line end is where one may be broken.
    groups: (label, rows) of rows that belong together; the label is empty where there is one group only.
    along: what the labels are sizes of, m or n_x.
    absent: who is missing and why, line by line. footnote: what the heads can't say.
    least: the column that a page too narrow for all can do without best.
    """

    title: str
    heads: list[str]
    groups: list[tuple[str, list[list[str]]]]
    along: str | None = None
    absent: list[str] = field(default_factory=list)
    footnote: str = ""
    least: int | None = None


def measured(section: Section, table: pd.DataFrame, absences: Sequence[Absence]) -> Grid:
    """What was measured in a section, cell by cell, the fastest first, then what is absent; the reasons stand below."""
    along = section.along
    missing = section.absences(absences)
    rows: dict[Cell | None, list[list[str]]] = {cell: [] for cell in section.cells}
    for row in section.rows(table).itertuples():
        rows[cell_of(row)].append(_row(row))
    for absence in missing:
        rows[absence.cell].append([plain(absence.impl, 80), absence.outcome, "", "", "", "", ""])
    labels = [count(getattr(cell, along)) if along else "" for cell in section.cells]
    return Grid(
        title=str(section),
        heads=["implementation", "median", "interval", "speed-up", "interval", "of the\nlimit", "error /\nbound"],
        groups=[*zip(labels, rows.values(), strict=True)],
        along=along,
        absent=reasons(missing, along),
        least=4,
    )


def starting(table: pd.DataFrame, cell: Cell) -> Grid | None:
    """What comes before the first step in one cell; None where nothing of it is known."""
    figures = ["startup_s", "prepare_s", "first_call_s"]
    here = in_cells(table, [cell]).sort_values("impl")
    if here[[*figures, "peak_rss_bytes"]].isna().all(axis=None):
        return None
    rows = [
        [plain(impl, 80), *map(duration, seconds), memory(peak)]
        for impl, peak, *seconds in here[["impl", "peak_rss_bytes", *figures]].itertuples(index=False)
    ]
    return Grid(
        title=f"Before the first step, at {sizes(cell)}",
        heads=["implementation", "start-up", "prepare", "first call", "peak memory"],
        groups=[("", rows)],
        footnote=" ".join(
            [
                "Start-up: importing the libraries and the first call of all, where compilation shows.",
                *(
                    f"{plain(impl, 80)}: {plain(facts)}."
                    for impl, facts in here.dropna(subset="facts")[["impl", "facts"]].values
                ),
            ]
        ),
    )


def descents(table: pd.DataFrame) -> Grid | None:
    """The time of one step of a long descent, in the smallest cells: where a call costs more than what it computes."""
    known = table.dropna(subset="step_s")
    cells = sorted({cell_of(row) for row in known.itertuples()}, key=lambda cell: (cell.m * cell.n_x, cell))[
        :MOST_CELLS
    ]
    if not cells:
        return None
    steps = {(row.impl, cell_of(row)): row.step_s for row in known.itertuples()}
    names = sorted({impl for impl, _ in steps}, key=lambda impl: steps.get((impl, cells[0]), math.inf))
    rows = [[plain(impl, 80), *(duration(steps.get((impl, cell), math.nan)) for cell in cells)] for impl in names]
    return Grid(
        title=f"One step of a descent of {count(DESCENT_STEPS)} steps",
        heads=["implementation", *(f"{count(cell.m)} × {count(cell.n_x)}\n{cell.dtype}" for cell in cells)],
        groups=[("", rows)],
        footnote="At m × n_x. Implementations that make all steps in one call of compiled code save the calls.",
    )


def reasons(absences: Iterable[Absence], along: str | None = None) -> list[str]:
    """Why something is absent: a line for each reason, with the sizes that it holds for and whom it concerns there."""
    places: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for absence in absences:
        key = (absence.outcome, plain(absence.impl, 80), plain(absence.stage, 80), plain(absence.message))
        places[key] += [_place(absence.cell, along)] if absence.cell is not None else []
    names: defaultdict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    for (outcome, impl, stage, message), where in places.items():
        names[outcome, f"{' at ' if where else ''}{listing(where)}", stage, message].append(impl)
    return [
        f"{outcome}: {_named(impls)}{where} ({stage}): {message}"
        for (outcome, where, stage, message), impls in names.items()
    ]


def _named(impls: list[str]) -> str:
    """All names, or the first of many."""
    more = len(impls) - MOST_NAMED
    return listing(impls) if more <= 1 else listing([*impls[:MOST_NAMED], f"{more} more"])


def beaten(table: pd.DataFrame) -> list[str]:
    """Where an implementation beat the limit beyond doubt: then the limit is wrong, or something was not computed."""
    return [
        f"{plain(row.impl, 80)} beats the limit at {sizes(cell_of(row))} ({share(row.share)}): don't trust that cell"
        for row in table[table.share_low > 1].itertuples()
    ]


def share(ratio: float) -> str:
    """A share of the limit: 92 %, 0.31 %."""
    return "" if math.isnan(ratio) else f"{significant(100 * ratio, 2)} %"


def times_over_loop(row: Any) -> str:
    """The speed-up of a row of `tidy`. The slide's loop is as fast as itself, without decimals."""
    return "1×" if row.impl == BASELINE else times(row.speedup)


def _place(cell: Cell, along: str | None) -> str:
    return sizes(cell) if along is None else f"{along} = {count(getattr(cell, along))}"


def _row(row: Any) -> list[str]:
    speedup = interval(row.speedup_low, row.speedup_high, times, row.speedup_confidence)
    return [
        plain(row.impl, 80),
        duration(row.median_s),
        interval(row.low_s, row.high_s, duration, row.confidence),
        times_over_loop(row),
        "" if row.impl == BASELINE else speedup,
        share(row.share),
        significant(row.error_over_bound, 2),
    ]


def interval(low: float, high: float, write: Callable[[float], str], confidence: float) -> str:
    """An interval in words, with its confidence where that is less than it should be."""
    if confidence == 0:
        return "one sample"
    note = f" ({percent(confidence)})" if confidence < CONFIDENCE else ""
    return between(write(low), write(high)) + note
