"""Plain data of the page: everything that a reader can choose from, without markup."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, TypeAlias

import pandas as pd

from gradrace.bench.results import ARITHMETIC, BASELINE, Measurement, Results
from gradrace.bench.stats import CONFIDENCE, paired_ratio
from gradrace.bench.text import to_digits
from gradrace.reports.analysis.analysis import Analysis
from gradrace.reports.analysis.cost_models import DECIDES, Fitted, sizes_of
from gradrace.reports.analysis.fastest import MOST_NAMED
from gradrace.reports.analysis.grids import reasons
from gradrace.reports.analysis.noise import noise_grid
from gradrace.reports.analysis.origin import origin
from gradrace.reports.analysis.tables import SETTING, by_cell
from gradrace.reports.analysis.winners import Winner, sentence
from gradrace.reports.figures.styles import Colour, mix, style
from gradrace.reports.grid import Grid
from gradrace.reports.words import Setting, name_of, plain, setting

Json: TypeAlias = Any

FIGURES = (
    *("median_s", "low_s", "high_s", "confidence", "share", "share_low", "share_high", "floor_s"),
    *("step_s", "startup_s", "prepare_s", "first_call_s", "peak_rss_bytes", "error_over_bound"),
)
"""Columns of the tidy table that the page contains, each rounded to DIGITS."""

DIGITS, ALL_DIGITS = 6, 9
"""Digits of a number, and of one that they would round to other figures: as 2.15500, 2.1549999 would show as 2.16."""

SHOWN = (1, 2, 3)
"""Digits that the page and the report show."""

MOST_PAIRS = 40_000
"""Ratios within rounds that a page holds, about 35 bytes each; beyond, the page divides medians, and says so."""


def page_data(several: Sequence[Analysis]) -> Json:
    """Return the data of a page with one result or more."""
    techniques = {name: technique for one in several for name, technique in _techniques(one.table)}
    names = list(techniques)
    prefixes = [f"{one.letter}, " if len(several) > 1 else "" for one in several]
    settings = [
        _setting(one, Setting(*where), rows, names, prefix)
        for one, prefix in zip(several, prefixes, strict=True)
        for where, rows in one.table.groupby(SETTING)
    ]
    return {
        **_words(several),
        "impls": [look_of(name, technique) for name, technique in techniques.items()],
        "baseline": names.index(BASELINE) if BASELINE in names else 0,
        "start": _start(several, [one["label"] for one in settings]),
        "settings": settings,
        "decides": DECIDES,
        "most_named": MOST_NAMED,
        "faults": [words for one in several for words in one.faults],
        "absences": [words for one in several for words in reasons(one.results.absences) if words not in one.faults],
        "origin": [
            [plain(prefix.replace(",", "") + key, 80), plain(value, 300)]
            for one, prefix in zip(several, prefixes, strict=True)
            for key, value in origin(one.results)
        ],
    }


def _start(several: Sequence[Analysis], labels: Sequence[str]) -> Json:
    """Return the setting, m and n_x that the page shows first: those of the most informative cell."""
    cell = next((one.cell for one in several if one.cell), None)
    if cell is None:
        return None
    place = next(place for place, label in enumerate(labels) if label.endswith(setting(cell)))
    return [place, cell.m, cell.n_x]


def _words(several: Sequence[Analysis]) -> Json:
    """Return the headline and the sentences below it."""
    if len(several) == 1:
        answer, *more = several[0].headline
        return {"headline": answer, "sentences": more}
    sentences = [one.answer for one in several]
    return {"headline": f"{len(several)} results side by side", "sentences": sentences}


def _techniques(table: pd.DataFrame) -> Iterator[tuple[str, str | None]]:
    known = table.technique.notna()  # pandas converts None to NaN where others are known
    named = zip(table.impl, table.technique, known, strict=True)
    return ((name, technique if there else None) for name, technique, there in named)


def look_of(name: str, technique: str | None) -> Json:
    """Return an implementation's name, technique, and colours on white and on black."""
    look = style(name, technique)
    return {
        "name": name_of(name),
        "technique": plain(technique or "unknown", 40),
        "light": _hex(look.colour),
        "dark": _hex(mix(look.colour, 0.35)),
    }


