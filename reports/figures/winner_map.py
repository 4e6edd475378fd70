"""Map of the fastest implementation: a tile for each m and n_x."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from itertools import product
from typing import Any

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from gradrace.bench.results import Cell
from gradrace.reports.analysis.analysis import Analysis
from gradrace.reports.analysis.cost_models import NEAR, Predictor, likely_fastest
from gradrace.reports.analysis.fastest import MOST_NAMED
from gradrace.reports.analysis.winners import Winner, most_wins
from gradrace.reports.figures.canvas import STYLE, Picture, canvas, side_key, stem
from gradrace.reports.figures.styles import Colour, label, mix, style
from gradrace.reports.words import Setting, count, setting

LEAST_SIZES = 3
"""Minimum number of sizes m, and of n_x, for a map."""

MOST_LABELS = 9
"""Maximum number of labels of m side by side: "100,000" is as wide as a tile of nine."""

TILE = 0.42
"""Height of a tile in inches."""

HATCHED: dict[str, Any] = {"hatch": "///", "edgecolor": "white", "linewidth": 0}
"""Look of a tile in which the predicted fastest wasn't measured."""


def maps(run: Analysis) -> list[Picture]:
    """Draw a map for each setting with enough sizes."""
    names = zip(run.table.impl, run.table.technique, strict=True)
    colours = {impl: style(impl, technique).colour for impl, technique in names}
    found = [
        winner_map(where, won, {} if run.unmodelled[where] else run.predictors.get(where, {}), colours, run.overlooked)
        for where, won in run.winners.items()
    ]
    return [picture for picture in found if picture is not None]


def winner_map(
    where: Setting,
    won: Sequence[Winner],
    by: Mapping[str, Predictor],
    colours: Mapping[str, Colour],
    doubtful: Collection[Cell],
) -> Picture | None:
    """Draw the map of one setting; return None if too few sizes were measured.

    by: predictors of the implementations, for cells within the map that weren't measured; none if one of the fastest
    has no model. The tile stays white where no prediction holds.
    doubtful: measured cells in which the predicted fastest wasn't measured. Their tiles are hatched.
    """
    ms, n_xs = (sorted(set(sizes)) for sizes in zip(*((w.cell.m, w.cell.n_x) for w in won), strict=True))
    if len(ms) < LEAST_SIZES or len(n_xs) < LEAST_SIZES:
        return None
    by_size = {(winner.cell.m, winner.cell.n_x): winner.names for winner in won}
    title = most_wins(won, label)
    subtitle = f"The fastest implementation at each size, or those that are tied ({setting(where)})"
    shown: dict[str, Colour] = {}
    most = 1
    with matplotlib.style.context(STYLE):
        figure, axes = canvas(title, subtitle, [], height=TILE * len(n_xs), left=0.95, right=26)
        for (x, m), (y, n_x) in product(enumerate(ms), enumerate(n_xs)):
            measured = by_size.get((m, n_x))
            cell = Cell(m, n_x, *where)
            names = (measured or likely_fastest(by, cell))[:MOST_NAMED]
            _tile(axes, x, y, [colours[name] for name in names], pale=measured is None)
            if measured and cell in doubtful:
                axes.add_patch(Rectangle((x - 0.45, y - 0.43), 0.9, 0.86, fill=False, **HATCHED))
            shown |= {name: colours[name] for name in names}
            most = max(most, len(names))
        _frame(axes, ms, n_xs)
        _key(axes, shown, striped=most > 1, hatched=any(one.cell in doubtful for one in won))
    return Picture(stem("winners", where), title, figure)


def _tile(axes: Axes, x: int, y: int, colours: Sequence[Colour], *, pale: bool) -> None:
    """Draw a stripe for each of the fastest implementations, pale if they are predicted."""
    for place, colour in enumerate(colours):
        width = 0.9 / len(colours)
        look = {"facecolor": mix(colour, 0.75), "edgecolor": colour, "linestyle": "--"} if pale else {"color": colour}
        axes.add_patch(Rectangle((x - 0.45 + place * width, y - 0.43), width, 0.86, linewidth=0.8 * pale, **look))
    if pale and colours:
        axes.text(x, y, NEAR, horizontalalignment="center", verticalalignment="center", color="0.25")


def _frame(axes: Axes, ms: Sequence[int], n_xs: Sequence[int]) -> None:
    axes.set(xlim=(-0.5, len(ms) - 0.5), ylim=(-0.5, len(n_xs) - 0.5), xlabel="m (examples)", ylabel="n_x (features)")
    step = math.ceil(len(ms) / MOST_LABELS)
    axes.set_xticks(range(0, len(ms), step), [count(m) for m in ms[::step]])
    axes.set_yticks(range(len(n_xs)), [count(n_x) for n_x in n_xs])
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _key(axes: Axes, colours: Mapping[str, Colour], *, striped: bool, hatched: bool) -> None:
    """Draw the key of the colours, and of the stripes, the pale tiles and the hatched ones if there are any."""
    handles = [Patch(color=colour, label=label(name)) for name, colour in colours.items()]
    if striped:
        handles.append(Patch(facecolor="none", edgecolor="none", label=f"stripes: tied ({MOST_NAMED} at most)"))
    if axes.texts:
        handles.append(Patch(facecolor="0.92", edgecolor="0.5", linestyle="--", label=f"pale, {NEAR}: predicted"))
    if hatched:
        handles.append(Patch(facecolor="0.6", label="hatched: the predicted\nfastest wasn't measured", **HATCHED))
    side_key(axes, handles, labelcolor="0.25")
