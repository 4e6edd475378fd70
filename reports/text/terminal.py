"""The report on a terminal, in 80 columns; the answer comes last, where the eye is."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from gradrace.bench.results import Results
from gradrace.reports.analysis.analysis import Analysis, analyses
from gradrace.reports.analysis.grids import LEGEND, Grid, beaten, measured, reasons
from gradrace.reports.analysis.noise import noise_sentences
from gradrace.reports.analysis.side_by_side import side_by_side
from gradrace.reports.analysis.winners import sentence
from gradrace.reports.words import UNKNOWN

MAX_SECTIONS = 6
"""Tables on a terminal: a full grid has dozens, which report.md holds."""


def show(results: Results, console: Console | None = None) -> None:
    """Print the tables, what is absent and why, and the answer."""
    console = console or Console()
    run, absences = Analysis(results), results.absences
    for section in run.sections[:MAX_SECTIONS]:
        print_grid(console, measured(section, run.table, absences))
    if len(run.sections) > MAX_SECTIONS:
        console.print(Text(f"{len(run.sections) - MAX_SECTIONS} more tables are in report.md\n", style="dim"))
    for grid in run.grids:
        print_grid(console, grid)
    console.print(Text(f"{LEGEND}\n", style="dim"))
    for line in [*beaten(run.table), *reasons(absences), *noise_sentences(run.noise)]:
        console.print(Text(line))
    console.print()
    for crossover in [one for found in run.crossovers.values() for one in found]:
        console.print(Text(f"{sentence(crossover)}."))
    for line in run.headline:
        console.print(Text(line, style="bold"))


def show_side_by_side(several: Sequence[Results], console: Console | None = None) -> None:
    """Print the tables of the sizes that several results share, and what each says."""
    console = console or Console()
    each = analyses(several)
    for grid in side_by_side(each)[:MAX_SECTIONS]:
        print_grid(console, grid)
    for one in each:
        console.print(Text(one.answer, style="bold"))


def print_grid(console: Console, grid: Grid) -> None:
    """A grid whose labels head their groups, to save width; where it is short, a column and then names give way."""
    drawn = Table(
        title=Text(grid.title),
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        padding=0,
        pad_edge=False,
        show_edge=False,
    )
    widths = _widths(grid)
    columns = [column for column in range(len(grid.heads)) if column == 0 or _is_known(grid, column)]
    if sum(widths[column] for column in columns) + len(columns) - 1 > console.width:
        columns = [column for column in columns if column != grid.least]
    for column in columns:
        justify: JustifyMethod = "right" if column else "left"
        width = widths[column] if column else None
        drawn.add_column(Text(grid.heads[column]), justify=justify, vertical="bottom", overflow="ellipsis", width=width)
    for label, row in grid.labelled():
        if label:
            drawn.add_row(Text(f"{grid.along} = {label}", style="bold"))
        drawn.add_row(*(Text(row[column]) for column in columns))
    console.print(drawn)
    if grid.footnote:
        console.print(Text(grid.footnote, style="dim"))
    console.print()


def _is_known(grid: Grid, column: int) -> bool:
    """Whether a column has anything in it: without the slide's loop nobody has a speed-up over it."""
    return any(row[column] not in ("", UNKNOWN) for row in grid.rows)


def _widths(grid: Grid) -> list[int]:
    """The letters that each column needs."""
    return [max(map(len, [*head.split("\n"), *(row[i] for row in grid.rows)])) for i, head in enumerate(grid.heads)]