def _setting(one: Analysis, where: Setting, rows: pd.DataFrame, names: list[str], prefix: str) -> Json:
    return {
        "label": prefix + setting(where),
        "columns": ["impl", "m", "n_x", "samples", "limit_disturbed", "computing", *FIGURES],
        "rows": [_row(row, names) for row in rows.drop_duplicates(["impl", "m", "n_x"]).itertuples()],
        "standings": {f"{won.cell.m} {won.cell.n_x}": _standing(won, names) for won in one.winners.get(where, [])},
        "pairs": _pairs(one.results, where, names),
        "gpu": table_of(one.gpu.get(where)),
        "noise": table_of(noise_grid([cell for cell in one.noise if Setting.of(cell.cell) == where])),
        "models": [_model(piece, names) for piece in one.cost_models if piece.where == where],
        "reach": {
            names.index(impl): [[*map(rounded, by.low)], [*map(rounded, by.high)]]
            for impl, by in one.predictors.get(where, {}).items()
        },
        "unmodelled": [*map(names.index, one.unmodelled.get(where, ()))],
        "predicted": [
            [names.index(impl), cell.m, cell.n_x, rounded(seconds)]
            for cell, missing in one.missing.items()
            if Setting.of(cell) == where
            for impl, seconds in missing.items()
        ],
        "overlooked": [
            [names.index(found.impl), cell.m, cell.n_x, rounded(found.seconds)]
            for cell, found in one.overlooked.items()
            if Setting.of(cell) == where
        ],
        "overtakings": [sentence(overtaking) for overtaking in one.crossovers.get(where, [])],
    }


def _row(row: Any, names: list[str]) -> Json:
    """Return a row in the order of "columns"; names beside the figures would double the size of 1000 cells."""
    figures = [rounded(getattr(row, name)) for name in FIGURES]
    limit = [int(row.limit_disturbed), int(row.limit == ARITHMETIC)]
    return [names.index(row.impl), int(row.m), int(row.n_x), int(row.samples), *limit, *figures]


def _standing(won: Winner, names: list[str]) -> list[list[int]]:
    """Return each implementation, the fastest first, followed by those behind it that are tied with it.

    If only some are shown, the fastest are the first of them and those shown of its list. The page needs no rule of its
    own.
    """
    return [[*map(names.index, (name, *won.standing.tied(name)))] for name in won.standing.order]


def table_of(grid: Grid | None) -> Json:
    """Return a grid in the form that the page's script shows."""
    heads = [head.replace("\n", " ") for head in grid.heads] if grid else []
    return grid and {"title": grid.title, "heads": heads, "rows": grid.rows, "note": grid.footnote}


def _model(one: Fitted, names: list[str]) -> Json:
    region = one.piece.region
    return {
        "impl": names.index(one.impl),
        "where": sizes_of(region),
        "from": region.low,
        "to": [end if math.isfinite(end) else None for end in region.high],
        "error": rounded(one.error),
        "terms": [*map(rounded, one.piece.terms)],
        "lows": [*map(rounded, one.low.terms)],
        "highs": [*map(rounded, one.high.terms)],
    }


def _pairs(results: Results, where: Setting, names: list[str]) -> Json:
    """Return {"m n_x": [[a, b, a / b, low, high], ...]}: the ratios of every two in a cell; empty if too many.

    The ratios are taken within rounds, and followed by their confidence if it is below the usual.
    """
    cells = {cell: measured for cell, measured in by_cell(results).items() if Setting.of(cell) == where}
    if sum(math.comb(len(measured), 2) for measured in cells.values()) > MOST_PAIRS:
        return {}
    return {f"{cell.m} {cell.n_x}": list(_ratios(measured, names)) for cell, measured in cells.items()}


def _ratios(measured: Mapping[str, Measurement], names: list[str]) -> Iterator[list[Any]]:
    for one, other in combinations(measured, 2):
        ratio = paired_ratio(measured[one].by_round(), measured[other].by_round())
        if ratio is not None:
            unsure = [rounded(ratio.confidence)] * (ratio.confidence < CONFIDENCE)
            yield [names.index(one), names.index(other), *map(rounded, (ratio.median, ratio.low, ratio.high)), *unsure]


def rounded(value: Any) -> float | None:
    """Return a number with DIGITS significant digits; None if it is unknown."""
    if value is None or not math.isfinite(value):
        return None
    short = to_digits(value, DIGITS)
    same = all(to_digits(short, digits) == to_digits(value, digits) for digits in SHOWN)
    return short if same else to_digits(value, ALL_DIGITS)


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in colour)
