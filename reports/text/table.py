"""A table on a terminal, fitted to its width."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rich import box
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from gradrace.bench.text import UNKNOWN
from gradrace.reports.grid import Grid

LEAST_NAME, LEAST_COLUMNS = 16, 2
"""Letters to which names are cut, and columns that are kept, before more columns are dropped in a narrow terminal."""


def print_grid(console: Console, grid: Grid) -> None:
    """Print a grid, with labels as heads of their groups.

    If it is too wide, the marked column becomes an asterisk, which the footnote explains. Then the least important
    column is dropped, then names are cut to LEAST_NAME letters, then the last columns are dropped.
    """
    drawn = Table(
        title=Text(grid.title) if grid.title else None,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        padding=0,
        pad_edge=False,
        show_edge=False,
    )
    columns = [column for column in range(len(grid.heads)) if column == 0 or _is_known(grid, column)]
    if _width(grid, columns) > console.width and grid.marked in columns:
        columns = [column for column in columns if column != grid.marked]
        rows = [_marked(row, grid.marked) for row in grid.rows]
        note = f"{grid.star} {grid.footnote}".strip() if rows != grid.rows else grid.footnote
        grid = replace(grid, rows=rows, footnote=note)
    if _width(grid, columns) > console.width:
        columns = [column for column in columns if column != grid.least]
    widths = _widths(grid)
    longer = max(0, widths[0] - LEAST_NAME)
    while _width(grid, columns) - longer > console.width and len(columns) > LEAST_COLUMNS:
        columns.pop()
    for column in columns:
        justify: JustifyMethod = "right" if column else "left"
        width = widths[column] if column else None
        drawn.add_column(Text(grid.heads[column]), justify=justify, vertical="bottom", overflow="ellipsis", width=width)
    for label, row in grid.labelled():
        if label:
            drawn.add_row(Text(f"{grid.along} = {label}" if grid.along else label, style="bold"))
        drawn.add_row(*(Text(row[column]) for column in columns))
    console.print(drawn)
    if grid.footnote:
        console.print(Text(grid.footnote, style="dim"))
    console.print()


def show_sentences(sentences: Iterable[str]) -> None:
    """Print each sentence, broken between words on a terminal; elsewhere as one line."""
    console = Console()
    for sentence in sentences:
        console.print(Text(sentence), soft_wrap=not console.is_terminal)


def print_lines(console: Console, lines: Iterable[str], style: str = "") -> None:
    """Print lines, each broken between words at the console's width."""
    for line in lines:
        console.print(Text(line, style=style))


def print_line(console: Console, line: str) -> None:
    """Print a line without breaking it, as other programs may read it."""
    console.print(Text(line), soft_wrap=True)


def _is_known(grid: Grid, column: int) -> bool:
    """Return whether a column has any entry: without the slide's loop there are no speed-ups over it."""
    return any(row[column] not in ("", UNKNOWN) for row in grid.rows)


def _marked(row: list[str], column: int | None) -> list[str]:
    return [f"{row[0]} *", *row[1:]] if column and row[column] else row


def _width(grid: Grid, columns: list[int]) -> int:
    widths = _widths(grid)
    return sum(widths[column] for column in columns) + len(columns) - 1


def _widths(grid: Grid) -> list[int]:
    """Return the number of letters that each column needs."""
    return [max(map(len, [*head.split("\n"), *(row[i] for row in grid.rows)])) for i, head in enumerate(grid.heads)]
