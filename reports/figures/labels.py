"""Names at the ends of lines, placed so that they cover neither each other nor a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from gradrace.reports.figures.canvas import LETTERS
from gradrace.reports.figures.styles import Colour

Points = NDArray[np.float64]
"""Array of shape (n, 2): x and y of places on a figure, in points (1/72 inch)."""

_LINE = 1.3 * LETTERS
"""Points from one line of letters to the next."""

_MARGIN, _INSIDE = 20, 8
"""Points from a line's end to its name: in the margin with room for a stroke, inside the axes close to the end."""

_GAP, _BESIDE = 4, 2
"""Points from a line's end, where its last marker is, to that stroke; and from the stroke to the name."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A line in data coordinates, left to right, and its name."""

    x: NDArray[Any]
    y: NDArray[Any]
    name: str
    ink: Colour


def name_lines(axes: Axes, lines: Sequence[Line]) -> None:
    """Write each line's name at its end: right of the axes, or inside for a line that stops earlier.

    The limits and scales of the axes must be final.
    """
    edge = max(line.x[-1] for line in lines)
    placed = [(line, _in_points(axes, line)) for line in lines]
    in_margin = [(line, places[-1]) for line, places in placed if line.x[-1] == edge]
    bottom, top = (height * 72 / axes.figure.dpi for height in axes.get_window_extent().intervaly)
    heights = spread(np.array([end[1] for _, end in in_margin]), _LINE, bottom, top)
    for (line, end), height in zip(in_margin, heights, strict=True):
        _write(axes, line, end, _MARGIN, height - end[1])
    taken = np.concatenate([_filled(places) for _, places in placed])
    left = axes.get_window_extent().x0 * 72 / axes.figure.dpi
    for line, places in placed:
        if line.x[-1] != edge:
            box, dx, dy = _freest(places[-1], line.name, taken, left)
            taken = np.concatenate([taken, box])
            _write(axes, line, places[-1], dx, dy)


def spread(wanted: NDArray[np.float64], gap: float, low: float, high: float) -> NDArray[np.float64]:
    """Return positions in [low, high], at least `gap` apart, as near as possible to those wanted and in their order.

    Least squares under p[k + 1] − p[k] ≥ gap is, for q[k] = p[k] − k·gap, isotonic regression; clipping q keeps it
    optimal (R. E. Barlow et al., Statistical Inference under Order Restrictions, 1972).
    """
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(len(wanted))
    nearest = isotonic_regression(wanted[order] - steps).x
    placed = np.empty(len(wanted))
    placed[order] = np.clip(nearest, low, max(low, high - steps[-1])) + steps
    return placed


def _in_points(axes: Axes, line: Line) -> Points:
    places: Points = axes.transData.transform(np.column_stack([line.x, line.y])) * 72 / axes.figure.dpi
    return places


def _filled(places: Points) -> Points:
    """Return a line as places two points apart."""
    x = np.append(np.arange(places[0, 0], places[-1, 0], 2.0), places[-1, 0])
    return np.column_stack([x, np.interp(x, places[:, 0], places[:, 1])])


def _freest(end: Points, name: str, taken: Points, edge: float) -> tuple[Points, float, float]:
    """Return the place of a name, right of `edge`, that covers the fewest points of `taken`.

    Returns:
        Points of the name's box, and the offsets in x and y from the line's end.
    """
    width = 0.62 * LETTERS * len(name)
    left = -_INSIDE - width
    ways = [(_INSIDE, 0), (left, 1), (left, -1), (_INSIDE, 1), (_INSIDE, -1), (left, 2), (left, -2), (_INSIDE, 2)]
    across, up = np.meshgrid(np.linspace(0, width, 20), np.linspace(-_LINE / 2, _LINE / 2, 5))
    box = end + np.column_stack([across.ravel(), up.ravel()])

    def covered(way: tuple[float, float]) -> int:
        low, high = box.min(axis=0) + way, box.max(axis=0) + way
        return int(np.count_nonzero(np.all((taken > low) & (taken < high), axis=1)))

    inside = [(dx, lines * _LINE) for dx, lines in ways if dx > 0 or end[0] + dx > edge]
    dx, dy = min(inside, key=covered)
    return box + np.array([dx, dy]), dx, dy


def _write(axes: Axes, line: Line, end: Points, dx: float, dy: float) -> None:
    """Write a name at an offset in points from its line's end, with a stroke to it.

    The stroke is a separate line: annotate clips its arrows by bisection, which took a sixth of the time of a figure.
    """
    axes.annotate(
        line.name,
        xy=(line.x[-1], line.y[-1]),
        xytext=(dx, dy),
        textcoords="offset points",
        color=line.ink,
        verticalalignment="center_baseline",
        annotation_clip=False,
    )
    way = np.array([dx if dx > 0 else -_INSIDE, dy])  # a name on the left ends where one on the right begins
    length = np.hypot(*way)
    ends = np.array([end + way * (_GAP / length), end + way * (1 - _BESIDE / length)])
    figure = axes.figure
    figure.add_artist(Line2D(*ends.T / 72, color=line.ink, linewidth=0.6, transform=figure.dpi_scale_trans))
