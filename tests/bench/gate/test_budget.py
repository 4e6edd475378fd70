"""Without --budget, a check takes as long as the changed implementations, and the load of the machine, need."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gradrace.bench.gate.check import Request
from gradrace.bench.results import Cell


@pytest.mark.parametrize(
    ("implementations", "cells", "seconds"),
    [(0, 4, 120), (1, 1, 120), (1, 4, 120), (2, 4, 180), (3, 4, 240), (1, 8, 180), (17, 4, 600)],
)
def test_the_usual_budget_grows_with_the_cells_of_changed_implementations(implementations, cells, seconds):
    request = Request("main", [Cell(m, 10) for m in range(1, cells + 1)], None, None, threads=1, seed=0)
    assert request.seconds(implementations) == seconds


@pytest.mark.parametrize(
    ("load", "implementations", "seconds"),
    [(0.0, 1, 120), (0.3, 1, 150), (0.5, 1, 180), (1.0, 1, 240), (9.0, 1, 240), (9.0, 3, 480), (9.0, 4, 600)],
)
def test_the_usual_budget_is_up_to_twice_as_long_on_a_busy_machine(load, implementations, seconds):
    request = Request("main", [Cell(m, 10) for m in range(1, 5)], None, None, threads=1, seed=0, load=load)
    assert request.seconds(implementations) == seconds
    assert replace(request, budget_s=30.0).seconds(implementations) == 30


@pytest.mark.parametrize(("begun_s", "seconds"), [(9.9, 120), (95.0, 210)])
def test_the_usual_budget_grows_with_a_long_build_before_it(begun_s, seconds):
    assert Request("main", [Cell(10, 10)], None, None, threads=1, seed=0).seconds(1, begun_s) == seconds


def test_a_given_budget_is_kept_whatever_has_changed():
    assert Request("main", [Cell(10, 10)], None, 30.0, threads=1, seed=0).seconds(17, 95.0) == 30
