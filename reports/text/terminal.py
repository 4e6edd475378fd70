"""The report on a terminal, in 80 columns: the answer, one table, and what it omits; or every table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console

from gradrace.bench.text import duration
from gradrace.reports.analysis.analysis import Analysis
from gradrace.reports.analysis.fastest import named
from gradrace.reports.analysis.grids import LEGEND, measured, reasons
from gradrace.reports.analysis.noise import is_precise
from gradrace.reports.analysis.side_by_side import side_by_side
from gradrace.reports.analysis.tables import cells_of
from gradrace.reports.analysis.winners import sentence
from gradrace.reports.text.table import print_grid, print_lines
from gradrace.reports.words import count, name_of

OVERRUN = 0.1
"""Largest share of the budget by which a run may exceed it without saying why."""

MOST_ANSWERS = 3
"""Largest number of lines at the beginning of `run --against`: the sizes of the headline, or its three default sizes.
"""


def show(run: Analysis, console: Console | None = None) -> None:
    """Print the answer, a table of its sizes, the faults, and how much else the report holds."""
    console = console or Console()
    print_lines(console, [*run.at_fault, *run.answers[:MOST_ANSWERS], *run.summary(most=1)], style="bold")
    console.print()
    if run.glance:
        print_grid(console, run.glance)
    print_lines(console, [*run.faults, *_left_out(run), *_late(run), *_next_step(run)])


def show_headline(run: Analysis, console: Console | None = None) -> None:
    """Print only the answer and the faults."""
    console = console or Console()
    print_lines(console, [*run.at_fault, *run.answers[:MOST_ANSWERS], *run.speedups()], style="bold")
    print_lines(console, run.faults)


def show_everything(run: Analysis, console: Console | None = None) -> None:
    """Print every table and the absences with their reasons; the answer is last, where readers look first."""
    console = console or Console()
    for section in run.sections:
        print_grid(console, measured(section, run.table, run.results.absences))
    for grid in (*run.grids, run.like(run.table)):
        if grid:
            print_grid(console, grid)
    print_lines(console, [f"{LEGEND}\n"], style="dim")
    print_lines(console, reasons(run.results.absences))
    console.print()
    print_lines(console, [f"{sentence(one)}." for found in run.crossovers.values() for one in found])
    print_lines(console, [*run.at_fault, *run.answers, *run.summary()], style="bold")


def show_side_by_side(several: Sequence[Analysis], console: Console | None = None, most: int | None = 1) -> None:
    """Print the answers of several results, and tables of their common sizes: `most` at most, or all if it is None."""
    console = console or Console()
    print_lines(console, [one.answer for one in several], style="bold")
    console.print()
    for grid in side_by_side(several)[:most]:
        print_grid(console, grid)


def _left_out(run: Analysis) -> Iterator[str]:
    """Yield a line with the number of entries in the report that the table omits."""
    absences, rows = run.results.absences, run.glance.rows if run.glance else []
    skipped = {(one.impl, one.cell) for one in absences if one.outcome == "skipped"}
    unavailable = {one.impl for one in absences if one.outcome == "unavailable"}
    parts = [
        (len(run.answers[MOST_ANSWERS:]), "more answer{s}"),
        (len(cells_of(run.results)) - len(run.told) if run.told else 0, "more size{s}"),
        (run.table.impl.nunique() - len(rows), "more implementation{s}"),
        (len(skipped), "skipped"),
        (len(unavailable), "unavailable"),
    ]
    if words := [f"{count(number)} {what.format(s='s' * (number > 1))}" for number, what in parts if number]:
        yield f"In report.md: {', '.join(words)}."


def _late(run: Analysis) -> Iterator[str]:
    """Yield why the run took longer than its budget, if it did so by more than OVERRUN."""
    budget_s, seconds = run.results.options.get("budget_s"), run.results.seconds
    if isinstance(budget_s, int | float) and seconds.get("all", 0.0) > (1 + OVERRUN) * budget_s:
        took, budget, starting = (duration(one, 2) for one in (seconds["all"], budget_s, seconds.get("starting", 0.0)))
        yield f"It took {took} instead of {budget}: starting took {starting}, and most of --budget is for the race."


def _next_step(run: Analysis) -> Iterator[str]:
    """Yield the next step: more implementations, less noise, more sizes, or an explanation; nothing after a fault."""
    if run.faults:
        return
    noisy = not is_precise(run.results) or any(one.level == "disturbed" for one in run.noise)
    if waiting := sorted(
        {one.impl for one in run.results.absences if one.outcome == "skipped" and one.stage == "start"}
    ):
        starts = f"Next: a larger --budget also starts {named([*map(name_of, waiting)])}"
        yield f"{starts}; less noise (`gradrace doctor`) narrows intervals." if noisy else f"{starts}."
    elif noisy:
        yield "Next: less noise (`gradrace doctor`) or a larger --budget narrows intervals."
    elif any(one.outcome == "skipped" for one in run.results.absences):
        yield "Next: a larger --budget measures what was skipped."
    else:
        yield "Next: `gradrace explain NAME` shows its lines beside the formulas."
