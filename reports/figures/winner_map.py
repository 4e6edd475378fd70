"""Who is fastest where, as a map: a tile for each m and n_x."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Polygon, Rectangle

from gradrace.bench.race.cost_model import CostModel
from gradrace.bench.results import Cell
from gradrace.reports.analysis.analysis import Analysis
from gradrace.reports.analysis.cost_models import models
from gradrace.reports.analysis.winners import Winner
from gradrace.reports.figures.canvas import STYLE, Picture, canvas, side_key, stem
from gradrace.reports.figures.styles import Colour, label, mix, style
from gradrace.reports.words import Setting, count, setting

LEAST_SIZES = 3
"""Of m and of n_x: fewer are no map."""

MOST_LABELS = 9
"""Of m, side by side: 100,000 takes as much as a tile of nine."""

TILE = 0.42
"""Inches that a tile is high."""


def maps(run: Analysis) -> list[Picture]:
    """Draw a map for each setting with sizes enough."""
    names = zip(run.table.impl, run.table.technique, strict=True)
    colours = {impl: style(impl, technique).colour for impl, technique in names}
    fitted = models(run.table)
    found = [winner_map(where, won, fitted.get(where, {}), colours) for where, won in run.winners.items()]
    return [picture for picture in found if picture is not None]


def winner_map(
    where: Setting, won: Sequence[Winner], models: Mapping[str, CostModel], colours: Mapping[str, Colour]
) -> Picture | None:
    """Draw the map of one setting; None where too few sizes were measured for one.

    models: of each implementation, for cells within the map that nobody was measured in: predicted, and drawn so.
    """
    ms, n_xs = (sorted(set(sizes)) for sizes in zip(*((w.cell.m, w.cell.n_x) for w in won), strict=True))
    if len(ms) < LEAST_SIZES or len(n_xs) < LEAST_SIZES:
        return None
    by_size = {(winner.cell.m, winner.cell.n_x): winner.names for winner in won}
    title = _title(won)
    subtitle = f"The fastest at each size ({setting(where)})"
    with matplotlib.style.context(STYLE):
        figure, axes = canvas(title, subtitle, [], height=TILE * len(n_xs), left=0.95, right=24)
        for (x, m), (y, n_x) in product(enumerate(ms), enumerate(n_xs)):
            if (m, n_x) in by_size:
                _tile(axes, x, y, [colours[name] for name in by_size[m, n_x]])
            elif models:
                cell = Cell(m, n_x, *where)
                likely = min(models, key=lambda name: models[name].seconds(cell))
                by_size[m, n_x] = (likely,)
                _predicted(axes, x, y, colours[likely])
        _frame(axes, ms, n_xs)
        _key(axes, {name: colours[name] for names in by_size.values() for name in names[:2]})
    return Picture(stem("winners", where), title, figure)


def _tile(axes: Axes, x: int, y: int, colours: Sequence[Colour]) -> None:
    """The fastest's colour; a corner in that of whoever is as fast."""
    axes.add_patch(Rectangle((x - 0.47, y - 0.45), 0.94, 0.9, color=colours[0], linewidth=0))
    if len(colours) > 1:
        corner = [(x + 0.47, y - 0.45), (x + 0.47, y + 0.05), (x - 0.03, y - 0.45)]
        axes.add_patch(Polygon(corner, facecolor=colours[1], edgecolor="white", linewidth=0.8))


def _predicted(axes: Axes, x: int, y: int, colour: Colour) -> None:
    axes.add_patch(
        Rectangle((x - 0.45, y - 0.43), 0.9, 0.86, facecolor=mix(colour, 0.75), edgecolor=colour, linestyle=":")
    )


def _frame(axes: Axes, ms: Sequence[int], n_xs: Sequence[int]) -> None:
    axes.set(xlim=(-0.5, len(ms) - 0.5), ylim=(-0.5, len(n_xs) - 0.5), xlabel="m (examples)", ylabel="n_x (features)")
    step = math.ceil(len(ms) / MOST_LABELS)
    axes.set_xticks(range(0, len(ms), step), [count(m) for m in ms[::step]])
    axes.set_yticks(range(len(n_xs)), [count(n_x) for n_x in n_xs])
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _key(axes: Axes, colours: Mapping[str, Colour]) -> None:
    """Say what the colours mean, and the corners and pale tiles."""
    handles = [Patch(color=colour, label=label(name)) for name, colour in colours.items()]
    handles += [
        Patch(facecolor="none", edgecolor="none", label="corner: as fast"),
        Patch(facecolor="0.92", edgecolor="0.5", linestyle=":", label="pale: predicted"),
    ]
    side_key(axes, handles, labelcolor="0.25")


def _title(won: Sequence[Winner]) -> str:
    """Who is fastest most often."""
    first, cells = Counter(winner.impl for winner in won).most_common(1)[0]
    return f"{label(first)} is the fastest in {cells} of {len(won)} cells"
