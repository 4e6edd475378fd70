"""Results as one tidy table, and its cells grouped into sections."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from gradrace.bench.results import BASELINE, FLOORS, LEAST_S, Absence, Cell, Measurement, Results, floor_of, limited_by
from gradrace.bench.stats import Interval, median_interval, paired_ratio
from gradrace.reports.analysis.fastest import Standing, standing
from gradrace.reports.analysis.noise import is_disturbed
from gradrace.reports.words import Setting, count, setting, sizes

SETTING = [*Setting._fields]
CELL = ["m", "n_x", *SETTING]

FIGURES = [
    *("median_s", "low_s", "high_s", "confidence", "quick_s"),
    *("speedup", "speedup_low", "speedup_high", "speedup_confidence"),
    *("floor_s", "share", "share_low", "share_high"),
    *("step_s", "startup_s", "prepare_s", "first_call_s", "peak_rss_bytes", "error_over_bound"),
]
COLUMNS = ["impl", "technique", *CELL, "place", "samples", "calls", *FIGURES, "limit", "limit_disturbed", "facts"]

FASTEST, TIED = "fastest", "tied"
"""Values of the column `place`."""

MIN_CELLS_OF_SLICE = 3
"""Minimum number of cells of a slice, and of points along a figure; two points always make a straight line."""


def tidy(results: Results) -> pd.DataFrame:
    """Return one row per implementation and cell, with COLUMNS; cell by cell, the fastest first.

    Unknown values are NaN or None. The columns are:

    - place: FASTEST, or TIED for each of several; empty for the others, and where nothing else was measured.
    - median_s, low_s, high_s: median seconds per call and its interval of at least `confidence`.
    - quick_s: lower quartile of the seconds per call.
    - speedup and its interval: time of the slide's loop / this time, paired within rounds. Without rounds it is the
    ratio of medians, with no interval.
    - floor_s: median seconds of the limit.
    - share and its interval: share of the limit, floor / this time, paired in the same way.
    - step_s: median seconds of a step of a descent of DESCENT_STEPS steps.
    - error_over_bound: largest of the errors of J, dw and db.
    - limit: what the limit is: READING or ARITHMETIC, whichever takes longer; None where it wasn't measured.
    - limit_disturbed: whether the limit is unreliable, as its samples spread widely or the implementation appears to
    beat it.
    - facts: what the implementation reported about its prepared problem.
    """
    others = {
        (measurement.cell, measurement.impl): measurement
        for measurement in results.measurements
        if measurement.impl in (BASELINE, *FLOORS)
    }
    standings = {cell: standing(measured) for cell, measured in by_cell(results).items()}
    ranks = {(cell, impl): rank for cell, one in standings.items() for rank, impl in enumerate(one.order)}
    places = {(cell, impl): place for cell, one in standings.items() for impl, place in _places(one)}
    found = [one for one in results.measurements if one.impl not in FLOORS]
    rows = [
        _row(one, *(others.get((one.cell, name)) for name in (BASELINE, floor_of(one.impl))))
        | {"place": places.get((one.cell, one.impl), "")}
        for one in sorted(found, key=lambda one: (one.cell, ranks.get((one.cell, one.impl), len(ranks))))
    ]
    return pd.DataFrame(rows, columns=COLUMNS).astype(dict.fromkeys(FIGURES, float))


@dataclass(frozen=True, slots=True)
class Section:
    """Cells shown together: a slice along m or n_x, the smallest first, or (`along` None) one cell on its own."""

    along: Literal["m", "n_x"] | None
    cells: tuple[Cell, ...]

    def __str__(self) -> str:
        if self.along is None:
            return f"{sizes(self.cells[0])} ({setting(self.cells[0])})"
        return f"Against {self.along}, at {self.fixed} ({setting(self.cells[0])})"

    @property
    def fixed(self) -> str:
        """Return the size that all cells of a slice share: n_x = 100."""
        name = "n_x" if self.along == "m" else "m"
        return f"{name} = {count(getattr(self.cells[0], name))}"

    def rows(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of `tidy` in this section."""
        return in_cells(table, self.cells)

    def absences(self, absences: Iterable[Absence]) -> list[Absence]:
        """Return the absences from cells of this section, cell by cell."""
        here = [absence for absence in absences if absence.cell in self.cells]
        return sorted(here, key=lambda absence: (self.cells.index(absence.cell), absence.impl))


