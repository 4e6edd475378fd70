"""Results of a run on no machine in particular."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gradrace.bench.results import Absence, Measurement, Results


def results_of(measurements: Iterable[Measurement] = (), absences: Iterable[Absence] = (), **more: Any) -> Results:
    return Results(measurements=[*measurements], absences=[*absences], machine={}, commit={}, datetime="", **more)
