"""What an interrupted run has left to do, and whether this one may do it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gradrace.bench import results_file
from gradrace.bench.race.plan import WEEK_S
from gradrace.bench.results import Cell, Results, UnusableInput


def missing(cells: Sequence[Cell], so_far: Results) -> list[Cell]:
    """Those in which nobody has been measured or found at fault, in the same order."""
    finished = {one.cell for one in so_far.measurements}
    finished |= {one.cell for one in so_far.absences if one.cell and one.outcome != "skipped"}
    return [cell for cell in cells if cell not in finished]


def resumed(file: Path, asked: Results) -> Results:
    """What the file holds, made ready to be gone on with.

    asked: the results of the run that is to go on, empty still: it must be the same machine, code and order, or figures
    of one file would not belong together. Who was left out of a whole cell is forgotten: it gets another chance.
    Raises UnusableInput if the file can't be read, or says what differs.
    """
    begun = results_file.read_all(file)
    for what, there, here in _compared(begun, asked):
        if there != here:
            raise UnusableInput(
                f"--resume: {file} was measured with {what} {_short(there)}, this would be with {_short(here)}; "
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
    """What must be the same: its name, what it was, what it is."""
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
