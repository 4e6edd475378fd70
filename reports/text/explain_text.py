"""Explanation of an implementation on a terminal: its lines beside the formulas, cost model, parts of its time."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gradrace.bench.results import Cell, Results
from gradrace.bench.text import UNKNOWN, duration
from gradrace.impls.discovery import Source
from gradrace.reports.analysis.analysis import Analysis
from gradrace.reports.analysis.cost_models import NEAR, TERMS, Predictor, cost_model_grids
from gradrace.reports.analysis.grids import share_of_limit, times_over_loop
from gradrace.reports.analysis.tables import cell_of
from gradrace.reports.grid import Grid
from gradrace.reports.text.explain import Function, Line, explain, overview
from gradrace.reports.text.table import print_grid
from gradrace.reports.words import Setting, interval, listing, name_of, percent, product, setting

SIZES = ((10, 10), (1000, 100), (209, 12_288), (100_000, 100))
"""Sizes at which the parts of the time are shown: a call's own cost, in cache, the slide's, from memory."""


MOST_MEASURED = 12
"""Largest number of measured sizes in the table, so that it fits a screen."""

HANGING = 8
"""Letters by which the rest of a long line of code is indented more than its beginning."""


FEW = 3
"""Largest number of functions that are shown without an overview, as they fit a screen."""


def show(source: Source, results: Results | None, console: Console | None = None) -> None:
    """Print the explanation. results: of a run that measured the implementation, if there is one."""
    console = console or Console()
    console.print(Text(f"{source.name}: {source.description()}\n", style="bold"))
    functions = explain(source)
    if len(functions) > FEW:
        _show_overview(functions, console)
    for function in functions:
        console.print(Text(f"{function.file}", style="dim"))
        for line in function.lines:
            for text in beside(line, console.width):
                console.print(text)
        console.print()
    if not any(line.formula for function in functions for line in function.lines):
        console.print(Text("None of its lines computes a formula: a library does.\n"))
    if results:
        _show_times(source.name, Analysis(results), console)


def _show_overview(functions: Sequence[Function], console: Console) -> None:
    """Print each formula with the functions that compute it, and their files."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="cyan", no_wrap=True)
    for formula, its in overview(functions).items():
        files = dict.fromkeys(one.file for one in its)
        named = [f"{', '.join(one.name for one in its if one.file == file)} ({file})" for file in files]
        table.add_row(Text(formula), Text(", ".join(named)))
    console.print(Text(f"{len(functions)} functions follow, in the order of the calls. These compute the formulas:"))
    console.print(table)
    console.print()


def beside(line: Line, width: int) -> Iterator[Text]:
    """Yield the line, with its formula at the right end, or below it if both don't fit in one line."""
    *most, last = _wrapped(line.code, width)
    yield from map(Text, most)
    room = width - len(last) - len(line.formula)
    if not line.formula:
        yield Text(last)
    elif room >= 2:
        yield Text.assemble(last, " " * room, (line.formula, "cyan"))
    else:
        yield Text(last)
        yield Text(line.formula.rjust(width), style="cyan")


def _wrapped(code: str, width: int) -> list[str]:
    """Return a line of code as lines that fit, each broken between words, the later ones indented more."""
    indent = code[: len(code) - len(code.lstrip())]
    return textwrap.wrap(
        code.lstrip(),
        width,
        initial_indent=indent,
        subsequent_indent=indent + " " * HANGING,
        break_on_hyphens=False,
        replace_whitespace=False,
    ) or [""]


def _show_times(name: str, run: Analysis, console: Console) -> None:
    """Print the measured times of an implementation, and its cost model, or why there is none."""
    here = run.table[run.table.impl == name].sort_values(["dtype", "m", "n_x"])
    if here.empty:
        others = listing([*map(name_of, sorted(run.table.impl.unique()))]) or "nothing"
        console.print(Text(f"This run has no times of {name}; it measured {others}."))
        return
    print_grid(console, _measured(here))
    found = cost(name, run)
    for grid in found:
        print_grid(console, grid)
    if not found:
        console.print(Text("Too few sizes for a cost model; `gradrace run --grid full` measures enough."))


def _measured(rows: pd.DataFrame) -> Grid:
    """Return the measured times at some sizes, the smallest and the largest among them. rows: of `tables.tidy`."""
    places = np.unique(np.linspace(0, len(rows) - 1, MOST_MEASURED).round().astype(int))
    lines = [
        [
            f"{product(row.m, row.n_x)}, {setting(cell_of(row))}",
            duration(row.median_s),
            interval(row.low_s, row.high_s, duration, row.confidence),
            times_over_loop(row),
            share_of_limit(row.share),
        ]
        for row in rows.iloc[places].itertuples()
    ]
    title = "Measured times" if len(lines) == len(rows) else f"Measured times at {len(lines)} of {len(rows)} sizes"
    return Grid(title, ["m × n_x", "median", "interval", "speed-up", "of the\nlimit"], lines, least=2)


def cost(name: str, run: Analysis) -> list[Grid]:
    """Return the terms of its cost model, and their parts of a gradient's time at SIZES; empty without a model."""
    found = cost_model_grids([piece for piece in run.cost_models if piece.impl == name])
    return found + [_parts(by[name], where) for where, by in run.predictors.items() if name in by]


def _parts(by: Predictor, where: Setting) -> Grid:
    rows = []
    for m, n_x in SIZES:
        cell = Cell(m, n_x, *where)
        seconds = by.seconds(cell)
        if seconds is None:
            rows.append([product(m, n_x), UNKNOWN, *([""] * len(TERMS))])
        else:
            shares = (percent(part / seconds) for part in by.piece(cell).piece.parts_s(cell))
            rows.append([product(m, n_x), f"{NEAR} {duration(seconds, 2)}", *shares])
    return Grid(
        title=f"Where the time goes, by the model ({setting(where)})",
        heads=["m × n_x", "a gradient", *(f"the {term}" if term == "call" else f"{term}s" for term in TERMS)],
        rows=rows,
        footnote=f"{NEAR}: predicted, not measured. {UNKNOWN}: no prediction, as the size is too far from measured "
        "ones, or depends on a term whose interval includes 0.",
    )
