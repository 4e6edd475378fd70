"""Each implementation's cost model, fitted to the tidy table, and what it says of sizes that weren't measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
import pandas as pd

from gradrace.bench.race.cost_model import AXES, CostModel, Piece, Region, bounds, errors
from gradrace.reports.analysis.undisturbed import fitted, undisturbed
from gradrace.reports.grid import Grid
from gradrace.reports.words import Setting, between, duration, name_of, percent, rounded, setting

TERMS = ("call", "example", "feature", "element")


class Fitted(NamedTuple):
    """A piece of an implementation's cost model, its terms' 95 % intervals, and its median relative error."""

    impl: str
    where: Setting
    piece: Piece
    low: Piece
    high: Piece
    error: float


def models(table: pd.DataFrame) -> dict[Setting, dict[str, CostModel]]:
    """Return the model of each implementation that was measured in LEAST_CELLS cells or more, for each setting."""
    return {where: fitted(times) for where, times in undisturbed(table).items()}


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


def sizes_of(region: Region) -> str:
    """The sizes of a region: m < 55, m·n_x ≥ 95,000; nothing of all."""
    parts = []
    for axis, low, high in zip(AXES, region.low, region.high, strict=True):
        parts += [f"{axis} ≥ {rounded(low)}"] if low else []
        parts += [f"{axis} < {rounded(high)}"] if math.isfinite(high) else []
    return ", ".join(parts)


def cost_model_grids(found: Sequence[Fitted]) -> list[Grid]:
    """Return a table of models for each setting, the implementations with the dearest elements last."""
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
        heads=["implementation", "a call", "an\nexample", "a\nfeature", "an\nelement", "off by"],
        rows=lines,
        footnote=(
            "Time = a call + m examples + n_x features + m·n_x elements, fitted, with 95 % intervals below; with other "
            "terms for the sizes named there where one model doesn't hold. Fitted to lower quartiles of samples, "
            "divided by what the others in the cell were off: times of a machine left alone. Off by: the median "
            "relative error."
        ),
    )
