"""Where the time goes in one cell, by each implementation's model: a stacked bar of its four terms."""

from __future__ import annotations

import matplotlib.style
import pandas as pd

from gradrace.bench.race.cost_model import CostModel
from gradrace.bench.results import Cell
from gradrace.reports.analysis.cost_models import models
from gradrace.reports.figures.canvas import INCHES_A_LETTER, STYLE, Picture, canvas, stem
from gradrace.reports.figures.styles import label
from gradrace.reports.words import Setting, duration, setting, sizes

TERMS = (("a call", "#0072b2"), ("examples", "#e69f00"), ("features", "#8a5fa8"), ("elements", "#009e73"))
"""The terms and their colours: of Okabe and Ito's palette, but a darker violet."""


def bars(table: pd.DataFrame, cell: Cell | None) -> list[Picture]:
    """One picture, or none where no model could be fitted. table: `tables.tidy`; cell: where."""
    if cell is None:
        return []
    fitted = models(table).get(Setting.of(cell))
    return [_picture(fitted, cell)] if fitted else []


def _picture(fitted: dict[str, CostModel], cell: Cell) -> Picture:
    fastest_first = sorted(fitted, key=lambda impl: fitted[impl].seconds(cell))
    parts = {impl: fitted[impl].piece(cell).parts_s(cell) for impl in fastest_first}
    names = [label(impl) for impl in fastest_first]
    title = f"At {sizes(cell)} {names[0]} spends its time on {_most(parts[fastest_first[0]])}"
    subtitle = f"Where the time goes, by the cost model: predicted, not measured ({setting(cell)})"
    with matplotlib.style.context(STYLE):
        left = 0.35 + INCHES_A_LETTER * max(map(len, names))
        figure, axes = canvas(title, subtitle, [], height=0.32 * len(names) + 0.2, left=left, right=9, free=0.4)
        done = [0.0] * len(names)
        for place, (term, colour) in enumerate(TERMS):
            shares = [100 * parts[impl][place] / sum(parts[impl]) for impl in fastest_first]
            axes.barh(names, shares, left=done, height=0.7, color=colour, label=term)
            done = [before + share for before, share in zip(done, shares, strict=True)]
        for y, impl in enumerate(fastest_first):
            axes.annotate(duration(sum(parts[impl]), 2), (101, y), verticalalignment="center", annotation_clip=False)
        axes.set(xlim=(0, 100), ylim=(len(names) - 0.4, -0.6), xlabel="per cent of the time")
        axes.tick_params(axis="y", length=0)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1.01), ncols=4, frameon=False, borderaxespad=0, handlelength=1)
    return Picture(stem(f"model_m{cell.m}_n_x{cell.n_x}", cell), title, figure)


def _most(parts: list[float]) -> str:
    return TERMS[parts.index(max(parts))][0]
