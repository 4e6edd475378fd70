"""Accuracy of the cost models on unseen cells: cells are held out, predicted, and compared.

`python -m studies.held_out results.json` prints a table, from a full grid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from numpy.typing import NDArray
from rich.console import Console

from gradrace.bench.race.cost_model import LEAST_CELLS, fit
from gradrace.bench.results import Cell, Results
from gradrace.bench.results_file import read
from gradrace.bench.text import UNKNOWN
from gradrace.reports.analysis.tables import tidy
from gradrace.reports.analysis.undisturbed import Times, lower_quartiles, undisturbed
from gradrace.reports.analysis.winners import winners
from gradrace.reports.grid import Grid
from gradrace.reports.text.table import print_grid
from gradrace.reports.words import Setting, name_of, percent, setting

FOLDS = 10
"""Number of parts of the cells that are held out in turn."""

CLOSE = 0.25
"""Relative error up to which a prediction is useful for a choice."""

OVERHEAD = 10_000
"""Number of elements below which a call's fixed cost dominates; from there on, X exceeds the first-level cache."""

Seen = Mapping[Cell, float]
Regime = Callable[[Cell], bool]


@dataclass(frozen=True, slots=True)
class Predicted:
    """Measured and predicted {cell: seconds} of one implementation; each model was fitted without the cell's part."""

    impl: str
    measured: dict[Cell, float]
    predicted: dict[Cell, float]

    def errors(self, regime: Regime) -> NDArray[np.float64]:
        """Return the relative errors in the cells of a regime."""
        return np.array([self.predicted[cell] / self.measured[cell] - 1 for cell in self.predicted if regime(cell)])


def held_out(seen: Seen) -> dict[Cell, float]:
    """Return the seconds of each cell, predicted by a model fitted to the other FOLDS − 1 parts of the cells."""
    cells = sorted(seen)
    parts = np.random.default_rng(0).permutation(len(cells)) % FOLDS
    found: dict[Cell, float] = {}
    for part in range(FOLDS):
        known = {cell: seen[cell] for cell, its in zip(cells, parts, strict=True) if its != part}
        model = fit(known) if len(known) >= LEAST_CELLS else None
        if model is not None:
            found |= {cell: model.seconds(cell) for cell, its in zip(cells, parts, strict=True) if its == part}
    return found


def predicted(
    results: Results, times: Callable[[pd.DataFrame], Mapping[Setting, Times]]
) -> dict[Setting, list[Predicted]]:
    """Return the predictions for each implementation, by setting.

    times: `lower_quartiles`, which are the measured times, or `undisturbed`.
    """
    return {
        where: [Predicted(impl, seen, held_out(seen)) for impl, seen in its.items()]
        for where, its in times(tidy(results)).items()
    }


def agreement(results: Results, where: Setting, predicted: Sequence[Predicted]) -> tuple[int, int]:
    """Return the number of cells in which the predicted winner is the measured one or tied, and of all cells."""
    told = winners(results).get(where, [])
    right = 0
    for winner in told:
        there = {one.impl: one.predicted[winner.cell] for one in predicted if winner.cell in one.predicted}
        right += bool(there) and min(there, key=lambda impl: there[impl]) in winner.names
    return right, len(told)


def grid(where: Setting, raw: Sequence[Predicted], cleared: Sequence[Predicted], agreed: tuple[int, int]) -> Grid:
    """Return a table with a row for each implementation.

    Args:
        where: Setting of the table.
        raw: Predictions of the measured times.
        cleared: Predictions of the times corrected for disturbances.
        agreed: Number of cells with the right winner, and of all cells.
    """
    rows = [
        [name_of(one.impl), str(len(one.measured)), *_figures(one), *_figures(other)]
        for one, other in zip(raw, cleared, strict=True)
    ]
    return Grid(
        title=f"Held-out cells within {CLOSE:.0%} ({setting(where)})",
        heads=[
            "implementation",
            "cells",
            "all",
            "beyond\noverhead",
            "off by",
            "cleared:\nall",
            "beyond\noverhead",
            "off by",
        ],
        rows=rows,
        footnote=(
            f"Each cell predicted by a model fitted to the other {FOLDS - 1} of {FOLDS} parts of the cells. Beyond "
            f"overhead: m·n_x ≥ {OVERHEAD:,}. Cleared: times divided by what the others in the cell are off. Off "
            "by: the median error beyond overhead. The fastest by prediction is the fastest, "
            f"or as fast, in {agreed[0]} of {agreed[1]} cells."
        ),
    )


def _figures(one: Predicted) -> Iterator[str]:
    everywhere, beyond = (np.abs(one.errors(regime)) for regime in (lambda _: True, _beyond_overhead))
    for errors in (everywhere, beyond):
        yield f"{np.mean(errors <= CLOSE):.2f}" if len(errors) else UNKNOWN
    yield percent(float(np.median(beyond)) if len(beyond) else None)


def _beyond_overhead(cell: Cell) -> bool:
    return cell.elements >= OVERHEAD


def main(file: Annotated[Path, typer.Argument(help="results.json of a full grid.")]) -> None:
    """Hold cells out, and print the accuracy of their predictions."""
    results = read(file)
    raw, cleared = predicted(results, lower_quartiles), predicted(results, undisturbed)
    if not cleared:
        raise SystemExit(f"{file}: nothing was measured; name the results of a full grid")
    for where, found in cleared.items():
        print_grid(Console(), grid(where, raw[where], found, agreement(results, where, found)))


if __name__ == "__main__":
    typer.run(main)
