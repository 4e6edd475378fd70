"""Predicted composition of the time in one cell: a stacked bar of each model's four terms."""

from __future__ import annotations

import matplotlib.style

from gradrace.bench.results import Cell
from gradrace.bench.text import duration
from gradrace.reports.analysis.analysis import Analysis
from gradrace.reports.analysis.cost_models import NEAR
from gradrace.reports.analysis.tables import in_cells
from gradrace.reports.figures.canvas import INCHES_A_LETTER, STYLE, Picture, canvas, stem
from gradrace.reports.figures.styles import label
from gradrace.reports.words import Setting, setting, sizes

TERMS = (("a call", "#0072b2"), ("examples", "#e69f00"), ("features", "#8a5fa8"), ("elements", "#009e73"))
"""Terms and their colours, from Okabe and Ito's palette with a darker violet."""


def bars(run: Analysis) -> list[Picture]:
    """Draw the most informative cell if a model holds there; return one picture or none."""
    if run.cell is None:
        return []
    by = run.predictors.get(Setting.of(run.cell), {})
    held = [impl for impl in in_cells(run.table, [run.cell]).impl.unique() if impl in by and by[impl].seconds(run.cell)]
    parts = {impl: by[impl].piece(run.cell).piece.parts_s(run.cell) for impl in held}
    return [_picture(dict(sorted(parts.items(), key=lambda one: sum(one[1]))), run.cell)] if parts else []


def _picture(parts: dict[str, list[float]], cell: Cell) -> Picture:
    names = [label(impl) for impl in parts]
    title = f"At {sizes(cell)} {names[0]} spends most time on {_most(next(iter(parts.values())))}"
    subtitle = f"Where the time goes, by the cost model: predicted, not measured ({setting(cell)})"
    with matplotlib.style.context(STYLE):
        left = 0.35 + INCHES_A_LETTER * max(map(len, names))
        figure, axes = canvas(title, subtitle, [], height=0.32 * len(names) + 0.2, left=left, right=11, free=0.4)
        done = [0.0] * len(names)
        for place, (term, colour) in enumerate(TERMS):
            shares = [100 * its[place] / sum(its) for its in parts.values()]
            axes.barh(names, shares, left=done, height=0.7, color=colour, label=term)
            done = [before + share for before, share in zip(done, shares, strict=True)]
        for y, its in enumerate(parts.values()):
            words = f"{NEAR} {duration(sum(its), 2)}"
            axes.annotate(words, (101, y), verticalalignment="center", annotation_clip=False)
        axes.set(xlim=(0, 100), ylim=(len(names) - 0.4, -0.6), xlabel="share of the time, %")
        axes.tick_params(axis="y", length=0)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1.01), ncols=4, frameon=False, borderaxespad=0, handlelength=1)
    return Picture(stem(f"model_m{cell.m}_n_x{cell.n_x}", cell), title, figure)


def _most(parts: list[float]) -> str:
    return TERMS[parts.index(max(parts))][0]
