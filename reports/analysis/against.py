"""Is mine faster? What a run says of each implementation against one of them, size by size."""

from __future__ import annotations

from collections.abc import Iterator

from gradrace.bench.results import FLOORS, Cell, Measurement, Results
from gradrace.bench.stats import Interval, median_interval, paired_ratio
from gradrace.reports.words import between, duration, percent, plain, setting, sizes, times

NO_ANSWER = "was not measured"


def against(results: Results, name: str) -> list[str]:
    """A line for each other implementation and cell, the smallest cells first; ratios are taken within rounds."""
    measured = {(one.cell, one.impl): one for one in results.measurements if one.impl not in FLOORS}
    return [line for cell in _cells(results) for line in _lines(cell, measured, name)]


def _cells(results: Results) -> list[Cell]:
    known = {one.cell for one in results.measurements} | {one.cell for one in results.absences if one.cell is not None}
    return sorted(known, key=lambda cell: (cell.m * cell.n_x, cell))


def _lines(cell: Cell, measured: dict[tuple[Cell, str], Measurement], name: str) -> Iterator[str]:
    where = f"at {sizes(cell)} ({setting(cell)})"
    rival = measured.get((cell, name))
    if rival is None:
        yield f"{plain(name, 80)} {NO_ANSWER} {where}"
        return
    others = [one for (other, _), one in measured.items() if other == cell and one is not rival]
    if not others:
        yield f"{plain(name, 80)} had nobody to be compared with {where}"
    for one in others:
        yield f"{plain(one.impl, 80)} {_told(one, rival)} {plain(name, 80)} {where}: {_seconds(one, rival)}"


def _told(one: Measurement, rival: Measurement) -> str:
    """Is 1.2× as fast (95 % interval 1.1–1.3×) as; or takes 3× as long."""
    faster = paired_ratio(rival.by_round(), one.by_round())
    slower = paired_ratio(one.by_round(), rival.by_round())
    if faster is None or slower is None:
        return "can't be compared within rounds with"
    if faster.low <= 1 <= faster.high:
        return f"is as fast, as far as can be told ({_interval(faster)}), as"
    if faster.low > 1:
        return f"is {times(faster.median)} as fast ({_interval(faster)}) as"
    return f"takes {times(slower.median)} as long ({_interval(slower)}) as"


def _interval(ratio: Interval) -> str:
    return f"{percent(ratio.confidence)} interval {between(times(ratio.low), times(ratio.high))}"


def _seconds(*pair: Measurement) -> str:
    one, rival = (duration(median_interval(measurement.samples_s).median) for measurement in pair)
    return f"{one} a gradient against {rival}"
