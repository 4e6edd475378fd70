"""Figures from the tidy table: time and speed-up along m or n_x, and who is how fast in one cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.style
import pandas as pd
from matplotlib.axes import Axes

from gradrace.bench.results import BASELINE, FLOOR, FLOOR_CUDA, SLIDE, floor_of
from gradrace.bench.stats import CONFIDENCE
from gradrace.reports.analysis.grids import times_over_loop
from gradrace.reports.analysis.headline import DOING
from gradrace.reports.analysis.tables import Section
from gradrace.reports.figures.canvas import INCHES_A_LETTER, STYLE, Picture, canvas, in_sizes, in_units, stem
from gradrace.reports.figures.labels import Line, name_lines
from gradrace.reports.figures.styles import Colour, label, style
from gradrace.reports.words import count, duration, percent, setting, significant, sizes, sureness, times

MAX_SECTIONS = 4
"""Sections that get figures: nobody looks at a hundred pictures in a row."""

_SIZES = {"m": "m (examples)", "n_x": "n_x (features)"}

LIMITS = {FLOOR: "reading X once", FLOOR_CUDA: "the GPU reading it"}
"""How the limits are named beside their lines."""

_POINT: dict[str, Any] = {"markeredgecolor": "white", "markeredgewidth": 0.6, "elinewidth": 1.6}
"""How a median and its interval are drawn."""


@dataclass(frozen=True, slots=True)
class _Quantity:
    """What a figure shows along m or n_x: its columns of the tidy table, and how its values are written."""

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
_ERROR = _Quantity("error", "Error in units of the bound", ("error_over_bound",) * 3, "confidence", significant)


def pictures(table: pd.DataFrame, sections: Sequence[Section]) -> list[Picture]:
    """Time and speed-up along m and along n_x, one chart for each cell on its own; where nothing was measured, nothing.

    Of a full grid's dozens of slices the first of each kind: the page has them all.
    """
    drawable = table[(table.m > 0) & (table.n_x > 0) & (table.low_s > 0)]  # what has a place on logarithmic axes
    with matplotlib.style.context(STYLE):
        return [picture for section in _drawn(sections) for picture in _section(section, section.rows(drawable))]


def _drawn(sections: Sequence[Section]) -> list[Section]:
    firsts: dict[tuple[str | None, str], Section] = {}
    for section in sections:
        kind = section.along or str(section), setting(section.cells[0])
        firsts.setdefault(kind, section)
    return [*firsts.values()][:MAX_SECTIONS]


def _section(section: Section, rows: pd.DataFrame) -> Iterator[Picture]:
    rows = rows.drop_duplicates(["impl", "m", "n_x"])
    if rows.empty:
        return
    if section.along is None:
        yield _cell(section, rows)
        return
    yield _along(section.along, section, rows, _TIME, _last_race(section.along, rows))
    limited = rows.dropna(subset="share")
    if not limited.empty:
        yield _along(section.along, section, limited, _SHARE, _nearest(section.along, limited))
    verified = rows[rows.error_over_bound > 0]
    if not verified.empty:
        yield _along(section.along, section, verified, _ERROR, _largest(verified))
    compared = rows.dropna(subset="speedup")
    if set(compared.impl) - {BASELINE}:
        yield _along(section.along, section, compared, _SPEEDUP, _most(compared))


def _along(along: str, section: Section, rows: pd.DataFrame, shown: _Quantity, title: str) -> Picture:
    """A line for each implementation along m or n_x, with intervals, on logarithmic axes."""
    how = setting(section.cells[0]) if shown is _ERROR else _conditions(section, rows[shown.confidence])
    subtitle = f"{shown.words} against {along}, at {section.fixed} ({how})"
    names = {impl: label(impl) for impl in rows.impl.unique()}
    letters = max(map(len, [*names.values(), *LIMITS.values()]))
    figure, axes = canvas(title, subtitle, rows.technique, height=3.4, left=0.85, right=letters + 3)
    axes.set(xscale="log", yscale="log", xlabel=_SIZES[along])
    axes.grid(axis="y")
    lines = []
    for impl, row in rows.groupby("impl"):
        look = style(str(impl), row.technique.iloc[0])
        x, middle, low, high = (row[column].to_numpy() for column in (along, *shown.columns))
        interval = [middle - low, high - middle]
        axes.errorbar(x, middle, interval, color=look.colour, marker=look.marker, linewidth=1.8, **_POINT)
        lines.append(Line(x, middle, names[impl], look.ink))
    if shown is _TIME and rows.floor_s.notna().any():
        for device, its in rows.groupby(rows.impl.map(floor_of)):
            floor = its.groupby(along).floor_s.first().dropna()
            if floor.empty:
                continue
            axes.plot(floor.index, floor, color="0.6", linestyle=(0, (1, 1.5)), linewidth=1.8)
            lines.append(Line(floor.index.to_numpy(), floor.to_numpy(), LIMITS[device], (0.45, 0.45, 0.45)))
    in_sizes(axes.xaxis, rows[along], count)
    in_units(axes.yaxis, shown.write)
    name_lines(axes, lines)
    return Picture(_stem(shown.stem, section), title, figure)


def _cell(section: Section, rows: pd.DataFrame) -> Picture:
    """A row for each implementation, the fastest on top: its time as a point, then time and speed-up in figures."""
    cell = section.cells[0]
    where = f"In the slide's own case ({sizes(cell)})" if (cell.m, cell.n_x) == SLIDE else f"At {sizes(cell)}"
    title = _race(rows, where)
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
    """Two columns right of the axes."""
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


def _last_race(along: str, rows: pd.DataFrame) -> str:
    """The race in words at the largest size that the slide's loop, if it was measured, still took part in."""
    raced = rows[along][rows.impl == BASELINE]
    largest = (rows[along] if raced.empty else raced).max()
    return _race(rows[rows[along] == largest], f"At {along} = {count(int(largest))}")


