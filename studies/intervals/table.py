"""Runs of the tools, and the tables of what their intervals are worth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import median

from msgspec import Struct

from gradrace.bench.results import Cell
from gradrace.bench.stats import Interval
from gradrace.reports.grid import Grid
from gradrace.reports.words import percent
from gradrace.reports.words import product as size
from studies.intervals.estimates import METHODS, Method, Samples, Verdict, attainable, summary, verdicts


class Asked(Struct, frozen=True, kw_only=True):
    """Request for a run.

    busy: whether another process keeps a core busy half of the time.
    seconds: of each implementation.
    """

    repetition: int
    busy: bool
    cell: Cell
    tool: str
    names: list[str]
    seconds: float


class Run(Struct, frozen=True, kw_only=True):
    """Run of a tool in a cell. wall_s: seconds of the whole run, including starting, compiling and verifying."""

    asked: Asked
    measured: dict[str, dict[int, float]]
    wall_s: float


@dataclass(slots=True)
class Line:
    """Verdicts of a method in a size, or in all: of times, and of ratios to the first implementation.

    runs: of a size, the fewest.
    """

    busy: bool
    size: str
    method: str
    runs: int
    times: list[Verdict]
    ratios: list[Verdict]
    wall_s: list[float]


def lines(runs: Sequence[Run]) -> list[Line]:
    """Return a line for each method, size and state of the machine that has at least two runs."""
    found = []
    places = sorted({(run.asked.busy, run.asked.cell) for run in runs})
    for (busy, cell), (label, method) in product(places, METHODS.items()):
        here = [run for run in runs if (run.asked.busy, run.asked.cell, run.asked.tool) == (busy, cell, method.tool)]
        if len(here) > 1:
            wall_s = [run.wall_s for run in here]
            found.append(Line(busy, size(cell.m, cell.n_x), label, len(here), *judged(method, here), wall_s))
    return found


def judged(method: Method, runs: Sequence[Run]) -> tuple[list[Verdict], list[Verdict]]:
    """Return the verdicts of all times, and of all ratios to the first implementation, of one cell's runs."""

    def held(estimate: Callable[..., Interval], *names: str) -> list[Verdict]:
        samples: list[list[Samples]] = [[run.measured[name] for name in names] for run in runs]
        return verdicts(estimate, samples)

    first, *others = names = runs[0].asked.names
    times = [one for name in names for one in held(method.time, name)]
    ratios = [one for name in others for one in held(method.ratio, first, name)]
    return times, ratios


def together(found: Sequence[Line]) -> list[Line]:
    """Return a line for each method and state of the machine, of all sizes."""
    merged: dict[tuple[bool, str], Line] = {}
    for one in found:
        line = merged.setdefault((one.busy, one.method), Line(one.busy, "", one.method, one.runs, [], [], []))
        line.runs = min(line.runs, one.runs)
        line.times.extend(one.times)
        line.ratios.extend(one.ratios)
        line.wall_s.extend(one.wall_s)
    return [*merged.values()]


def grid(title: str, found: Sequence[Line]) -> Grid:
    """Return a table with a row for each line, under the state of the machine and the size."""
    figures = ("±", "coverage", "error", "of")
    runs = min((one.runs for one in found), default=2)
    notes = (
        "±: median half-width.",
        "error: 95 % of the estimates lie within this distance from the truth.",
        f"A right interval has a coverage of {percent(attainable(runs))}: the truth comes from {runs - 1} other runs.",
    )
    return Grid(
        title,
        ["", *(f"{what}\n{figure}" for what in ("time", "ratio") for figure in figures), "wall\nclock"],
        [[one.method, *words(one.times), *words(one.ratios), f"{median(one.wall_s):.0f} s"] for one in found],
        [f"{'a core half busy' if one.busy else 'quiet'}{one.size and ', '}{one.size}" for one in found],
        footnote=" ".join(notes),
    )


def words(found: Sequence[Verdict]) -> list[str]:
    """Return the half-width, the coverage, the error, and the number of intervals."""
    one = summary(found)
    return [percent(one.half_width), percent(one.coverage), percent(one.error), str(one.count)]
