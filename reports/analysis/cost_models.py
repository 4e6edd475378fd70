"""Cost models of the implementations, fitted to the tidy table: their terms as a table, and predictions.

Figures, maps, sentences and the page predict only through `Predictor`, which returns None outside the model's range.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from gradrace.bench.race.cost_model import AXES, Piece, Region, bounds, errors
from gradrace.bench.results import FLOORS, ITEM_BYTES, ON_GPU, Cell, Results
from gradrace.bench.text import duration
from gradrace.reports.analysis.tables import SETTING, cells_of
from gradrace.reports.analysis.undisturbed import fitted, undisturbed
from gradrace.reports.grid import Grid
from gradrace.reports.words import Setting, between, listing, name_of, number_of, percent, rounded, setting, sizes

TERMS = ("call", "example", "feature", "element")

REACH = 10.0
"""Factor beyond the measured m, n_x and m·n_x up to which a model predicts."""

DECIDES = 0.25
"""Share of a predicted time above which the prediction depends on a term.

No prediction depends on terms whose intervals include 0.
"""

MOST_OVERLOOKED = 3
"""Maximum number of sizes that `overlooked_sentences` names; the last is "N more sizes" where there are more."""

NEAR = "≈"
"""Sign of predicted figures."""


class Fitted(NamedTuple):
    """A piece of an implementation's cost model, with the 95 % intervals of its terms and its median relative error."""

    impl: str
    where: Setting
    piece: Piece
    low: Piece
    high: Piece
    error: float


def fitted_pieces(table: pd.DataFrame) -> list[Fitted]:
    """Return the pieces of all models, setting by setting."""
    found = []
    for where, times in sorted(undisturbed(table).items()):
        for impl, model in fitted(times).items():
            for piece, (low, high) in zip(model.pieces, bounds(model, times[impl]), strict=True):
                own = {cell: seconds for cell, seconds in times[impl].items() if model.piece(cell) is piece}
                error = float(np.median(np.abs(errors(model, own))))
                found.append(Fitted(impl, where, piece, low, high, error))
    return found


