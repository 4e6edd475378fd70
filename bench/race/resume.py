"""Resuming an interrupted run: the remaining cells, and the check that this run continues it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gradrace.bench import results_file
from gradrace.bench.race.sizes import WEEK_S
from gradrace.bench.results import Cell, Results, UnusableInput


def missing(cells: Sequence[Cell], so_far: Results) -> list[Cell]:
    """Return the cells without a measurement, a failure or a wrong result, in the same order."""
    finished = {one.cell for one in so_far.measurements}
    finished |= {one.cell for one in so_far.absences if one.cell and one.outcome != "skipped"}
    return [cell for cell in cells if cell not in finished]


def resumed(file: Path, asked: Results) -> Results:
    """Return the results in the file, ready to be continued.

    asked: the still empty results of the resuming run. Machine, code and order must be the same, so that all figures of
    the file are comparable. The skipped entries of a cell without measurements are dropped, so that they are tried
    again.
    Raises UnusableInput if the file can't be read, or with the first difference.
    """
    begun = results_file.read_all(file)
    for what, there, here in _compared(begun, asked):
        if there != here:
            raise UnusableInput(
                f"--resume: {file} was measured with {what} {_short(there)}, this run has {_short(here)}; "
                "give the same, or leave --resume out"
            )
    kept = {one.cell for one in begun.measurements}
    absences = [one for one in begun.absences if one.cell in kept or one.outcome != "skipped"]
    return Results(
        measurements=begun.measurements,
        absences=absences,
        machine=begun.machine,
        commit=begun.commit,
        datetime=begun.datetime,
        options={**begun.options, "budget_s": _budget_s(begun) + _budget_s(asked)},
        noise=begun.noise,
    )


def _compared(begun: Results, asked: Results) -> list[tuple[str, Any, Any]]:
    """Return what must be the same: its name, the old value, the new value."""
    places = {
        "--seed": ("options", "seed"),
        "--threads": ("options", "threads"),
        "--impl": ("options", "implementations"),
        "--data": ("options", "data"),
        "the processor": ("machine", "cpu", "brand_raw"),
        "Python": ("machine", "python_version"),
        "the libraries": ("machine", "gradrace", "libraries"),
        "commit": ("commit", "id"),
        "uncommitted work": ("commit", "dirty"),
        "files": ("options", "files"),
    }
    return [(name, _at(begun, *place), _at(asked, *place)) for name, place in places.items()]


def _at(found: Results, attribute: str, *keys: str) -> Any:
    value = getattr(found, attribute)
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _budget_s(found: Results) -> float:
    value = found.options.get("budget_s")
    return float(value) if isinstance(value, int | float) and 0 <= value <= WEEK_S else 0.0


def _short(value: Any) -> str:
    text = ",".join(value) if isinstance(value, list) and all(isinstance(word, str) for word in value) else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
