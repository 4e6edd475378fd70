"""Figures of the tidy table: time and speed-up along m or n_x, and the implementations of one cell."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from gradrace.bench.results import ARITHMETIC, BASELINE, FLOOR_CUDA, READING, SLIDE, Cell, floor_of
from gradrace.bench.stats import CONFIDENCE
from gradrace.bench.text import duration, scientific
from gradrace.reports.analysis.analysis import Analysis
from gradrace.reports.analysis.cost_models import NEAR
from gradrace.reports.analysis.grids import times_over_loop
from gradrace.reports.analysis.tables import Section
from gradrace.reports.figures.canvas import INCHES_A_LETTER, STYLE, Picture, canvas, in_sizes, in_units, stem
from gradrace.reports.figures.labels import Line, name_lines
from gradrace.reports.figures.race_titles import largest_error, last_race, most_speedup, nearest, race
from gradrace.reports.figures.styles import Colour, Style, label, style
from gradrace.reports.words import count, percent, setting, sizes, sureness, times

MAX_SECTIONS = 4
"""Maximum number of sections with figures: a reader doesn't look at a hundred pictures."""

_SIZES = {"m": "m (examples)", "n_x": "n_x (features)"}

LIMITS = {READING: "reading X once", ARITHMETIC: "arithmetic alone"}
"""Names of the CPU's limit beside its line."""

LIMIT_BOTH, LIMIT_CUDA = "reading/arithmetic", "GPU reading X once"
"""Names of a line on which the CPU's limit is each of the two somewhere, and of the GPU's line."""

_POINT: dict[str, Any] = {"markeredgecolor": "white", "markeredgewidth": 0.6, "elinewidth": 1.6}
"""Look of a median and its interval."""


@dataclass(frozen=True, slots=True)
class _Quantity:
    """Quantity shown along m or n_x: its columns of the tidy table, and the function that formats its values."""

    stem: str
    words: str
    columns: tuple[str, str, str]
    confidence: str
    write: Callable[[float, int], str]


_TIME = _Quantity("time", "Time of one gradient", ("median_s", "low_s", "high_s"), "confidence", duration)
_SPEEDUP = _Quantity(
    "speedup", "Speed-up over the slide's loop", ("speedup", "speedup_low", "speedup_high"), "speedup_confidence", times
)
_SHARE = _Quantity("share", "Share of the limit", ("share", "share_low", "share_high"), "confidence", percent)
_ERROR = _Quantity("error", "Error / bound", ("error_over_bound",) * 3, "confidence", scientific)


def pictures(run: Analysis, sections: Sequence[Section]) -> list[Picture]:
    """Draw time and speed-up along m and along n_x, and a chart for each cell on its own; nothing without measurements.

    A full grid has dozens of slices. Only the first of each kind is drawn; the page has all of them.
    """
    table = run.table
    drawable = table[(table.m > 0) & (table.n_x > 0) & (table.low_s > 0)]  # logarithmic axes can't show 0
    with matplotlib.style.context(STYLE):
        return [picture for section in _drawn(sections) for picture in _section(run, section, section.rows(drawable))]


def _drawn(sections: Sequence[Section]) -> list[Section]:
    firsts: dict[tuple[str | None, str], Section] = {}
    for section in sections:
        kind = section.along or str(section), setting(section.cells[0])
        firsts.setdefault(kind, section)
    return [*firsts.values()][:MAX_SECTIONS]


def _section(run: Analysis, section: Section, rows: pd.DataFrame) -> Iterator[Picture]:
    rows = rows.drop_duplicates(["impl", "m", "n_x"])
    predicted = {cell: run.missing.get(cell, {}) for cell in section.cells}
    if section.along is None:
        if rows.impl.nunique() > 1:  # a single point tells less than the headline
            yield _cell(section, rows)
        return
    if _is_line(section, rows) or (not rows.empty and any(predicted.values())):
        yield _along(section.along, section, rows, _TIME, last_race(section.along, rows), predicted)
    limited = rows.dropna(subset="share")
    if _is_line(section, limited):
        yield _along(section.along, section, limited, _SHARE, nearest(section.along, limited))
    verified = rows[rows.error_over_bound > 0]
    if _is_line(section, verified):
        yield _along(section.along, section, verified, _ERROR, largest_error(verified))
    compared = rows.dropna(subset="speedup")
    if _is_line(section, compared) and set(compared.impl) - {BASELINE}:
        yield _along(section.along, section, compared, _SPEEDUP, most_speedup(compared))


