"""What the page shows, as plain data: everything that a reader can choose among, and nothing that is markup."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, TypeAlias

import pandas as pd

from gradrace.bench.results import BASELINE, FLOORS, Cell, Measurement, Results
from gradrace.bench.stats import paired_ratio
from gradrace.reports.analysis.cost_models import TERMS, cost_model_table, sizes_of
from gradrace.reports.analysis.grids import Grid, beaten, reasons
from gradrace.reports.analysis.headline import telling_cell
from gradrace.reports.analysis.noise import trust, trust_grid
from gradrace.reports.analysis.origin import origin
from gradrace.reports.analysis.side_by_side import Named
from gradrace.reports.analysis.undisturbed import SETTING
from gradrace.reports.analysis.where_gpu_pays import where_it_pays
from gradrace.reports.analysis.winners import crossovers, sentence
from gradrace.reports.figures.styles import Colour, mix, style
from gradrace.reports.words import plain, setting

Json: TypeAlias = Any

FIGURES = (
    *("median_s", "low_s", "high_s", "confidence", "share", "share_low", "share_high", "floor_s"),
    *("step_s", "startup_s", "prepare_s", "first_call_s", "peak_rss_bytes", "error_over_bound"),
)
"""Columns of the tidy table that the page has, each rounded to DIGITS."""

DIGITS = 4

MOST_PAIRS = 40_000
"""Ratios within rounds that a page holds, about 20 bytes each; beyond, the page divides medians, and says so."""


def page_data(several: Sequence[Named]) -> Json:
    """All of it, of one result or more."""
    techniques = {name: technique for one in several for name, technique in _techniques(one.table)}
    names = list(techniques)
    settings = [
        _setting(one, where, rows, names, prefix=f"{one.letter}, " if len(several) > 1 else "")
        for one in several
        for where, rows in one.table.groupby(SETTING)
    ]
    return {
        **_words(several),
        "impls": [look_of(name, technique) for name, technique in techniques.items()],
        "baseline": names.index(BASELINE) if BASELINE in names else 0,
        "start": _start(several, [one["label"] for one in settings]),
        "settings": settings,
        "absences": [words for one in several for words in reasons(one.results.absences)],
        "origin": [
            [plain(key, 80), plain(value, 300)] for one in several for key, value in _origin(one, len(several) > 1)
        ],
    }


def _start(several: Sequence[Named], labels: Sequence[str]) -> Json:
    """The setting, m and n_x that tell most: where a reader begins."""
    told = next((cell for one in several if (cell := telling_cell(one.table))), None)
    if told is None:
        return None
    place = next(place for place, label in enumerate(labels) if label.endswith(setting(told)))
    return [place, told.m, told.n_x]


def _words(several: Sequence[Named]) -> Json:
    """The headline, and what stands below it."""
    if len(several) == 1:
        answer, *more = several[0].sentences
        return {"headline": answer, "sentences": [*more, *beaten(several[0].table)]}
    sentences = [one.answer for one in several]
    return {"headline": f"{len(several)} results side by side", "sentences": sentences}


def _origin(one: Named, several: bool) -> Iterator[tuple[str, str]]:
    return ((f"{one.letter} {key}" if several else key, value) for key, value in origin(one.results))


def _techniques(table: pd.DataFrame) -> Iterator[tuple[str, str | None]]:
    known = table.technique.notna()  # pandas makes NaN of None where others are known
    named = zip(table.impl, table.technique, known, strict=True)
    return ((name, technique if there else None) for name, technique, there in named)


def look_of(name: str, technique: str | None) -> Json:
    """How an implementation is named and drawn, on white and on black."""
    look = style(name, technique)
    return {
        "name": plain(name, 80),
        "technique": plain(technique or "unknown", 40),
        "light": _hex(look.colour),
        "dark": _hex(mix(look.colour, 0.35)),
    }


def _setting(one: Named, where: tuple[Any, ...], rows: pd.DataFrame, names: list[str], *, prefix: str) -> Json:
    here = Cell(1, 1, *where)
    model = cost_model_table(rows)
    overtakings = crossovers(one.results).get((here.dtype, here.threads, here.pixels), [])
    return {
        "label": prefix + setting(here),
        "columns": ["impl", "m", "n_x", "samples", *FIGURES],
        "rows": [_row(row, names) for row in rows.drop_duplicates(["impl", "m", "n_x"]).itertuples()],
        "pairs": _pairs(one.results, here, names),
        "gpu": _grid(next(iter(where_it_pays(rows)), None)),
        "trust": _grid(trust_grid([cell for cell in trust(one.results) if setting(cell.cell) == setting(here)])),
        "models": [_model(row, names) for row in model.itertuples()],
        "overtakings": [sentence(overtaking) for overtaking in overtakings],
    }


def _row(row: Any, names: list[str]) -> Json:
    """In the order of "columns": with a name beside each figure 1000 cells would take twice the space."""
    figures = [_rounded(getattr(row, name)) for name in FIGURES]
    return [names.index(row.impl), int(row.m), int(row.n_x), int(row.samples), *figures]


def _grid(grid: Grid | None) -> Json:
    return grid and {"heads": grid.heads, "rows": grid.groups[0][1], "note": grid.footnote}


def _model(row: Any, names: list[str]) -> Json:
    ends = {"terms": "s", "lows": "low_s", "highs": "high_s"}
    figures = {name: [_rounded(getattr(row, f"{term}_{end}")) for term in TERMS] for name, end in ends.items()}
    sizes = {"from": row.region.low, "to": [end if math.isfinite(end) else None for end in row.region.high]}
    words = sizes_of(row.region)
    return {"impl": names.index(row.impl), "where": words, **sizes, "error": _rounded(row.error), **figures}


def _pairs(results: Results, where: Cell, names: list[str]) -> Json:
    """{"m n_x": [[a, b, a / b, low, high], ...]}: of every two in a cell, ratios within rounds; none if too many."""
    cells: defaultdict[Cell, dict[str, Measurement]] = defaultdict(dict)
    for one in results.measurements:
        its = (one.cell.dtype, one.cell.threads, one.cell.pixels)
        if one.impl not in FLOORS and its == (where.dtype, where.threads, where.pixels):
            cells[one.cell].setdefault(one.impl, one)
    if sum(math.comb(len(measured), 2) for measured in cells.values()) > MOST_PAIRS:
        return {}
    return {f"{cell.m} {cell.n_x}": list(_ratios(measured, names)) for cell, measured in cells.items()}


def _ratios(measured: Mapping[str, Measurement], names: list[str]) -> Iterator[list[Any]]:
    for one, other in combinations(measured, 2):
        ratio = paired_ratio(measured[one].by_round(), measured[other].by_round())
        if ratio is not None:
            yield [names.index(one), names.index(other), *map(_rounded, (ratio.median, ratio.low, ratio.high))]


def _rounded(value: Any) -> float | None:
    """DIGITS significant digits; None where nothing is known."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.{DIGITS - 1}e}")


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in colour)
