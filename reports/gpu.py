"""Where a GPU pays: against the best that the CPU has, without bringing X over and with it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bench.results import ON_GPU, Cell
from reports.grids import Grid
from reports.laws import SETTING
from reports.tables import CELL, cell_of
from reports.words import count, duration, listing, plain, setting, times

NEVER = "never"


class Rivals(NamedTuple):
    """The fastest on the CPU and the fastest on the GPU in a cell: rows of `tidy`."""

    cell: Cell
    cpu: Any
    gpu: Any

    @property
    def steps(self) -> float:
        """After how many gradients the GPU is ahead, both having prepared X; infinite where it never is.

        prepare_gpu + k·gpu < prepare_cpu + k·cpu. NaN where what preparing takes isn't known.
        """
        gain_s = float(self.cpu.median_s - self.gpu.median_s)
        if gain_s <= 0:
            return math.inf
        return float(np.maximum((self.gpu.prepare_s - self.cpu.prepare_s) / gain_s, 1.0))


def where_it_pays(table: pd.DataFrame) -> list[Grid]:
    """A table for each setting in which both devices were measured in a cell, the fewest elements first."""
    return [
        _grid(Cell(1, 1, *where), sorted(found, key=lambda one: (one.cell.m * one.cell.n_x, one.cell)))
        for where, rows in table[table.median_s > 0].groupby(SETTING)
        if (found := [*_rivals(rows)])
    ]


def _rivals(table: pd.DataFrame) -> Iterator[Rivals]:
    on_gpu = table.impl.str.endswith(ON_GPU)
    for _, rows in table.groupby(CELL):
        ranked = rows.sort_values("median_s")
        cpu, gpu = (ranked[on_gpu[ranked.index] == device] for device in (False, True))
        if len(cpu) and len(gpu):
            first, second = (next(device.itertuples()) for device in (cpu, gpu))
            yield Rivals(cell_of(first), first, second)


def _grid(where: Cell, found: list[Rivals]) -> Grid:
    rows = [
        [
            f"{count(one.cell.m)} × {count(one.cell.n_x)}",
            duration(one.cpu.median_s),
            duration(one.gpu.median_s),
            times(one.cpu.median_s / one.gpu.median_s, 2),
            duration(one.gpu.prepare_s, 2),
            NEVER if math.isinf(one.steps) else _gradients(one.steps),
        ]
        for one in found
    ]
    best = [listing(_best(getattr(one, device).impl for one in found)) for device in ("cpu", "gpu")]
    return Grid(
        title=f"Where the GPU pays ({setting(where)})",
        heads=["m × n_x", "CPU's best", "GPU's best", "faster", "X brought\nover", "ahead after"],
        groups=[("", rows)],
        footnote=(
            f"The best of the CPU: {best[0]}; of the GPU: {best[1]}. Ahead after so many gradients, preparing X "
            "counted on both sides: bringing it over, and laying it out."
        ),
    )


def _gradients(steps: float) -> str:
    if math.isnan(steps):
        return duration(steps)
    whole = math.ceil(steps)
    return f"{count(whole)} gradient{'s' if whole > 1 else ''}"


def _best(names: Iterator[str]) -> list[str]:
    """The names, who is best most often first."""
    return [plain(name, 80) for name, _ in Counter(names).most_common()]
