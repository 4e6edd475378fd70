"""An implementation explained on a terminal: its lines beside the formulas, its cost model, where its time goes."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from gradrace.bench.race.cost_model import CostModel
from gradrace.bench.results import Cell, Results
from gradrace.impls.discovery import Source
from gradrace.reports.analysis.cost_models import TERMS, cost_model_grids, fitted_pieces, models
from gradrace.reports.analysis.tables import tidy
from gradrace.reports.grid import Grid
from gradrace.reports.text.explain import Line, explain
from gradrace.reports.text.table import print_grid
from gradrace.reports.words import Setting, duration, percent, product, setting

SIZES = ((10, 10), (1000, 100), (209, 12_288), (100_000, 100))
"""Sizes at which the parts of the time are shown: a call's own cost, in cache, the slide's, from memory."""


def show(source: Source, results: Results | None, console: Console | None = None) -> None:
    """Print it. results: of a run in which it was measured in many sizes, if there is one."""
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
        console.print(Text("No line of its own computes one of the formulas: a library does.\n"))
    for grid in cost(source.name, results) if results else ():
        print_grid(console, grid)


def beside(line: Line, width: int) -> Iterator[Text]:
    """The line, and its formula at the right end; below it, where both are too long for one."""
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
    """Its model's terms, and what parts of a gradient's time they are at some sizes; nothing where it has no model."""
    table = tidy(results)
    found = cost_model_grids([piece for piece in fitted_pieces(table) if piece.impl == name])
    for where, fitted in models(table).items():
        if name in fitted:
            found.append(_parts(fitted[name], where))
    return found


def _parts(model: CostModel, where: Setting) -> Grid:
    rows = []
    for m, n_x in SIZES:
        cell = Cell(m, n_x, *where)
        parts = model.piece(cell).parts_s(cell)
        whole = sum(parts)
        rows.append([product(m, n_x), duration(whole, 2), *(percent(part / whole) if whole else "" for part in parts)])
    return Grid(
        title=f"Where the time goes, by the model ({setting(where)})",
        heads=["m × n_x", "a gradient", *(f"the {term}" if term == "call" else f"{term}s" for term in TERMS)],
        rows=rows,
        footnote="Predicted, not measured.",
    )