def sections(results: Results, first: Cell | None = None) -> list[Section]:
    """Return slices along m, slices along n_x, then the cells in no slice; a section with the cell `first` comes first.

    A cell from which everything is absent counts too, so that a gap is shown.
    """
    cells = cells_of(results)
    slices = [*_slices(cells, "m"), *_slices(cells, "n_x")]
    alone = cells.difference(*(found.cells for found in slices))
    found = [*slices, *(Section(None, (cell,)) for cell in sorted(alone))]
    return sorted(found, key=lambda section: first not in section.cells)


def in_cells(table: pd.DataFrame, cells: Iterable[Cell]) -> pd.DataFrame:
    """Return the rows of `tidy` in these cells."""
    keys = {(cell.m, cell.n_x, *Setting.of(cell)) for cell in cells}
    columns = (table[name].tolist() for name in CELL)  # an index of them takes 3 to 15 times as long
    return table.loc[[key in keys for key in zip(*columns, strict=True)]]


def cells_of(results: Results) -> set[Cell]:
    """Return the cells in which anything except a limit was measured, or is absent."""
    return {*by_cell(results)} | {absence.cell for absence in results.absences if absence.cell is not None}


def by_cell(results: Results) -> dict[Cell, dict[str, Measurement]]:
    """Return the first measurement of each implementation in each cell, without the limits."""
    found: defaultdict[Cell, dict[str, Measurement]] = defaultdict(dict)
    for one in results.measurements:
        if one.impl not in FLOORS:
            found[one.cell].setdefault(one.impl, one)
    return dict(found)


def cell_of(row: Any) -> Cell:
    """Return the cell of a row of `tidy`, as `itertuples` yields it."""
    return Cell(int(row.m), int(row.n_x), row.dtype, int(row.threads), bool(row.pixels))


def _slices(cells: Iterable[Cell], along: Literal["m", "n_x"]) -> list[Section]:
    groups: defaultdict[tuple[int, Setting], list[Cell]] = defaultdict(list)
    for cell in sorted(cells):
        groups[cell.n_x if along == "m" else cell.m, Setting.of(cell)].append(cell)
    return [Section(along, tuple(groups[key])) for key in sorted(groups) if len(groups[key]) >= MIN_CELLS_OF_SLICE]


def _places(among: Standing) -> Iterator[tuple[str, str]]:
    """Yield each of the fastest in a cell with its place; nothing where only one was measured."""
    names = among.fastest() if len(among.order) > 1 else ()
    yield from ((name, TIED if len(names) > 1 else FASTEST) for name in names)


def _row(measurement: Measurement, loop: Measurement | None, floor: Measurement | None) -> dict[str, Any]:
    cell, extra = measurement.cell, measurement.extra
    error = extra.error_over_bound
    share = _ratio(floor, measurement)
    values = (
        *(measurement.impl, extra.technique, cell.m, cell.n_x, *Setting.of(cell)),
        *(None, len(measurement.samples_s), measurement.calls),
        *median_interval(measurement.samples_s),
        float(np.quantile(measurement.samples_s, 0.25)),
        *_ratio(loop, measurement),
        *(median_interval(floor.samples_s).median if floor else None, *share[:3]),
        median_interval(extra.descent_step_s).median if extra.descent_step_s else None,
        *(extra.startup_s, extra.prepare_s, extra.first_call_s, extra.peak_rss_bytes),
        None if error is None else error.worst,
        limited_by(floor) if floor else None,
        floor is not None and (is_disturbed(floor) or share.median > 1),
        ", ".join(f"{name} {value}" for name, value in (extra.facts or {}).items()) or None,
    )
    return dict(zip(COLUMNS, values, strict=True))


def _ratio(numerator: Measurement | None, denominator: Measurement) -> Interval:
    """Return numerator / denominator in time with its interval; NaN where it is unknown.

    Without shared rounds it is the ratio of medians, with no interval.
    """
    nan = float("nan")
    if numerator is None:
        return Interval(nan, nan, nan, nan)
    paired = paired_ratio(numerator.by_round(), denominator.by_round())
    if paired is not None:
        return paired
    above, below = median_interval(numerator.samples_s).median, median_interval(denominator.samples_s).median
    return Interval(above / below if min(above, below) >= LEAST_S else nan, nan, nan, nan)
