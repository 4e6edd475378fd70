"""The table of models says what the models of a made-up run are."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gradrace.bench.race.plan import full_cells
from gradrace.bench.results import Cell, Results
from gradrace.reports.analysis.analysis import Analysis
from gradrace.reports.analysis.cost_models import cost_model_grids, fitted_pieces
from gradrace.reports.analysis.tables import tidy
from gradrace.reports.figures.cost_model_bars import bars

CELLS = full_cells(["float64"], threads=2)[:40]


@pytest.fixture
def full(make) -> Results:
    return make(cells=CELLS, absences=())


def test_the_terms_are_those_of_the_run(full):
    found = {one.impl: one for one in fitted_pieces(tidy(full))}
    loop = found["python_loop"]
    assert loop.piece.terms[-1] == pytest.approx(65e-9, rel=0.1)
    assert loop.low.terms[-1] <= loop.piece.terms[-1] <= loop.high.terms[-1]
    assert found["numpy_vectorized"].piece.terms[0] == pytest.approx(18e-6, rel=0.1)
    assert all(one.error < 0.1 for one in found.values())


def test_too_few_cells_are_no_model(make):
    few = Analysis(make(cells=CELLS[:5], absences=()))
    assert (few.cost_models, few.predictors, cost_model_grids(few.cost_models)) == ([], {}, [])


def test_the_table_gives_each_term_in_its_unit_with_its_interval(full):
    (grid,) = cost_model_grids(fitted_pieces(tidy(full)))
    rows = grid.rows
    place = next(place for place, row in enumerate(rows) if row[0] == "python_loop")
    term, interval = rows[place][4], rows[place + 1][4]
    assert term in ("63 ns", "64 ns", "65 ns", "66 ns")
    assert interval.endswith(" ns")
    assert "–" in interval
    assert rows[-2][0] == "python_loop"  # the dearest comes last


def test_the_bars_are_the_terms_of_the_models(full):
    cell = Cell(300, 100, threads=2)
    run = Analysis(full)
    run.__dict__["cell"] = cell  # a cached property
    (picture,) = bars(run)
    axes = picture.figure.axes[0]
    assert picture.title == "At m = 300, n_x = 100 numpy_vectorized spends its time on a call"
    fastest = sum(bar.get_width() for bar in axes.patches if round(bar.get_y() + bar.get_height() / 2) == 0)
    assert fastest == pytest.approx(100)
    call = axes.containers[0][0].get_width()
    assert call == pytest.approx(100 * 18e-6 / (18e-6 + 300 * 25e-9 + 300 * 100 * 0.35e-9), rel=0.1)


def test_too_few_cells_are_no_bars(make):
    nothing = Results(measurements=[], absences=[], machine={}, commit={}, datetime="")
    assert bars(Analysis(make(cells=CELLS[:5], absences=()))) == bars(Analysis(nothing)) == []


def test_times_below_what_any_clock_sees_are_no_part_of_a_model(make):
    results = make(cells=CELLS[:9], absences=())
    fast = [replace(one, samples_s=[1e-320] * len(one.samples_s)) for one in results.measurements]
    assert Analysis(replace(results, measurements=fast)).predictors == {}
