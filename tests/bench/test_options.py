"""What is typed is understood, or refused in one line with a next step."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from bench import options
from bench.results import Cell, UnusableInput


def test_sizes_are_read() -> None:
    assert options.sizes("--m", "10, 1_000,100") == [10, 1000, 100]


@pytest.mark.parametrize(
    ("text", "cause"),
    [("0", "less than 1"), ("-5", "less than 1"), ("ten", "not a whole number"), ("1.5", "not a"), ("1,,2", "not a")],
)
def test_sizes_that_are_none_are_refused(text: str, cause: str) -> None:
    with pytest.raises(UnusableInput, match=f"^--m: .*{cause}"):
        options.sizes("--m", text)


@pytest.mark.parametrize("number", [0.0, -1.0, float("nan"), float("inf")])
def test_a_budget_is_finite_and_above_0(number: float) -> None:
    assert options.positive("--budget", 0.5) == 0.5
    with pytest.raises(UnusableInput, match="--budget"):
        options.positive("--budget", number)


def test_every_m_goes_with_every_nx() -> None:
    cells = options.chosen_cells("100,1000", "100", "float64", 2)
    assert cells == [Cell(100, 100, "float64", 2), Cell(1000, 100, "float64", 2)]
    assert len(options.chosen_cells("1,2", "3,4", "float32,float64", 1)) == 8


def test_without_sizes_the_default_grid_is_taken() -> None:
    assert len(options.chosen_cells("", "", "float64", 1)) == 9


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(UnusableInput, match="did you mean numba_loop"):
        options.chosen_sources("numba_lop")
    with pytest.raises(UnusableInput, match="unknown name 'float16'"):
        options.dtypes("float16")


def test_implementations_come_in_the_order_asked_for_and_all_of_them_by_all() -> None:
    assert [source.name for source in options.chosen_sources("numba_loop,python_loop")] == ["numba_loop", "python_loop"]
    assert {"python_loop", "numpy_columns", "numpy_vectorized", "numba_loop", "numba_parallel"} <= {
        source.name for source in options.chosen_sources("all")
    }


def test_training_takes_one_implementation() -> None:
    assert options.chosen_source("python_loop").name == "python_loop"
    with pytest.raises(UnusableInput, match="name one implementation, not 2"):
        options.chosen_source("python_loop,numba_loop")


def test_a_new_folder_is_named_by_its_time() -> None:
    assert options.new_folder(datetime(2026, 11, 23, 9, 5, 1)) == Path("runs/20261123-090501")
