"""Measurements, and results of a run on no machine in particular."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gradrace.bench.results import Absence, Cell, Extra, Measurement, Results

CELL = Cell(1000, 100)


def timed(impl: str, samples_s: Iterable[float], cell: Cell = CELL, *, rounds: bool = True, **more: Any) -> Measurement:
    """Samples of single calls, one in each round, or in rounds that aren't known."""
    samples = [*samples_s]
    extra = Extra(rounds=[*range(len(samples))] if rounds else None, **more)
    return Measurement(impl=impl, cell=cell, samples_s=samples, calls=1, extra=extra)


def results_of(measurements: Iterable[Measurement] = (), absences: Iterable[Absence] = (), **more: Any) -> Results:
    return Results(measurements=[*measurements], absences=[*absences], machine={}, commit={}, datetime="", **more)
