"""Sizes at which a GPU pays: compared with the best CPU implementation, with and without the transfer of X."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from gradrace.bench.results import ON_GPU, Cell, by_elements
from gradrace.bench.text import UNKNOWN, duration
from gradrace.reports.analysis.tables import CELL, SETTING, cell_of
from gradrace.reports.grid import Grid
from gradrace.reports.words import Setting, listing, name_of, number_of, product, setting, times


class Rivals(NamedTuple):
    """Rows of `tidy` measured on the CPU and on the GPU in a cell, the fastest first."""

    cell: Cell
    cpu: list[Any]
    gpu: list[Any]

    @property
    def tied(self) -> bool:
        """Return whether neither device is shown to be faster."""
        return bool(self.cpu[0].place and self.gpu[0].place)

    @property
    def gradients(self) -> float:
        """Return the number of calls after which a GPU implementation has overtaken every CPU one.

        The time to prepare X is included. The number is infinite where none ever does, and NaN where the time of
        preparation is unknown.
        """
        return float(np.min([np.max([_ahead(gpu, cpu) for cpu in self.cpu]) for gpu in self.gpu]))


def _ahead(one: Any, other: Any) -> float:
    """Return the least k with prepare + k·call below the other's; infinite if a call of `one` isn't faster."""
    gain_s = other.median_s - one.median_s
    if gain_s <= 0:
        return math.inf
    return float(np.maximum(np.floor((one.prepare_s - other.prepare_s) / gain_s) + 1, 1.0))


def where_it_pays(table: pd.DataFrame) -> dict[Setting, Grid]:
    """Return a table for each setting in which both devices were measured in a cell, the fewest elements first."""
    return {
        Setting(*where): _grid(Setting(*where), sorted(found, key=lambda one: by_elements(one.cell)))
        for where, rows in table[table.median_s > 0].groupby(SETTING)
        if (found := [*_rivals(rows)])
    }


def _rivals(table: pd.DataFrame) -> Iterator[Rivals]:
    if not table.impl.str.endswith(ON_GPU).any():
        return
    for _, rows in table.groupby(CELL):
        on_gpu = rows.impl.str.endswith(ON_GPU)
        cpu, gpu = ([*rows[on_gpu == device].itertuples()] for device in (False, True))
        if cpu and gpu:
            yield Rivals(cell_of(cpu[0]), cpu, gpu)


def _grid(where: Setting, found: list[Rivals]) -> Grid:
    rows = [
        [
            product(one.cell.m, one.cell.n_x),
            duration(one.cpu[0].median_s),
            duration(one.gpu[0].median_s),
            times(one.cpu[0].median_s / one.gpu[0].median_s, 2) + " (tied)" * one.tied,
            duration(one.gpu[0].prepare_s, 2),
            _gradients(one.gradients),
        ]
        for one in found
    ]
    best = [listing(_best(getattr(one, device)[0].impl for one in found)) for device in ("cpu", "gpu")]
    return Grid(
        title=f"Where the GPU pays ({setting(where)})",
        heads=["m × n_x", "best CPU", "best GPU", "GPU\nfaster", "prepare X\non GPU", "GPU ahead\nafter"],
        rows=rows,
        footnote=(
            f"Best on the CPU: {best[0]}; on the GPU: {best[1]}. Prepare X on GPU: time of that implementation. "
            "GPU ahead after: number of gradients after which a GPU implementation has overtaken every CPU one, "
            "preparation included."
        ),
    )


def _gradients(number: float) -> str:
    if math.isinf(number):
        return "never"
    return UNKNOWN if math.isnan(number) else number_of(int(number), "gradient")


def _best(names: Iterator[str]) -> list[str]:
    """Return the names, the most frequent winner first."""
    return [name_of(name) for name, _ in Counter(names).most_common()]