def _is_line(section: Section, rows: pd.DataFrame) -> bool:
    """Return whether rows along m or n_x are of several sizes; a single size is a chart of its own, or in the table."""
    return bool(rows[section.along].nunique() > 1)


def _along(
    along: str,
    section: Section,
    rows: pd.DataFrame,
    shown: _Quantity,
    title: str,
    predicted: Mapping[Cell, Mapping[str, float]] | None = None,
) -> Picture:
    """Draw a line for each implementation along m or n_x, with intervals, on logarithmic axes."""
    points = {impl: _points(along, impl, predicted or {}) for impl in rows.impl.unique()}
    subtitle = f"{shown.words} against {along}, at {section.fixed} ({_how(section, rows, shown, any(points.values()))})"
    names = {impl: f"{NEAR} {label(impl)}" if points[impl] else label(impl) for impl in points}
    letters = max(map(len, [*names.values(), LIMIT_BOTH, LIMIT_CUDA]))
    figure, axes = canvas(title, subtitle, rows.technique, height=3.4, left=0.85, right=letters + 3)
    axes.set(xscale="log", yscale="log", xlabel=_SIZES[along])
    axes.grid(axis="y")
    lines = []
    for impl, row in rows.groupby("impl"):
        look = style(str(impl), row.technique.iloc[0])
        x, middle, low, high = (row[column].to_numpy() for column in (along, *shown.columns))
        interval = [middle - low, high - middle]
        axes.errorbar(x, middle, interval, color=look.colour, marker=look.marker, linewidth=1.8, **_POINT)
        if shown is _SHARE:
            disturbed = row.limit_disturbed.to_numpy()
            _hollow(axes, look, x[disturbed], middle[disturbed])
        every = sorted((dict(zip(x, middle, strict=True)) | points[str(impl)]).items())
        _dashes(axes, look, every, points[str(impl)])
        ends, middles = (np.array(part) for part in zip(*every, strict=True))
        lines.append(Line(ends, middles, names[impl], look.ink))
    if shown is _TIME:
        lines += _limits(axes, along, rows)
    in_sizes(axes.xaxis, [*rows[along], *(size for its in points.values() for size in its)], count)
    in_units(axes.yaxis, shown.write)
    name_lines(axes, lines)
    return Picture(_stem(shown.stem, section), title, figure)


def _points(along: str, impl: str, predicted: Mapping[Cell, Mapping[str, float]]) -> dict[int, float]:
    """Return {size: predicted seconds} of one implementation."""
    return {getattr(cell, along): seconds[impl] for cell, seconds in predicted.items() if impl in seconds}


def _dashes(axes: Axes, look: Style, every: Sequence[tuple[int, float]], predicted: Container[int]) -> None:
    """Draw dashes to and from predicted points, which are hollow.

    every: (size, seconds) of all points, the smallest size first.
    """
    for (left, from_s), (right, to_s) in pairwise(every):
        if left in predicted or right in predicted:
            axes.plot([left, right], [from_s, to_s], color=look.colour, linestyle=(0, (4, 2)), linewidth=1.4)
    _hollow(axes, look, *zip(*(point for point in every if point[0] in predicted), strict=True))


def _hollow(axes: Axes, look: Style, x: Sequence[float] = (), y: Sequence[float] = ()) -> None:
    if len(x):
        axes.plot(x, y, color=look.colour, marker=look.marker, markerfacecolor="white", linestyle="none", zorder=4)


