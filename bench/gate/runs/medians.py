"""Medians of saved runs: one per run, implementation and cell, or the reason why there is none."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from gradrace.bench.gate.runs.saved import Run
from gradrace.bench.results import FAULTS, FLOORS, LEAST_S, Absence, Cell, Limiting, floor_of, limited_by, reading_share
from gradrace.bench.stats import median_interval, paired_ratio

SECONDS, MULTIPLES = "seconds", "multiples of the limit"


class Key(NamedTuple):
    """Cell and implementation that are compared."""

    cell: Cell
    impl: str


class Medians(NamedTuple):
    """Logarithms of a run's medians.

    Attributes:
        seconds: Logarithm of the median in seconds.
        multiple: Logarithm of the multiple of the limit; None where the limit wasn't measured in the same rounds.
        limit: What the limit is, reading X or the arithmetic.
        of_reading: Logarithm of the multiple of reading X; None where it is unknown.
    """

    seconds: float
    multiple: float | None
    limit: Limiting | None = None
    of_reading: float | None = None


class Groups(NamedTuple):
    """Logarithms of the same quantity, one per run."""

    old: list[float]
    new: list[float]


Quantities: TypeAlias = Mapping[str, Groups]
"""Groups by quantity: seconds, multiples of the limit, or both; empty where nothing is comparable."""


def medians(found: Sequence[Run]) -> dict[Key, list[Medians]]:
    """Return the medians of each implementation and cell, one for each run that measured it.

    Limits are left out, and so are times below LEAST_S, which the clock can't resolve.
    """
    collected: defaultdict[Key, list[Medians]] = defaultdict(list)
    for run in found:
        floors = {(one.cell, one.impl): one for one in run.results.measurements if one.impl in FLOORS}
        for one in run.results.measurements:
            seconds = median_interval(one.samples_s).median
            if one.impl in FLOORS or seconds < LEAST_S:
                continue
            floor = floors.get((one.cell, floor_of(one.impl)))
            multiple = paired_ratio(one.by_round(), floor.by_round()) if floor else None
            of_limit = math.log(multiple.median) if multiple else None
            limit, share = (limited_by(floor), reading_share(floor)) if floor else (None, 0.0)
            of_reading = of_limit - math.log(share) if of_limit is not None and share else None
            collected[Key(one.cell, one.impl)].append(Medians(math.log(seconds), of_limit, limit, of_reading))
    return dict(collected)


def quantities(old: Sequence[Medians], new: Sequence[Medians], *, one_machine: bool) -> Quantities:
    """Return the quantities that can be compared: seconds on one machine, and multiples if every run has them.

    If the limit is reading X in some runs and arithmetic in others, multiples are those of reading X in all.
    """
    found = {}
    if one_machine:
        found[SECONDS] = Groups([run.seconds for run in old], [run.seconds for run in new])
    one_limit = len({run.limit for run in (*old, *new)}) == 1
    several = ([run.multiple if one_limit else run.of_reading for run in side] for side in (old, new))
    multiples = Groups(*([one for one in side if one is not None] for side in several))
    if (len(multiples.old), len(multiples.new)) == (len(old), len(new)):
        found[MULTIPLES] = multiples
    return found


def absences(found: Sequence[Run], keys: Sequence[Key]) -> dict[Key, Absence]:
    """Return the most severe reason why a run doesn't have each key.

    A reason for the cell takes precedence over one for all cells.
    """
    order = (*FAULTS, "unavailable", "skipped")
    every = [absence for run in found for absence in run.results.absences]
    every.sort(key=lambda absence: order.index(absence.outcome))
    by_key: dict[tuple[Cell | None, str], Absence] = {}
    for absence in every:
        by_key.setdefault((absence.cell, absence.impl), absence)
    told = {key: by_key.get((key.cell, key.impl)) or by_key.get((None, key.impl)) for key in keys}
    return {key: absence for key, absence in told.items() if absence is not None}


def faults(found: Sequence[Run]) -> dict[Key, Absence]:
    """Return the implementations that were wrong or failed in a run, by cell.

    A fault that isn't tied to a cell counts for every cell that the runs measured.
    """
    cells = {one.cell for run in found for one in run.results.measurements}
    bad = [absence for run in found for absence in run.results.absences if absence.outcome in FAULTS]
    keys = [Key(cell, absence.impl) for absence in bad for cell in ([absence.cell] if absence.cell else sorted(cells))]
    return absences(found, keys)
