"""The oracle's processes return what the oracle does, and end with the command."""

from __future__ import annotations

import os
import signal
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from gradrace.bench.problems import from_seed, save
from gradrace.bench.results import Cell, UnusableInput
from gradrace.bench.verification.hard_problems import DATA, Exercise
from gradrace.bench.verification.judge import Trial, check
from gradrace.bench.verification.scenes.truth import Truth, right_results
from gradrace.bench.workers.oracle import OracleProcess, Oracles
from gradrace.impls.numpy_vectorized import IMPLEMENTATION


@pytest.mark.parametrize("count", [0, 2])
def test_results_are_those_of_this_process_to_the_last_bit(count: int) -> None:
    todo = [Exercise("ordinary", "float32"), Exercise("points", "float64"), Exercise("descents", "float64")]
    with Oracles(count) as oracles:
        trial, *truths = [future.result() for future in [*map(oracles.right, todo)]]
    assert isinstance(trial, Trial)
    assert check(IMPLEMENTATION, trial).findings == ()
    for exercise, truth in zip(todo[1:], truths, strict=True):
        here = right_results(exercise)
        assert isinstance(truth, Truth)
        assert isinstance(here, Truth)
        for one, other in zip(truth.references, here.references, strict=True):
            assert np.array_equal(one.exact.dw.lo, other.exact.dw.lo)
            assert np.array_equal(one.bound.dw, other.bound.dw)
        for (_, one), (_, other) in zip(truth.descents, here.descents, strict=True):
            for a, b in zip(one.after(9), other.after(9), strict=True):  # 9: beyond what was computed there
                assert np.array_equal(a, b)


def test_data_without_a_finite_gradient_are_unusable_here_too(tmp_path: Path) -> None:
    case = from_seed(0)(Cell(5, 3))
    case.problem.X[1, 2] = np.nan
    save(case, tmp_path)
    with closing(OracleProcess()) as process:
        with pytest.raises(UnusableInput, match="no finite gradient"):
            process.right(Exercise(f"{DATA}mine", "float64", 0, 5, 3, folder=str(tmp_path)))
        assert isinstance(process.right(Exercise("square", "float64")), Trial)


def test_a_process_that_was_ended_is_named_in_one_line() -> None:
    with closing(OracleProcess()) as process:
        os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(UnusableInput, match="ended with status -9: is there enough memory"):
            process.right(Exercise("square", "float64"))


def test_it_ends_while_it_computes() -> None:
    with Oracles(1) as oracles:
        futures = [oracles.right(Exercise("millions, tall", "float64")) for _ in range(20)]
    with pytest.raises(UnusableInput):
        futures[-1].result()