class Predictor(NamedTuple):
    """Cost model of an implementation in one setting.

    Attributes:
        pieces: Pieces of the model.
        low: Smallest m, n_x and m·n_x for which it predicts.
        high: Largest m, n_x and m·n_x for which it predicts.
    """

    pieces: tuple[Fitted, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def seconds(self, cell: Cell) -> float | None:
        """Return the predicted seconds, or None where the model doesn't hold."""
        sizes = (cell.m, cell.n_x, cell.elements)
        if not all(low <= size <= high for low, size, high in zip(self.low, sizes, self.high, strict=True)):
            return None
        fitted = self.piece(cell)
        parts = fitted.piece.parts_s(cell)
        open_s = sum(part for part, least in zip(parts, fitted.low.terms, strict=True) if least <= 0)
        return sum(parts) if 0 < sum(parts) and open_s <= DECIDES * sum(parts) else None

    def off(self, cell: Cell) -> float:
        """Return the relative error of a prediction, at most 1: the model's, or what the largest term leaves open.

        The latter is half the relative width of that term's interval, times its share of the predicted time.
        """
        fitted = self.piece(cell)
        parts = fitted.piece.parts_s(cell)
        largest = parts.index(max(parts))
        low, term, high = (piece.terms[largest] for piece in (fitted.low, fitted.piece, fitted.high))
        return min(1.0, max(fitted.error, parts[largest] / sum(parts) * (high - low) / (2 * term)))

    def least_s(self, cell: Cell) -> float:
        """Return the least seconds that the model allows, from the lower ends of all terms, for a cell of any size."""
        return sum(self.piece(cell).low.parts_s(cell))

    def piece(self, cell: Cell) -> Fitted:
        """Return the piece of the model whose region contains a cell."""
        return next(one for one in self.pieces if one.piece.region.holds(cell.m, cell.n_x))


def predictors(results: Results, table: pd.DataFrame, found: Sequence[Fitted]) -> dict[Setting, dict[str, Predictor]]:
    """Return the predictor of each implementation in each setting. A predictor ends where X exceeds the memory.

    Args:
        results: Results, which record the memory.
        table: Their `tidy` table.
        found: Pieces of all models.
    """
    pieces: defaultdict[tuple[Setting, str], list[Fitted]] = defaultdict(list)
    for one in found:
        pieces[one.where, one.impl].append(one)
    ranges = {
        (Setting(*where), impl): [
            (float(ends.min()), float(ends.max())) for ends in (rows.m, rows.n_x, 1.0 * rows.m * rows.n_x)
        ]
        for (*where, impl), rows in table.groupby([*SETTING, "impl"])
    }
    made: defaultdict[Setting, dict[str, Predictor]] = defaultdict(dict)
    for (where, impl), its in pieces.items():
        low, high = zip(*((least / REACH, most * REACH) for least, most in ranges[where, impl]), strict=True)
        room = _memory_bytes(results, impl) / (1 if where.pixels else ITEM_BYTES[where.dtype])
        made[where][impl] = Predictor(tuple(its), low, (*high[:2], min(high[2], room)))
    return dict(made)


def missing(results: Results, by: Mapping[Setting, Mapping[str, Predictor]]) -> dict[Cell, dict[str, float]]:
    """Return predictions {cell: {implementation: seconds}} for what was skipped or not tried in the cells of a run.

    An implementation that was wrong or failed in a cell has no figure there.
    """
    known: set[tuple[Cell | None, str]] = {(one.cell, one.impl) for one in results.measurements}
    known |= {(one.cell, one.impl) for one in results.absences if one.outcome != "skipped"}
    return {
        cell: {
            impl: seconds
            for impl, predictor in by.get(Setting.of(cell), {}).items()
            if not {(cell, impl), (None, impl)} & known and (seconds := predictor.seconds(cell)) is not None
        }
        for cell in cells_of(results)
    }


class Overlooked(NamedTuple):
    """Implementation that was not measured in a cell, but is the fastest there as predicted.

    Attributes:
        impl: Its name.
        seconds: Its predicted seconds.
        measured_s: Fastest median in the cell.
    """

    impl: str
    seconds: float
    measured_s: float


def unmodelled(fastest: Iterable[str], by: Mapping[str, Predictor]) -> tuple[str, ...]:
    """Return those of the fastest implementations of measured cells that have no model, as too few were measured."""
    return tuple(name for name in dict.fromkeys(fastest) if name not in by)


def overlooked(
    results: Results,
    by: Mapping[Setting, Mapping[str, Predictor]],
    others: Mapping[Setting, Collection[str]],
) -> dict[Cell, Overlooked]:
    """Return the fastest of what was not measured, in cells where its prediction, error added, is the fastest.

    others: fastest implementations of other cells that have no model. None of them may be missing in the cell.
    """
    measured = {(one.cell, one.impl) for one in results.measurements}
    fastest_s = defaultdict[Cell, float](lambda: math.inf)
    for one in results.measurements:
        if one.impl not in FLOORS and one.samples_s:
            fastest_s[one.cell] = min(fastest_s[one.cell], median(one.samples_s))
    found = {}
    for cell, seconds in missing(results, by).items():
        impl = min(seconds, key=lambda name: seconds[name], default=None)
        if any((cell, other) not in measured for other in others.get(Setting.of(cell), ())):
            continue
        if impl is not None and seconds[impl] * (1 + by[Setting.of(cell)][impl].off(cell)) < fastest_s[cell] < math.inf:
            found[cell] = Overlooked(impl, seconds[impl], fastest_s[cell])
    return found


def overlooked_sentences(found: Mapping[Cell, Overlooked]) -> list[str]:
    """Return a sentence about what was not measured, but is the fastest as predicted, if anything was."""
    places = [
        f"{name_of(one.impl)} at {sizes(cell)} "
        f"({NEAR} {duration(one.seconds, 2)} instead of {duration(one.measured_s, 2)})"
        for cell, one in found.items()
    ]
    if len(places) > MOST_OVERLOOKED:
        places = [*places[: MOST_OVERLOOKED - 1], number_of(len(places) - MOST_OVERLOOKED + 1, "more size")]
    return [f"Not measured, but the fastest as predicted: {listing(places)}."] if places else []


def likely_fastest(by: Mapping[str, Predictor], cell: Cell) -> tuple[str, ...]:
    """Return the predicted fastest and those tied with it within the prediction errors; empty where one is in doubt.

    An implementation is in doubt if its model doesn't hold there and it might be faster than the predicted best.
    """
    seconds = {impl: one.seconds(cell) for impl, one in by.items()}
    held = sorted((known, impl) for impl, known in seconds.items() if known is not None)
    if not held or any(by[impl].least_s(cell) < held[0][0] for impl, known in seconds.items() if known is None):
        return ()
    limit = held[0][0] * (1 + by[held[0][1]].off(cell))
    return tuple(impl for known, impl in held if known * (1 - by[impl].off(cell)) <= limit)


def sizes_of(region: Region) -> str:
    """Return the sizes of a region as text: m < 55, m·n_x ≥ 95,000; empty if it contains all sizes."""
    parts = []
    for axis, low, high in zip(AXES, region.low, region.high, strict=True):
        parts += [f"{axis} ≥ {rounded(low)}"] if low else []
        parts += [f"{axis} < {rounded(high)}"] if math.isfinite(high) else []
    return ", ".join(parts)


def cost_model_grids(found: Sequence[Fitted]) -> list[Grid]:
    """Return a table of models for each setting, the implementations with the most expensive elements last."""
    return [_grid(where, [*pieces]) for where, pieces in groupby(found, key=lambda one: one.where)]


def _grid(where: Setting, found: Sequence[Fitted]) -> Grid:
    dearest = {impl: max(one.piece.terms[-1] for one in its) for impl, its in groupby(found, key=lambda one: one.impl)}
    lines = []
    before = None
    for one in sorted(found, key=lambda one: (dearest[one.impl], one.impl)):
        terms = (duration(seconds, 2) for seconds in one.piece.terms)
        lines.append([name_of(one.impl) if one.impl != before else "", *terms, percent(one.error)])
        region = sizes_of(one.piece.region).replace(" ", "").replace(",m", " m").replace(",n", " n")  # 80 columns
        ends = zip(one.low.terms, one.high.terms, strict=True)
        lines.append([region, *(between(duration(low, 2), duration(high, 2)) for low, high in ends), ""])
        before = one.impl
    return Grid(
        title=f"The cost model ({setting(where)})",
        heads=["implementation", "a call", "an\nexample", "a\nfeature", "an\nelement", "median\nerror"],
        rows=lines,
        footnote=(
            "Time = call + m · example + n_x · feature + m·n_x · element, with 95 % intervals below the terms. Where "
            "one model doesn't hold for all sizes, each set of terms names its sizes. The models are fitted to lower "
            "quartiles of samples, divided by the slowdown of the other implementations in the cell: they predict an "
            "undisturbed machine. Median error: relative, of the model in the measured cells."
        ),
    )


def _memory_bytes(results: Results, impl: str) -> float:
    """Return the memory in bytes of the machine, or of its GPU; infinite if the results don't record it."""
    ours: Any = results.machine.get("gradrace")
    device = ours.get("gpu") if impl.endswith(ON_GPU) and isinstance(ours, Mapping) else ours
    found = device.get("memory_bytes") if isinstance(device, Mapping) else None
    return float(found) if isinstance(found, int | float) else math.inf