def _limits(axes: Axes, along: str, rows: pd.DataFrame) -> Iterator[Line]:
    """Draw the limit of each device that has one, and yield its line."""
    for device, its in rows.groupby(rows.impl.map(floor_of)):
        floor = its.groupby(along).floor_s.first().dropna()
        if not floor.empty:
            axes.plot(floor.index, floor, color="0.6", linestyle=(0, (1, 1.5)), linewidth=1.8)
            yield Line(floor.index.to_numpy(), floor.to_numpy(), _limit_name(device, its), (0.45, 0.45, 0.45))


def _limit_name(device: str, rows: pd.DataFrame) -> str:
    if device == FLOOR_CUDA:
        return LIMIT_CUDA
    kinds = [*rows.limit.dropna().unique()]
    return LIMITS[kinds[0]] if len(kinds) == 1 else LIMIT_BOTH


def _cell(section: Section, rows: pd.DataFrame) -> Picture:
    """Draw a row for each implementation, the fastest on top: its time as a point, then time and speed-up as text."""
    cell = section.cells[0]
    where = f"In the slide's own case ({sizes(cell)})" if (cell.m, cell.n_x) == SLIDE else f"At {sizes(cell)}"
    title = race(rows, where)
    names = [label(impl) for impl in rows.impl]
    subtitle = f"Time of one gradient ({_conditions(section, rows.confidence)})"
    left = 0.35 + INCHES_A_LETTER * max(map(len, names))
    figure, axes = canvas(title, subtitle, rows.technique, height=0.3 * len(rows) + 0.2, left=left, right=21)
    axes.set(xscale="log", ylim=(len(rows) - 0.4, -0.6), yticks=range(len(rows)), yticklabels=names)
    axes.set(xlabel="time of one gradient")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.grid()
    _beside(axes, -0.85, "time", "speed-up", "0.35")
    for y, (row, tick) in enumerate(zip(rows.itertuples(), axes.get_yticklabels(), strict=True)):
        look = style(row.impl, row.technique)
        interval = [[row.median_s - row.low_s], [row.high_s - row.median_s]]
        axes.errorbar(row.median_s, y, xerr=interval, color=look.colour, marker=look.marker, markersize=8, **_POINT)
        tick.set_color(look.ink)
        _beside(axes, y, duration(row.median_s), times_over_loop(row), look.ink)
    in_units(axes.xaxis, duration)
    return Picture(_stem("time", section), title, figure)


def _beside(axes: Axes, y: float, time: str, speedup: str, ink: Colour | str) -> None:
    """Write time and speed-up as two columns right of the axes."""
    for points, text in ((65, time), (125, speedup)):
        axes.annotate(
            text,
            (1, y),
            (points, 0),
            axes.get_yaxis_transform(),
            "offset points",
            color=ink,
            horizontalalignment="right",
            verticalalignment="center_baseline",
            annotation_clip=False,
        )


def _how(section: Section, rows: pd.DataFrame, shown: _Quantity, predicted: bool) -> str:
    """Return the conditions of a figure, with the meaning of dashes and hollow points if it has any."""
    how = setting(section.cells[0]) if shown is _ERROR else _conditions(section, rows[shown.confidence])
    notes = ["hollow: the limit was disturbed"] * bool(shown is _SHARE and rows.limit_disturbed.any())
    notes += [f"dashed, {NEAR}: predicted"] * predicted
    return "; ".join([how, *(note.replace(" ", "\N{NO-BREAK SPACE}") for note in notes)])


def _conditions(section: Section, confidence: pd.Series[float]) -> str:
    """Return precision, threads and the confidence of the intervals, which is below 95 % for few samples."""
    least, most = sureness(confidence.min()), sureness(CONFIDENCE)
    sure = most if least == most else f"{least.removesuffix(' %')} to {most}"
    return f"{setting(section.cells[0])}; medians" + (f", {sure} intervals" if confidence.notna().any() else "")


def _stem(shown: str, section: Section) -> str:
    cell = section.cells[0]
    where = {"m": f"against_m_n_x{cell.n_x}", "n_x": f"against_n_x_m{cell.m}", None: f"m{cell.m}_n_x{cell.n_x}"}
    return stem(f"{shown}_{where[section.along]}", cell)
