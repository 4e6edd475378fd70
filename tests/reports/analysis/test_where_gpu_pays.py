"""Where a GPU pays: against the best of the CPU, and after how many gradients with what preparing X takes."""

from __future__ import annotations

import pytest

from gradrace.bench.results import Cell, Measurement
from gradrace.reports.analysis.tables import tidy
from gradrace.reports.analysis.where_gpu_pays import where_it_pays
from tests.results import results_of, timed

SMALL, LARGE = Cell(10, 10), Cell(1000, 100)


def measured(impl: str, cell: Cell, seconds: float, prepare_s: float | None) -> Measurement:
    return timed(impl, [seconds], cell, rounds=False, prepare_s=prepare_s)


def rows(*measurements: Measurement) -> list[list[str]]:
    results = results_of(measurements)
    return [row for grid in where_it_pays(tidy(results)).values() for row in grid.rows]


def test_the_best_of_either_device_are_compared_and_the_transfer_is_paid_back_by_gradients() -> None:
    """At the large cell the GPU gains 2 ms a gradient, and its X takes 9 ms more to prepare: ahead after 4.5."""
    found = rows(
        measured("slow", LARGE, 7e-3, 0.0),
        measured("fast", LARGE, 3e-3, 1e-3),
        measured("slow@cuda", LARGE, 4e-3, 0.0),
        measured("fast@cuda", LARGE, 1e-3, 10e-3),
        measured("fast", SMALL, 1e-6, 0.0),
        measured("fast@cuda", SMALL, 4e-5, 1e-3),
    )
    assert found == [
        ["10 × 10", "1.00 µs", "40.0 µs", "0.025×", "1.0 ms", "never"],
        ["1000 × 100", "3.00 ms", "1.00 ms", "3.0×", "10 ms", "5 gradients"],
    ]


@pytest.mark.parametrize(
    ("prepare_s", "told"), [((5e-3, 1e-3), "1 gradient"), ((0.0, 1e-3), "1 gradient"), ((0.0, None), "—")]
)
def test_who_prepares_no_longer_is_ahead_at_once_and_what_is_unknown_is_not_guessed(prepare_s, told) -> None:
    cpu, gpu = prepare_s
    (row,) = rows(measured("one", LARGE, 3e-3, cpu), measured("one@cuda", LARGE, 1e-3, gpu))
    assert row[-1] == told


def test_a_cpu_that_prepares_nothing_is_overtaken_late_even_if_another_is_faster_by_the_call() -> None:
    """Against `fused` the GPU is ahead at once; `plain` starts 1.3 ms before it and loses 62 µs a gradient."""
    (row,) = rows(
        measured("fused", LARGE, 80e-6, 5e-3),
        measured("plain", LARGE, 100e-6, 0.0),
        measured("one@cuda", LARGE, 38e-6, 1.3e-3),
    )
    assert row[-1] == "21 gradients"


def test_a_tie_is_not_ahead() -> None:
    (row,) = rows(measured("one", LARGE, 3e-3, 0.0), measured("one@cuda", LARGE, 1e-3, 4e-3))
    assert row[-1] == "3 gradients"


def test_without_both_devices_in_a_cell_there_is_nothing_to_tell() -> None:
    assert rows(measured("one", LARGE, 1.0, 0.0), measured("one@cuda", SMALL, 1.0, 0.0)) == []


def test_the_footnote_names_who_is_best_the_most_frequent_first() -> None:
    each = [measured("a", SMALL, 1.0, 0.0), measured("b", LARGE, 1.0, 0.0), measured("b", Cell(9, 9), 1.0, 0.0)]
    gpu = [measured("c@cuda", cell, 1.0, 0.0) for cell in (SMALL, LARGE, Cell(9, 9))]
    results = results_of([*each, *gpu])
    (grid,) = where_it_pays(tidy(results)).values()
    assert "Best on the CPU: b and a; on the GPU: c@cuda." in grid.footnote
