"""Headline, tables, map, titles and page of any results file name the same winner, or the same tie."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from gradrace.bench.results import FLOOR, Cell, Extra, Measurement, Results
from gradrace.bench.results_file import read, write
from gradrace.reports.analysis.analysis import Analysis
from gradrace.reports.analysis.fastest import MOST_NAMED, Standing, slower
from gradrace.reports.analysis.grids import measured
from gradrace.reports.analysis.headline import headline
from gradrace.reports.analysis.tables import Section
from gradrace.reports.analysis.winners import Winner, most_wins
from gradrace.reports.figures.race_titles import race
from gradrace.reports.figures.styles import style
from gradrace.reports.figures.winner_map import maps
from gradrace.reports.page.page_data import page_data
from tests.results import results_of

TECHNIQUES = {
    "python_loop": "loop",
    "numpy_vectorized": "vectorized",
    "numba_loop": "compiled",
    "numba_fused": "compiled",
    "numba_pixels": "compiled",
    "sklearn_loss": "library",
    "jax_jit": "autodiff",
}
NAMES = tuple(TECHNIQUES)
CELLS = [Cell(m, n_x) for m in (10, 100, 1000) for n_x in (3, 100, 300)]
MOST_ROUNDS = 9


@st.composite
def measurement(draw: st.DrawFn, impl: str, cell: Cell) -> Measurement:
    """A measurement of some rounds, or of none that is known, near enough to others' that ties are common."""
    rounds = sorted(draw(st.sets(st.integers(0, MOST_ROUNDS), min_size=1)))
    level = draw(st.sampled_from([1e-4, 1.02e-4, 1.2e-4, 1e-3]))
    factor = st.floats(0.9, 1.2) | st.just(1.0)
    samples = [level * draw(factor) for _ in rounds]
    known = draw(st.booleans()) or draw(st.booleans())
    extra = Extra(technique=TECHNIQUES[impl], rounds=rounds if known else None)
    return Measurement(impl=impl, cell=cell, samples_s=samples, calls=1, extra=extra)


