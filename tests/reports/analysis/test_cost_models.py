"""The table of models says what the models of a made-up run are."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from gradrace.bench.race.cost_model import EVERYWHERE, Piece
from gradrace.bench.race.sizes import full_cells
from gradrace.bench.results import Absence, Cell, Results
from gradrace.bench.text import duration
from gradrace.reports.analysis.analysis import Analysis
from gradrace.reports.analysis.cost_models import Fitted, Predictor, cost_model_grids, fitted_pieces, likely_fastest
from gradrace.reports.analysis.tables import tidy
from gradrace.reports.figures.cost_model_bars import bars
from gradrace.reports.words import Setting
from tests.results import results_of

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
    assert picture.title == "At m = 300, n_x = 100 numpy_vectorized spends most time on a call"
    fastest = sum(bar.get_width() for bar in axes.patches if round(bar.get_y() + bar.get_height() / 2) == 0)
    assert fastest == pytest.approx(100)
    call = axes.containers[0][0].get_width()
    assert call == pytest.approx(100 * 18e-6 / (18e-6 + 300 * 25e-9 + 300 * 100 * 0.35e-9), rel=0.1)


def test_the_bars_are_in_the_order_of_their_times_whatever_was_measured(full):
    run = Analysis(full)
    run.__dict__["cell"] = Cell(300, 100, threads=2)
    (picture,) = bars(run)
    run.__dict__["table"] = run.table.iloc[::-1]
    (again,) = bars(run)
    names = [[label.get_text() for label in one.figure.axes[0].get_yticklabels()] for one in (picture, again)]
    assert names[0] == names[1]
    assert names[0][-1] == "python_loop"


def test_too_few_cells_are_no_bars(make):
    nothing = results_of()
    assert bars(Analysis(make(cells=CELLS[:5], absences=()))) == bars(Analysis(nothing)) == []


def test_times_below_what_any_clock_sees_are_no_part_of_a_model(make):
    results = make(cells=CELLS[:9], absences=())
    fast = [replace(one, samples_s=[1e-320] * len(one.samples_s)) for one in results.measurements]
    assert Analysis(replace(results, measurements=fast)).predictors == {}


EXACT = {"fast": ("compiled", 1e-6, 20e-9, 1e-9), "python_loop": ("loop", 1e-6, 600e-9, 65e-9)}
HERE = [Cell(m, n_x) for m in (10, 100, 1000) for n_x in (10, 100, 1000)]
SETTING = Setting("float64", 1, False)


@pytest.mark.parametrize(
    ("cell", "holds"),
    [
        (Cell(500, 500), True),
        (Cell(10_000, 100), True),
        (Cell(10_001, 100), False),
        (Cell(100, 10_000), True),
        (Cell(100, 10_001), False),
        (Cell(1, 100), True),
        (Cell(10_000, 1000), True),
        (Cell(10_000, 1001), False),  # ten times the elements are passed before ten times m or n_x are
    ],
)
def test_a_model_reaches_ten_times_beyond_what_was_measured(make, cell, holds):
    by = Analysis(make(EXACT, HERE, ())).predictors[SETTING]["python_loop"]
    assert (by.seconds(cell) is not None) == holds


@pytest.mark.parametrize(("memory_bytes", "holds"), [(8 * 10**6, True), (8 * 10**6 - 1, False), (None, True)])
def test_no_model_predicts_beyond_the_memory(make, memory_bytes, holds):
    run = make(EXACT, HERE, ())
    machine = {"gradrace": {} if memory_bytes is None else {"memory_bytes": memory_bytes}}
    by = Analysis(replace(run, machine=machine)).predictors[SETTING]["python_loop"]
    assert (by.seconds(Cell(1000, 1000)) is not None) == holds


def piece(terms: tuple[float, ...], lows: tuple[float, ...]) -> Fitted:
    ends = (Piece(EVERYWHERE, *each) for each in (terms, lows, terms))
    return Fitted("a", SETTING, *ends, error=0.1)


@pytest.mark.parametrize(
    ("lows", "holds"),
    [
        ((1e-6, 0.0, 0.0, 1e-9), True),  # of terms that aren't there nothing is wanted
        ((0.0, 0.0, 0.0, 1e-9), True),  # a call is a fifth of the time
        ((1e-6, 0.0, 0.0, 0.0), False),
        ((0.0, 0.0, 0.0, 0.0), False),
    ],
)
def test_no_model_predicts_by_a_term_whose_interval_reaches_zero_where_that_decides(lows, holds):
    by = Predictor((piece((1e-6, 0.0, 0.0, 1e-9), lows),), (1.0, 1.0, 1.0), (1e4, 1e4, 1e8))
    assert (by.seconds(Cell(40, 100)) is not None) == holds


def test_what_was_skipped_is_predicted_and_what_was_wrong_or_failed_is_not(make):
    there = Cell(1000, 1000)
    outcomes = ("skipped", "failed", "wrong", "implausible")
    absences = tuple(Absence(impl=outcome, outcome=outcome, stage="", message="", cell=there) for outcome in outcomes)
    everyone = dict.fromkeys(outcomes, EXACT["fast"]) | {"not_tried": EXACT["fast"]} | EXACT
    run = make(everyone, HERE, absences)
    tried = [one for one in run.measurements if one.impl != "not_tried" or one.cell != there]
    found = Analysis(replace(run, measurements=tried)).missing
    assert {cell: {*missing} for cell, missing in found.items() if missing} == {there: {"skipped", "not_tried"}}
    assert found[there]["skipped"] == pytest.approx(1e-6 + 20e-6 + 1e-3, rel=0.1)


def predicted(run: Results) -> list[str]:
    return [line for line in Analysis(run).headline if "as predicted" in line]


def test_what_would_have_been_the_fastest_but_was_not_measured_is_named(make):
    """Not in a cell where it was wrong, nor where nothing was measured."""
    there = Cell(1000, 1000)
    skipped = Absence(impl="fast", outcome="skipped", stage="", message="", cell=there)
    run = make(EXACT, HERE, (skipped,))
    tried = replace(run, measurements=[one for one in run.measurements if one.impl != "fast" or one.cell != there])
    (line,) = predicted(tried)
    seconds = duration(Analysis(tried).missing[there]["fast"], 2)
    told = f"fast at m = 1000, n_x = 1000 (≈ {seconds} instead of 66 ms)"
    assert line == f"Not measured, but the fastest as predicted: {told}."
    assert predicted(make(EXACT, HERE, ())) == []
    assert predicted(replace(tried, absences=[replace(skipped, outcome="wrong")])) == []
    assert predicted(replace(run, measurements=[one for one in run.measurements if one.cell != there])) == []


def test_at_most_three_sizes_are_named_where_the_fastest_was_not_measured(make):
    run = make(EXACT, CELLS, ())
    tried = [one for one in run.measurements if one.impl != "fast" or one.cell.m < 300]
    (line,) = predicted(replace(run, measurements=tried))
    assert line.count("instead of") == 2
    assert re.search(r" and \d+ more sizes\.$", line)


def test_nothing_is_predicted_to_be_the_fastest_if_a_faster_one_has_no_model(make):
    """Measured at three sizes only, where it is the fastest."""
    there = Cell(1000, 1000)
    run = make({"fused": ("compiled", 1e-7, 2e-9, 1e-10), **EXACT}, HERE, ())
    few = {Cell(10, 10), Cell(100, 10), Cell(10, 100)}
    tried = [
        one
        for one in run.measurements
        if (one.impl != "fused" or one.cell in few) and (one.impl, one.cell) != ("fast", there)
    ]
    found = Analysis(replace(run, measurements=tried))
    assert found.unmodelled == {SETTING: ("fused",)}
    assert there in found.missing
    assert predicted(found.results) == []
    without = replace(run, measurements=[one for one in tried if one.impl != "fused"])
    assert Analysis(without).unmodelled == {SETTING: ()}
    assert len(predicted(without)) == 1


def test_the_fastest_by_prediction_is_told_only_where_nothing_is_in_doubt():
    reach = ((1.0, 1.0, 1.0), (1e4, 1e4, 1e8))
    sure = Predictor((piece((0.0, 0.0, 0.0, 1e-9), (0.0, 0.0, 0.0, 0.9e-9)),), *reach)
    near = Predictor((piece((0.0, 0.0, 0.0, 1.2e-9), (0.0, 0.0, 0.0, 1.1e-9)),), *reach)
    slow = Predictor((piece((0.0, 0.0, 0.0, 9e-9), (0.0, 0.0, 0.0, 8e-9)),), *reach)
    vague = Predictor((piece((0.0, 0.0, 0.0, 5e-9), (0.0, 0.0, 0.0, 0.0)),), *reach)
    far = Predictor(slow.pieces, (1.0, 1.0, 1.0), (10.0, 10.0, 10.0))
    wide = Fitted("a", SETTING, *(Piece(EVERYWHERE, 0.0, 0.0, 0.0, term) for term in (2e-9, 1e-9, 4e-9)), error=0.01)
    cell = Cell(100, 100)
    assert likely_fastest({"wide": Predictor((wide,), *reach), "sure": sure}, cell) == ("sure", "wide")
    assert likely_fastest({"sure": sure, "slow": slow}, cell) == ("sure",)
    assert likely_fastest({"near": near, "sure": sure}, cell) == ("sure", "near")  # each is off by a tenth
    assert likely_fastest({"sure": sure, "vague": vague}, cell) == ()
    assert likely_fastest({"sure": sure, "far": far}, cell) == ("sure",)  # it can't be faster at all
    assert likely_fastest({"far": far}, cell) == likely_fastest({}, cell) == ()
