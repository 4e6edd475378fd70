"""What saved runs say of each implementation in each cell: a median a run, or why there is none."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from gradrace.bench.gate.saved import Run
from gradrace.bench.results import FAULTS, FLOORS, LEAST_S, Absence, Cell, floor_of
from gradrace.bench.stats import median_interval, paired_ratio

SECONDS, MULTIPLES = "seconds", "multiples of the limit"


class Key(NamedTuple):
    """What is compared."""

    cell: Cell
    impl: str


class Medians(NamedTuple):
    """Of a run, as logarithms. multiple: of the limit, None where that wasn't measured in the same rounds."""

    seconds: float
    multiple: float | None


class Groups(NamedTuple):
    """Logarithms of the same quantity, one of each run."""

    old: list[float]
    new: list[float]


Quantities: TypeAlias = Mapping[str, Groups]
"""By name: seconds, multiples of the limit, or both; none where nothing is comparable."""


def medians(found: Sequence[Run]) -> dict[Key, list[Medians]]:
    """Of each implementation and cell, what each run that has it says."""
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
            collected[Key(one.cell, one.impl)].append(Medians(math.log(seconds), of_limit))
    return dict(collected)


def quantities(old: Sequence[Medians], new: Sequence[Medians], *, one_machine: bool) -> Quantities:
    """What of them can be compared."""
    found = {}
    if one_machine:
        found[SECONDS] = Groups([run.seconds for run in old], [run.seconds for run in new])
    multiples = Groups(*([run.multiple for run in side if run.multiple is not None] for side in (old, new)))
    if (len(multiples.old), len(multiples.new)) == (len(old), len(new)):
        found[MULTIPLES] = multiples
    return found


def absences(found: Sequence[Run], keys: Sequence[Key]) -> dict[Key, Absence]:
    """Of these keys, why a run doesn't have them: the worst reason there is, of the cell or of all cells."""
    order = (*FAULTS, "unavailable", "skipped")
    every = [absence for run in found for absence in run.results.absences]
    every.sort(key=lambda absence: order.index(absence.outcome))
    by_key: dict[tuple[Cell | None, str], Absence] = {}
    for absence in every:
        by_key.setdefault((absence.cell, absence.impl), absence)
    told = {key: by_key.get((key.cell, key.impl)) or by_key.get((None, key.impl)) for key in keys}
    return {key: absence for key, absence in told.items() if absence is not None}


def faults(found: Sequence[Run]) -> dict[Key, Absence]:
    """What was wrong or failed in some run, by cell; of all cells, those that the runs have."""
    cells = {one.cell for run in found for one in run.results.measurements}
    bad = [absence for run in found for absence in run.results.absences if absence.outcome in FAULTS]
    keys = [Key(cell, absence.impl) for absence in bad for cell in ([absence.cell] if absence.cell else sorted(cells))]
    return absences(found, keys)