def _race(rows: pd.DataFrame, opening: str) -> str:
    """The slide's loop (or the slowest) and the fastest in one cell. rows: of that cell, the fastest first."""
    everyone = [*rows.itertuples()]
    slow: Any = next((row for row in everyone if row.impl == BASELINE), everyone[-1])
    fast: Any = next((row for row in everyone if row.impl != slow.impl), None)
    name = "the slide's loop" if slow.impl == BASELINE else label(slow.impl)
    rival = "" if fast is None else f", {label(fast.impl)} {duration(fast.median_s, 2)}"
    return f"{opening} {name} takes {duration(slow.median_s, 2)}{rival}"


def _nearest(along: str, rows: pd.DataFrame) -> str:
    """Who comes nearest to the limit at the largest size."""
    largest = rows[along].max()
    top: Any = next(rows[rows[along] == largest].sort_values("share", ascending=False).itertuples())
    where = f"At {along} = {count(int(largest))}"
    return f"{where} {label(top.impl)} reaches {percent(top.share)} of the limit"


def _largest(rows: pd.DataFrame) -> str:
    """The largest error, and whose it is; 1 is what rounding can make at the most."""
    worst: Any = next(rows.sort_values("error_over_bound", ascending=False).itertuples())
    return f"The largest error is {significant(worst.error_over_bound, 2)} of the bound ({label(worst.impl)})"


def _most(rows: pd.DataFrame) -> str:
    """The most that each technique made of the slide's loop along a slice."""
    rivals = rows[rows.impl != BASELINE]
    best = rivals.groupby("technique").speedup.max().to_dict()
    gains = [(doing, times(best[key], 2)) for key, doing in DOING.items() if best.get(key, 0) > 1][:2]
    if not gains:
        top: Any = next(rivals.sort_values("speedup", ascending=False).itertuples())
        return f"{label(top.impl)} is at most {times(top.speedup, 2)} as fast as the slide's loop"
    (first, most), *more = gains
    words = [f"{first} makes the slide's loop up to {most} faster", *(f"{doing} {most}" for doing, most in more)]
    return ", ".join(words)[0].upper() + ", ".join(words)[1:]


def _conditions(section: Section, confidence: pd.Series[float]) -> str:
    """Precision, threads, and how sure the intervals are: few samples make a lesser confidence."""
    least, most = sureness(confidence.min()), sureness(CONFIDENCE)
    sure = most if least == most else f"{least.removesuffix(' %')} to {most}"
    return f"{setting(section.cells[0])}; medians" + (f", {sure} intervals" if confidence.notna().any() else "")


def _stem(shown: str, section: Section) -> str:
    cell = section.cells[0]
    where = {"m": f"against_m_n_x{cell.n_x}", "n_x": f"against_n_x_m{cell.m}", None: f"m{cell.m}_n_x{cell.n_x}"}
    return stem(f"{shown}_{where[section.along]}", cell)
