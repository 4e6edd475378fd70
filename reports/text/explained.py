"""An implementation explained on a terminal: its lines beside the formulas, its cost model, where its time goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from gradrace.bench.race.cost_model import CostModel
from gradrace.bench.results import Cell, Results
from gradrace.impls.discovery import Source
from gradrace.reports.analysis.cost_models import TERMS, cost_model_grids, cost_model_table, models
from gradrace.reports.analysis.grids import Grid
from gradrace.reports.analysis.tables import tidy
from gradrace.reports.text.explain import Line, explain
from gradrace.reports.text.terminal import print_grid
from gradrace.reports.words import count, duration, plain, setting, significant

TOLD = ((10, 10), (1000, 100), (209, 12_288), (100_000, 100))
"""Sizes of which it is told where the time goes: a call's own cost, in cache, the slide's, from memory."""


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
    terms = cost_model_table(table)
    found = [*cost_model_grids(terms[terms.impl == name])]
    for (impl, *where), model in models(table).items():
        if impl != name:
            continue
        cells = [Cell(m, n_x, *where) for m, n_x in TOLD]
        found.append(_parts(model, cells))
    return found


def _parts(model: CostModel, cells: Sequence[Cell]) -> Grid:
    rows = []
    for cell in cells:
        parts = model.piece(cell).parts_s(cell)
        whole = sum(parts)
        shares = (f"{significant(100 * part / whole, 2)} %" if whole else "" for part in parts)
        rows.append([f"{count(cell.m)} × {count(cell.n_x)}", duration(whole, 2), *shares])
    return Grid(
        title=f"Where the time goes, by the model ({plain(setting(cells[0]))})",
        heads=["m × n_x", "a gradient", *(f"the {term}" if term == "call" else f"{term}s" for term in TERMS)],
        groups=[("", rows)],
        footnote="Predicted, not measured.",
    )
