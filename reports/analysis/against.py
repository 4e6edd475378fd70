"""Comparison of one implementation with each of the others, size by size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gradrace.bench.results import Cell, Measurement, Results, by_elements
from gradrace.bench.stats import Interval, median_interval, paired_ratio
from gradrace.bench.text import duration
from gradrace.reports.analysis.fastest import standing
from gradrace.reports.analysis.tables import by_cell, cells_of
from gradrace.reports.words import interval_in_words, name_of, setting, sizes, times


def against(results: Results, name: str, first: Sequence[Cell] = ()) -> list[str]:
    """Return a line for each other implementation and cell; ratios are taken within rounds.

    If nothing else was measured at any size, a single line says so.
    first: the cells to begin with; the others follow, the smallest first.
    """
    measured = by_cell(results)
    cells = dict.fromkeys([*first, *sorted(cells_of(results), key=by_elements)])
    if cells and all({*measured.get(cell, ())} == {name} for cell in cells):
        return [f"{name_of(name)} was the only implementation measured, so that there is nothing to compare"]
    return [line for cell in cells for line in _lines(cell, measured.get(cell, {}), name)]


def against_slowest(results: Results, cell: Cell) -> str | None:
    """Return how much faster than the slowest implementation of a cell the fastest is; None if all are tied.

    The words can follow a sentence on the cell.
    """
    order = standing(by_cell(results).get(cell, {}))
    if len(order.order) == len(order.fastest()):
        return None
    fast, slow = (order.measured[order.order[place]] for place in (0, -1))
    return f"{name_of(fast.impl)} {_compared(fast, slow)} {name_of(slow.impl)}, the slowest"


def _lines(cell: Cell, measured: Mapping[str, Measurement], name: str) -> Iterator[str]:
    where = f"at {sizes(cell)} ({setting(cell)})"
    if name not in measured:
        yield f"{name_of(name)} was not measured {where}"
    elif len(measured) == 1:
        yield f"{name_of(name)} was the only implementation measured {where}"
    else:
        rival = measured[name]
        for one in measured.values():
            if one is not rival:
                yield f"{name_of(one.impl)} {_compared(one, rival)} {name_of(name)} {where}: {_seconds(one, rival)}"


def _compared(one: Measurement, rival: Measurement) -> str:
    """Return the relation as words, for example "is 1.2× as fast (95 % interval 1.1–1.3×) as" or "takes 3× as long"."""
    faster = paired_ratio(rival.by_round(), one.by_round())
    slower = paired_ratio(one.by_round(), rival.by_round())
    if faster is None or slower is None:
        return "shares too few rounds to be compared with"
    if faster.low <= 1 <= faster.high:
        return f"is neither clearly faster nor slower ({_interval(faster)}) than"
    if faster.low > 1:
        return f"is {times(faster.median)} as fast ({_interval(faster)}) as"
    return f"takes {times(slower.median)} as long ({_interval(slower)}) as"


def _interval(ratio: Interval) -> str:
    return interval_in_words(times(ratio.low), times(ratio.high), ratio.confidence)


def _seconds(*pair: Measurement) -> str:
    one, rival = (duration(median_interval(measurement.samples_s).median) for measurement in pair)
    return f"{one} a gradient against {rival}"
