"""Which cells, what they cost, what is left out."""

from __future__ import annotations

import pytest

from gradrace.bench.race import plan, sizes
from gradrace.bench.results import FLOOR, Cell


def test_the_default_grid_has_both_slices_and_the_slides_own_case() -> None:
    cells = sizes.default_cells(["float64"], threads=2)
    assert {cell.m for cell in cells if cell.n_x == 100} == {10, 100, 1_000, 10_000, 100_000}
    assert {cell.n_x for cell in cells if cell.m == 1_000} == {10, 100, 1_000, 12_288}
    assert Cell(209, 12_288, "float64", 2) in cells
    assert len(cells) == 9


def test_cells_come_once_each_and_the_smallest_first() -> None:
    cells = sizes.cells([(10, 10), (100, 1), (2, 3), (10, 10)], ["float64", "float32"], threads=1)
    assert [cell.m * cell.n_x for cell in cells] == [6, 6, 100, 100, 100, 100]


def test_the_full_grid_comes_coarse_to_fine() -> None:
    cells = sizes.full_cells(["float64"], threads=2)
    stages = [sizes.stage(cell) for cell in cells]
    assert stages == sorted(stages)
    assert set(stages) == {0, 1, 2}
    coarse = {(cell.m, cell.n_x) for cell in cells if sizes.stage(cell) == 0}
    assert {(1, 1), (100_000, 1), (1, 12_288), (300, 100)} <= coarse
    assert (100_000, 12_288) not in coarse  # 10 GB


def test_what_is_wanted_later_is_left_out_first() -> None:
    sooner, later = Cell(1000, 1000), Cell(10, 10)
    needs = {(sooner, "slow"): 50.0, (later, "fast"): 1.0, (later, "slow"): 2.0}
    assert plan.too_much(needs, 51, lambda cell: int(cell == later)) == {(later, "slow")}
    assert plan.too_much(needs, 50, lambda cell: int(cell == later)) == {(later, "slow"), (later, "fast")}


def test_nothing_seen_predicts_nothing() -> None:
    assert plan.Forecast().seconds("python_loop", Cell(10, 10)) == 0


def test_a_forecast_keeps_names_and_dtypes_apart() -> None:
    forecast = plan.Forecast()
    forecast.note("python_loop", Cell(10, 10), 1.0)
    assert forecast.seconds("python_loop", Cell(10, 10)) == pytest.approx(1.0)
    assert forecast.seconds("python_loop", Cell(10, 10, "float32")) == 0
    assert forecast.seconds("numba_loop", Cell(10, 10)) == 0


def test_the_dearest_entries_are_left_out_and_no_more_than_needed() -> None:
    small, large = Cell(10, 10), Cell(1000, 1000)
    needs = {(small, "fast"): 1.0, (small, "slow"): 5.0, (large, "fast"): 4.0, (large, "slow"): 50.0}
    assert plan.too_much(needs, 100) == set()
    assert plan.too_much(needs, 10) == {(large, "slow")}
    assert plan.too_much(needs, 6) == {(large, "slow"), (small, "slow")}
    assert plan.too_much(needs, -1) == set(needs)


def test_the_limit_stays_as_long_as_anyone_is_measured_against_it() -> None:
    small, large = Cell(10, 10), Cell(1000, 1000)
    needs = {(small, "a"): 1.0, (small, FLOOR): 2.0, (large, "a"): 5.0, (large, "b"): 4.0, (large, FLOOR): 9.0}
    assert plan.too_much(needs, 17) == {(large, "a")}
    assert plan.too_much(needs, 12) == {(large, "a"), (large, "b"), (large, FLOOR)}


def test_a_problem_that_nobody_races_on_is_not_paid_for() -> None:
    small, huge = Cell(10, 10), Cell(100_000, 12_288)
    needs = {(small, "a"): 1.0, (small, plan.SET_UP): 0.5, (huge, "a"): 60.0, (huge, plan.SET_UP): 500.0}
    assert plan.too_much(needs, 30) == {(huge, "a"), (huge, plan.SET_UP)}


def test_main_entries_are_kept_as_far_as_half_of_the_budget_goes() -> None:
    small, large = Cell(10, 10), Cell(1000, 1000)
    needs = {
        (small, "python_loop"): 1.0,
        (large, "python_loop"): 20.0,
        (large, "numba_loop"): 2.0,
        (small, "mine"): 5.0,
    }
    main = {entry for entry in needs if entry[1] != "mine"}
    assert plan.protected(needs, 46, main) == main
    kept = plan.protected(needs, 40, main)
    assert kept == {(small, "python_loop"), (large, "numba_loop")}
    assert plan.too_much(needs, 9, kept=kept) == {(large, "python_loop")}
    assert plan.too_much(needs, 3, kept=kept) == {(large, "python_loop"), (small, "mine")}


def test_an_entry_that_is_not_a_main_one_needs_a_small_share_of_the_budget() -> None:
    cell = Cell(1000, 1000)
    needs = {(cell, "python_loop"): 20.0, (cell, "mine"): 2.0, (cell, FLOOR): 2.0, (cell, "quick"): 1.0}
    assert plan.too_dear(needs, 60, {(cell, "python_loop")}) == {(cell, "mine")}
    assert plan.too_dear(needs, 60, {*needs}) == set()


def test_the_fastest_by_prediction_is_a_main_entry_of_its_cell() -> None:
    """A machine with a load of 10 skipped it in all large cells, and the report named another one as the fastest."""
    small, large = Cell(10, 10), Cell(1000, 1000)
    call_s = {(small, "loop"): 1.0, (small, "a"): 2.0, (small, "b"): 3.0}
    call_s |= {(large, "loop"): 9.0, (large, "a"): 4.0, (large, "b"): 2.0, (large, FLOOR): 0.1, (large, "new"): 0.0}
    main = plan.main_entries(call_s, ["a", "b", "new"], lambda name, cell: call_s[cell, name])
    assert main == {(small, "loop"), (large, "loop"), (large, "b")}
    assert plan.main_entries(call_s, ["loop", "a", "b", "new"], lambda *_: 0.0) == set()