@st.composite
def runs(draw: st.DrawFn) -> Results:
    """Results of some of NAMES in some of CELLS, with a limit that some of them may beat."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    found = [
        draw(measurement(impl, cell)) for cell in CELLS for impl in names if draw(st.integers(0, 9)) or cell == CELLS[0]
    ]
    floors = [
        Measurement(impl=FLOOR, cell=cell, samples_s=[5e-5, 9e-5, 2e-4], calls=1, extra=Extra(rounds=[0, 1, 2]))
        for cell in CELLS
        if draw(st.booleans())
    ]
    return results_of([*found, *floors])


def told_by_table(run: Analysis) -> dict[Cell, list[str]]:
    """The names that stand as the fastest, or as tied, in the tables of every section."""
    found: dict[Cell, list[str]] = {}
    for section in run.sections:
        grid = measured(section, run.table, run.results.absences)
        by_label = dict(zip(_labels(section), section.cells, strict=True))
        for label, (name, place, *_) in zip(grid.labels or [""] * len(grid.rows), grid.rows, strict=True):
            told = found.setdefault(by_label[label], [])
            told += [name] * bool(place and name not in told)
    return {cell: names for cell, names in found.items() if names}


def _labels(section: Section) -> list[str]:
    return [str(getattr(cell, section.along)) if section.along else "" for cell in section.cells]


def told_by_map(run: Analysis) -> dict[Cell, list[str]]:
    """The names by the colours of the stripes, from left to right; nothing where there is no map."""
    colours = {(*style(name, technique).colour, 1.0): name for name, technique in TECHNIQUES.items()}
    found: dict[Cell, list[str]] = {}
    for picture in maps(run):
        ms, n_xs = (sorted({one.cell.m for one in _won(run)}), sorted({one.cell.n_x for one in _won(run)}))
        for patch in picture.figure.axes[0].patches:
            if patch.get_linewidth() == 0 and not patch.get_hatch():  # neither predicted nor a hatching over others
                x, y = (patch.get_x() + patch.get_width() / 2, patch.get_y() + patch.get_height() / 2)
                cell = Cell(ms[round(x)], n_xs[round(y)])
                found.setdefault(cell, []).append(colours[patch.get_facecolor()])
    return found


def _won(run: Analysis) -> list[Winner]:
    return [one for won in run.winners.values() for one in won]


def shown_by_page(data: Mapping[str, Any], cell: Cell, shown: Collection[str]) -> tuple[str, ...]:
    """Return the winner that page.js finds in its data for the shown implementations."""
    names = [one["name"] for one in data["impls"]]
    for first, *tied in data["settings"][0]["standings"].get(f"{cell.m} {cell.n_x}", []):
        if names[first] in shown:
            return tuple(names[place] for place in (first, *tied) if names[place] in shown)
    return ()


def names_in(words: str) -> set[str]:
    return {name for name in NAMES if re.search(rf"\b{name}\b", words)}


def check(results: Results, shown: Collection[str]) -> None:
    """All forms of one results file name the same. shown: on the page, where a reader may hide implementations."""
    with TemporaryDirectory() as folder:
        write(Path(folder) / "results.json", results)
        run = Analysis(read(Path(folder) / "results.json"))
    expected = {one.cell: list(one.names) for one in _won(run)}
    assert told_by_table(run) == expected
    assert told_by_map(run) in ({}, {cell: names[:MOST_NAMED] for cell, names in expected.items()})
    data = page_data([run])
    for one in _won(run):
        assert shown_by_page(data, one.cell, NAMES) == one.names
        assert shown_by_page(data, one.cell, shown) == one.standing.fastest(shown)
    if run.cell in expected:
        told = expected[run.cell][:MOST_NAMED]
        answer = re.split(
            r"[Tt]he fastest(?: of the \d+ measured)? (?:is|are) ", headline(run.table, run.results.absences)[0]
        )[1]
        assert names_in(answer) == {*told}
        assert (", tied." in answer) == (len(expected[run.cell]) > 1)
        rows = run.table[(run.table.m == run.cell.m) & (run.table.n_x == run.cell.n_x)]
        title = race(rows, "").replace("the slide's loop", "python_loop")
        assert names_in(re.split(r" takes [^,]*, ", title)[-1]) == {*told}
        assert ("tied" in title) == (len(expected[run.cell]) > 1)


CASES = {"results": runs(), "shown": st.sets(st.sampled_from(NAMES))}
QUICK = settings(deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # to shrink takes minutes


@settings(QUICK, max_examples=8)
@given(**CASES)
def test_all_forms_of_a_results_file_name_the_same(results: Results, shown: set[str]) -> None:
    check(results, shown)


@pytest.mark.slow
@settings(QUICK, max_examples=40)
@given(**CASES)
def test_all_forms_of_many_results_files_name_the_same(results: Results, shown: set[str]) -> None:
    check(results, shown)


def rounds_of(impl: str, samples_s: Sequence[float], cell: Cell) -> Measurement:
    extra = Extra(technique=TECHNIQUES[impl], rounds=[*range(len(samples_s))])
    return Measurement(impl=impl, cell=cell, samples_s=[*samples_s], calls=1, extra=extra)


def test_what_medians_would_name_is_named_nowhere() -> None:
    """In each round `numba_loop` is faster by a tenth; the medians, of other rounds, say the opposite."""
    slow = [1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 2.0, 3.0]
    both = [
        one
        for cell in CELLS
        for one in (
            rounds_of("numba_loop", [0.9 * x for x in slow], cell),
            Measurement(
                impl="numpy_vectorized",
                cell=cell,
                samples_s=[*slow, *[0.5] * 8],
                calls=1,
                extra=Extra(technique="vectorized", rounds=[*range(16)]),
            ),
        )
    ]
    run = Analysis(results_of(both))
    assert run.table.sort_values("median_s").impl.iloc[0] == "numpy_vectorized"
    assert {cell: ["numba_loop"] for cell in CELLS} == told_by_table(run) == told_by_map(run)
    assert "the fastest is numba_loop" in run.headline[0]
    assert maps(run)[0].title == "numba_loop is the fastest in 9 of 9 cells"


@pytest.mark.parametrize(
    ("rounds", "ratio", "is_slower"), [(6, 1.04, False), (6, 1.06, True), (5, 1.4, False), (5, 1.6, True)]
)
def test_a_tie_ends_at_5_percent_or_at_half_as_long_again_with_few_rounds(
    rounds: int, ratio: float, is_slower: bool
) -> None:
    extra = Extra(technique="loop", rounds=[*range(rounds)])
    first, second = (
        Measurement(impl=name, cell=CELLS[0], samples_s=[seconds] * rounds, calls=1, extra=extra)
        for name, seconds in (("numba_loop", 1e-3), ("numba_fused", ratio * 1e-3))
    )
    assert slower(second, first) == is_slower


@pytest.mark.parametrize(
    ("won", "words"),
    [
        (["a", "a", "b"], "a is the fastest in 2 of 3 cells"),
        (["a", "ab", "b"], "a and b are each the fastest in 1 of 3 cells, tied in 1 of 3"),
        (["ab", "ab", "c"], "a and b are tied in 2 of 3 cells"),
        (["ab", "a", "abc"], "a is the fastest in 1 of 3 cells, tied in 2 of 3"),
        (["abcde"], "a, b, c and 2 more are tied in 1 of 1 cells"),
    ],
)
def test_titles_call_a_tie_a_tie(won: list[str], words: str) -> None:
    assert most_wins([Winner(CELLS[0], tuple(names), Standing((), {})) for names in won]) == words
