"""Parts shared by all figures: size, title, key, axes with units, file names."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator

from gradrace.bench.results import Cell
from gradrace.reports.figures.styles import HUES, style
from gradrace.reports.words import Setting, count

LETTERS = 10
"""Font size in points, readable at the width of a README and on a projector."""

_OURS = {
    "svg.fonttype": "none",  # text stays text: it can be searched, read aloud, and edited on a slide
    "svg.hashsalt": "gradrace",  # the same picture gives the same bytes
    "text.parse_math": False,  # a name with two dollar signs isn't a formula
    "font.size": LETTERS,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "0.7",
    "axes.labelcolor": "0.25",
    "axes.axisbelow": True,
    "grid.color": "0.92",
    "xtick.color": "0.7",
    "ytick.color": "0.7",
    "xtick.labelcolor": "0.25",
    "ytick.labelcolor": "0.25",
}

STYLE: Any = ["default", _OURS]  # matplotlib's type of a style lists the keys, which differ between versions
"""Style for matplotlib.style.context, independent of the user's own style."""

_WIDTH = 8.0
"""Width of a figure in inches: that of a README at 100 pixels per inch."""

_MARGIN, _BOTTOM = 0.2, 0.62
"""Inches left of the text and right of everything; inches below the axes."""

_TITLE, _SUBTITLE, _KEY = 0.24, 0.2, 0.36
"""Inches above the axes for a line of the title, for the subtitle, and for the key of the colours."""

_LETTERS_A_TITLE = 72
"""Number of bold letters of 13 points that fit one line."""

_LETTERS_A_SUBTITLE = 108
"""Number of letters of 10 points that fit one line."""

_TIED = re.compile(r" (?==)|(?<==) |(?<=\d) (?=[nµm]?s\b)")
"""Spaces at which titles don't break: m = 10, 12 ms."""

MOST_BESIDE = 9
"""Largest number of labels such as "10,000 s" that fit beside each other under the axes."""

INCHES_A_LETTER = 0.6 * LETTERS / 72


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure, the stem of its file names, and its title."""

    stem: str
    title: str
    figure: Figure


def titles(pictures: Iterable[Picture]) -> dict[str, str]:
    """Return the title of each picture: {stem: title}."""
    return {picture.stem: picture.title for picture in pictures}


def stem(what: str, where: Cell | Setting) -> str:
    """Return the stem of a figure's file names: its content and the setting."""
    return f"{what}_{where.dtype}_threads{where.threads}{'_pixels' if where.pixels else ''}"


def canvas(
    title: str,
    subtitle: str,
    techniques: Iterable[str | None],
    *,
    height: float,
    left: float,
    right: int,
    free: float = 0.12,
) -> tuple[Figure, Axes]:
    """Return a figure and its axes, under a title, a subtitle and the key of the techniques' colours.

    Args:
        title: Title, at most two lines.
        subtitle: Subtitle, at most two lines.
        techniques: Techniques whose colours the key explains.
        height: Height of the axes in inches.
        left: Inches for the text left of the axes.
        right: Number of letters that must fit right of the axes.
        free: Inches above the axes where no techniques are given, for a key of the caller.
    """
    width = _LETTERS_A_TITLE if len(title) <= _LETTERS_A_TITLE else len(title) // 2 + 8  # two lines of similar length
    lines = textwrap.wrap(_TIED.sub("\N{NO-BREAK SPACE}", title), width)[:2]
    shown = [technique for technique in HUES if technique in set(techniques)]
    below = textwrap.wrap(subtitle, _LETTERS_A_SUBTITLE)[:2]
    above = 0.12 + _TITLE * len(lines) + _SUBTITLE * len(below) + (_KEY if shown else free)
    total = above + height + _BOTTOM
    figure = Figure(figsize=(_WIDTH, total), facecolor="white")
    margin = _MARGIN + right * INCHES_A_LETTER
    axes = figure.add_axes((left / _WIDTH, _BOTTOM / total, 1 - (left + margin) / _WIDTH, height / total))
    edge, top = _MARGIN / _WIDTH, 1 - 0.12 / total
    figure.text(edge, top, "\n".join(lines), fontsize=13, fontweight="bold", verticalalignment="top")
    top -= _TITLE * len(lines) / total
    figure.text(edge, top, "\n".join(below), color="0.35", verticalalignment="top")
    if shown:
        _key(figure, shown, edge, top - _SUBTITLE * len(below) / total)
    return figure, axes


def in_sizes(axis: Axis, measured: Iterable[int], write: Callable[[int], str]) -> None:
    """Mark a logarithmic axis at the measured sizes, or at powers of ten where they are too close."""
    logs = [math.log10(size) for size in sorted(set(measured))]
    gaps = [right - left for left, right in pairwise(logs)]
    axis.set_minor_locator(NullLocator())
    if all(gap >= 0.13 * (logs[-1] - logs[0]) for gap in gaps):
        axis.set_major_locator(FixedLocator([10**log for log in logs]))
    else:
        axis.set_major_locator(LogLocator())
    axis.set_major_formatter(FuncFormatter(lambda size, _: write(round(size))))


def in_counts(axis: Axis) -> None:
    """Mark a linear axis in whole numbers, with commas."""
    axis.set_major_formatter(FuncFormatter(lambda number, _: count(round(number))))


def in_units(axis: Axis, write: Callable[[float, int], str]) -> None:
    """Mark a logarithmic axis in units at powers of ten, and at 2 and 5 between them if it spans at most two powers.

    Where labels stand beside each other, at most every second power has one if there are more than MOST_BESIDE.
    """
    low, high = axis.get_view_interval()
    most = MOST_BESIDE if isinstance(axis, XAxis) else 12
    axis.set_major_locator(LogLocator(subs=(1,) if high > 100 * low else (1, 2, 5), numticks=most))
    axis.set_minor_locator(LogLocator(subs=range(2, 10), numticks=12))  # they show that the axis is logarithmic
    axis.set_minor_formatter(NullFormatter())
    axis.set_major_formatter(FuncFormatter(lambda value, _: write(value, 1)))


def mark(impl: str, technique: str | None, label: str, **more: Any) -> Line2D:
    """Return an implementation's line and marker, for a key."""
    look = style(impl, technique)
    return Line2D([], [], color=look.colour, marker=look.marker, label=label, **more)


def side_key(axes: Axes, handles: Sequence[Artist], **more: Any) -> None:
    """Write the key of lines or tiles right of the axes, the first on top."""
    axes.legend(handles=handles, loc="upper left", **{"bbox_to_anchor": (1, 1), "frameon": False, **more})


def _key(figure: Figure, shown: Sequence[str], left: float, top: float) -> None:
    figure.legend(
        handles=[
            Line2D([], [], color=HUES[technique], linewidth=4, solid_capstyle="butt", label=technique)
            for technique in shown
        ],
        loc="upper left",
        bbox_to_anchor=(left, top),
        ncols=len(shown),
        frameon=False,
        borderpad=0,
        borderaxespad=0,
        handlelength=1,
        columnspacing=1.4,
        labelcolor="0.35",
    )
