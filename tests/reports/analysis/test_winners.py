"""Winners by size, from runs with known models."""

from __future__ import annotations

import math

import pytest
from msgspec.structs import replace

from gradrace.bench.results import Cell, Measurement
from gradrace.reports.analysis.analysis import Analysis
from gradrace.reports.analysis.winners import Crossover, crossovers, sentence, winners
from gradrace.reports.figures.styles import mix, style
from gradrace.reports.figures.winner_map import maps
from tests.results import results_of, timed

SIZES = [(m, n_x) for m in (1, 10, 100, 1000, 10_000) for n_x in (1, 10, 100, 1000)]
GRID = [Cell(m, n_x, threads=2) for m, n_x in SIZES]
SETTING = ("float64", 2, False)

COST_MODELS = {  # technique; seconds a call, an example, an element
    "python_loop": ("loop", 1e-6, 0.0, 65e-9),
    "numpy_vectorized": ("vectorized", 30e-6, 0.0, 0.5e-9),
    "numba_fused": ("compiled", 0.5e-6, 0.0, 0.3e-9),
}
"""numpy_vectorized overtakes python_loop at 29 µs / 64.5 ns = 450 elements; numba_fused always wins."""


def test_the_crossover_is_found_between_the_sizes_around_it(make):
    found = {(one.slow, one.fast): one for one in crossovers(make(COST_MODELS, GRID, ()))[SETTING]}
    numpy = found["python_loop", "numpy_vectorized"]
    assert (numpy.low, numpy.high) == (100, 1000)
    assert numpy.elements == pytest.approx(math.sqrt(100 * 1000))
    assert sentence(numpy) == "numpy_vectorized overtakes python_loop from m·n_x ≈ 320 on (between 100 and 1000)"
    fused = found["numpy_vectorized", "numba_fused"]
    assert sentence(fused) == "numba_fused is faster than numpy_vectorized at every size that was measured"


def test_every_cell_has_the_winner_that_the_models_give_it(make):
    without = {name: model for name, model in COST_MODELS.items() if name != "numba_fused"}
    for winner in winners(make(without, GRID, ()))[SETTING]:
        expected = "python_loop" if winner.cell.m * winner.cell.n_x < 450 else "numpy_vectorized"
        assert winner.names == (expected,)


def test_who_is_as_fast_is_tied(make):
    twins = {"one": COST_MODELS["numba_fused"], "other": COST_MODELS["numba_fused"], "slow": COST_MODELS["python_loop"]}
    for winner in winners(make(twins, GRID[-3:], ()))[SETTING]:
        assert set(winner.names) == {"one", "other"}
    told = crossovers(make(twins, GRID, ()))[SETTING]
    assert all({one.slow, one.fast} != {"one", "other"} for one in told)


def measured(impl: str, cell: Cell, seconds: float) -> Measurement:
    return timed(impl, [seconds] * 8, cell)


def test_where_the_number_of_elements_does_not_tell_nothing_is_said():
    """a is faster for tall X, b for wide X, whatever the number of elements."""
    both = [
        measured(impl, cell, 1.0 if (impl == "a") == (cell.m > cell.n_x) else 2.0)
        for cell in GRID
        for impl in ("a", "b")
    ]
    results = results_of(both)
    assert crossovers(results)[SETTING] == []
    assert {winner.names for winner in winners(results)[SETTING]} == {("a",), ("b",)}


def test_drift_that_two_share_does_not_decide_between_them():
    """b has the lesser median, but a is faster in seven rounds of eight."""
    drift = [1.0, 1.0, 1.0, 2.0, 3.0, 3.0, 3.0, 3.0]
    samples = {"a": [0.9 * x for x in drift], "b": [*drift[:7], 0.1]}
    cell = GRID[5]
    both = [timed(impl, seconds, cell) for impl, seconds in samples.items()]
    (winner,) = winners(results_of(both))[SETTING]
    assert winner.names[0] == "a"


def test_the_map_shows_winners_ties_and_predictions(make):
    run = make(COST_MODELS, [cell for cell in GRID if (cell.m, cell.n_x) != (10_000, 1000)], ())
    (picture,) = maps(Analysis(run))
    assert picture.title == "numba_fused is the fastest in 19 of 19 cells"
    patches = picture.figure.axes[0].patches
    assert len(patches) == 20
    colours = {patch.get_facecolor()[:3] for patch in patches}
    fused = style("numba_fused", "compiled").colour
    assert colours == {fused, mix(fused, 0.75)}


def test_the_map_hatches_the_sizes_at_which_the_predicted_fastest_was_not_measured(make):
    there = max(GRID, key=lambda cell: cell.m * cell.n_x)
    run = make(COST_MODELS, GRID, ())
    left_out = [one for one in run.measurements if (one.impl, one.cell) != ("numba_fused", there)]
    (whole,), (picture,) = maps(Analysis(run)), maps(Analysis(replace(run, measurements=left_out)))
    assert not any(patch.get_hatch() for patch in whole.figure.axes[0].patches)
    (hatched,) = (patch for patch in picture.figure.axes[0].patches if patch.get_hatch())
    ms, n_xs = (sorted({getattr(cell, side) for cell in GRID}) for side in ("m", "n_x"))
    assert [round(place) for place in hatched.get_center()] == [ms.index(there.m), n_xs.index(there.n_x)]
    key = [text.get_text() for text in picture.figure.axes[0].get_legend().get_texts()]
    assert any(words.startswith("hatched") for words in key)
    assert not any(words.startswith("stripes") for words in key)  # as nothing is tied


def test_few_sizes_are_no_map(make):
    run = make(COST_MODELS, GRID[:8], ())
    assert maps(Analysis(run)) == []


def test_foreign_names_are_text():
    assert "\x1b" not in sentence(Crossover("\x1b[31m", "b", 10, 5, 20))
