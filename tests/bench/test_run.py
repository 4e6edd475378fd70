"""Time and implementations that a request leaves for the race."""

from __future__ import annotations

from time import perf_counter_ns

import pytest

from gradrace import selection
from gradrace.bench.results import Cell
from gradrace.bench.run import LEAST_SHARE, Request, starting_order
from gradrace.impls.discovery import everyone


def request(budget_s: float, gone_s: float, report_s: float = 0.0) -> Request:
    """Return a request that began so many seconds ago."""
    begun_ns = perf_counter_ns() - round(gone_s * 1e9)
    return Request([], [Cell(10, 10)], budget_s, 0, 1, begun_ns=begun_ns, report_s=report_s)


def test_the_budget_is_the_wall_clock_with_the_report() -> None:
    asked = request(600, gone_s=100, report_s=50)
    assert asked.deadline().left_s() == pytest.approx(500, abs=10)
    assert asked.budget().left_s() == pytest.approx(450, abs=10)
    assert asked.rest().left_s() == pytest.approx(450, abs=10)


def test_a_race_has_its_share_however_long_starting_took() -> None:
    assert request(600, gone_s=599).rest().left_s() == pytest.approx(600 * LEAST_SHARE, abs=10)


def test_optional_ones_start_last_and_those_with_large_libraries_before_others() -> None:
    """Otherwise a small budget on a busy machine starts `dask_blocks`, and not `numba_fused`, the fastest one."""
    names = ["numpy_blocked", "sklearn_loss", "numba_fused", "python_loop", "dask_blocks"]
    sources = [everyone()[name] for name in names]
    ordered = starting_order(sources, optional=selection.optional(sources, "all"))
    assert [one.name for one in ordered] == [
        "numba_fused",
        "python_loop",
        "sklearn_loss",
        "dask_blocks",
        "numpy_blocked",
    ]
