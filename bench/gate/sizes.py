"""Sizes that an implementation can do: a cell whose calls take too long is replaced by one with fewer examples."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from gradrace.bench.gate.pairs.sides import Pair
from gradrace.bench.gate.tallies import Tally
from gradrace.bench.race.plan import PILOTS, Forecast
from gradrace.bench.race.ready import ReadyCell
from gradrace.bench.results import Cell
from gradrace.bench.workers.client import Worker, at_once
from gradrace.bench.workers.process import WorkerFailed
from gradrace.bench.workers.task import Task

MOST_CALL_S = 0.4
"""Longest predicted call in seconds. A pair needs some ten calls of each side."""

PILOT_S = 0.0005
"""Seconds of calls in which the cost of a small problem is measured."""


def smaller(pair: Pair, tallies: Sequence[Tally], ready: Callable[[Cell], ReadyCell]) -> list[Tally]:
    """Return the tallies, with cells that take neither side more than MOST_CALL_S for a call, as predicted.

    A tally is left out if another one has the same smaller cell. If a side fails, there is no prediction, and all stay.
    """
    workers = [pair.new] if pair.old is pair.new else [pair.old, pair.new]
    dtypes = {tally.ready.cell.dtype: tally.ready.cell for tally in tallies}
    pilots = [ready(replace(like, m=m, n_x=n_x)) for like in dtypes.values() for m, n_x in PILOTS]
    known = [costs for costs in at_once(lambda worker: _costs(worker, pilots), workers) if costs is not None]
    kept: dict[Cell, Tally] = {}
    for tally in sorted(tallies, key=lambda one: one.ready.cell.m * one.ready.cell.n_x):
        cell = fitting(tally.ready.cell, lambda size: max((one.seconds("", size) for one in known), default=0.0))
        if cell != tally.ready.cell:
            if cell in kept:
                kept[cell].asked = (*(kept[cell].asked or (kept[cell].ready.cell,)), tally.ready.cell)
                continue
            tally.asked, tally.ready = (tally.ready.cell,), ready(cell)
        kept[cell] = tally
    return [tally for tally in tallies if kept.get(tally.ready.cell) is tally]


def fitting(cell: Cell, seconds: Callable[[Cell], float]) -> Cell:
    """Return the cell, or one with as many examples as take at most MOST_CALL_S for a call, a power of ten."""
    if seconds(cell) <= MOST_CALL_S:
        return cell
    m = 10 ** (len(str(cell.m)) - 1)
    while m > 1 and (m >= cell.m or seconds(replace(cell, m=m)) > MOST_CALL_S):
        m //= 10
    return replace(cell, m=m)


def _costs(worker: Worker, pilots: Sequence[ReadyCell]) -> Forecast | None:
    """Return the cost of a call as measured on small problems; None if it fails there, which verification will show."""
    costs = Forecast()
    try:
        for pilot in pilots:
            worker.ask(Task.prepare, str(pilot.whole()))
            worker.ask(Task.compute)
            costs.note("", pilot.cell, worker.ask(Task.calibrate, PILOT_S).call_s)
    except WorkerFailed:
        return None
    return costs
