"""Explanation of an implementation on a terminal: its lines beside the formulas, cost model, parts of its time."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from gradrace.bench.results import Cell, Results
from gradrace.bench.text import UNKNOWN, duration
from gradrace.impls.discovery import Source
from gradrace.reports.analysis.analysis import Analysis
from gradrace.reports.analysis.cost_models import NEAR, TERMS, Predictor, cost_model_grids
from gradrace.reports.grid import Grid
from gradrace.reports.text.explain import Line, explain
from gradrace.reports.text.table import print_grid
from gradrace.reports.words import Setting, percent, product, setting

SIZES = ((10, 10), (1000, 100), (209, 12_288), (100_000, 100))
"""Sizes at which the parts of the time are shown: a call's own cost, in cache, the slide's, from memory."""


def show(source: Source, results: Results | None, console: Console | None = None) -> None:
    """Print the explanation. results: of a run that measured the implementation in many sizes, if there is one."""
    console = console or Console()
    console.print(Text(f"{source.name}: {source.description()}\n", style="bold"))
    functions = explain(source)
    for function in functions:
        console.print(Text(f"{function.file}", style="dim"))
        for line in function.lines:
            for text in beside(line, console.width):
                console.print(text)
        console.print()
    if not any(line.formula for function in functions for line in function.lines):
        console.print(Text("None of its lines computes a formula: a library does.\n"))
    for grid in cost(source.name, results) if results else ():
        print_grid(console, grid)


def beside(line: Line, width: int) -> Iterator[Text]:
    """Yield the line, with its formula at the right end, or below it if both don't fit in one line."""
    code, formula = Text(line.code), Text(line.formula, style="cyan")
    room = width - len(line.code) - len(line.formula)
    if not line.formula:
        yield code
    elif room >= 2:
        yield Text.assemble(code, " " * room, formula)
    else:
        yield code
        yield Text(line.formula.rjust(width), style="cyan")


def cost(name: str, results: Results) -> list[Grid]:
    """Return the terms of its cost model, and their parts of a gradient's time at SIZES; empty without a model."""
    run = Analysis(results)
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
