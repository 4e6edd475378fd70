"""The report on a terminal, in 80 columns; the answer comes last, where the eye is."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from gradrace.bench.results import Results
from gradrace.reports.analysis.analysis import Analysis, analyses
from gradrace.reports.analysis.grids import LEGEND, measured, reasons
from gradrace.reports.analysis.side_by_side import side_by_side
from gradrace.reports.analysis.winners import sentence
from gradrace.reports.text.table import print_grid

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
    for line in reasons(absences):
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
