"""Right and wrong predictions counted, and probabilities a block of examples at a time."""

from __future__ import annotations

import numpy as np
import pytest

from gradrace.bench.problems import made_up, pixels
from gradrace.bench.training import blocks
from gradrace.bench.training.prediction import Quality, probabilities, quality
from gradrace.impls.interface import Problem


def test_each_kind_of_prediction_is_counted():
    problem = Problem(np.array([[1.0, 2.0, 3.0, -1.0, -2.0, 4.0]]), np.array([[1.0, 0, 1, 0, 1, 1]]), np.dtype(float))
    found = quality(problem, probabilities(problem, np.array([1.0]), 0.0))
    assert found == Quality(true_0=1, false_1=1, false_0=1, true_1=3)
    assert (found.accuracy, found.precision, found.recall) == (4 / 6, 3 / 4, 3 / 4)


def test_of_nothing_no_share_is_known():
    assert Quality(true_0=3, false_1=0, false_0=0, true_1=0).precision is None
    assert Quality(true_0=3, false_1=0, false_0=0, true_1=0).recall is None


@pytest.mark.parametrize("case", [made_up(50, 7), pixels(50, 7), made_up(50, 7, "float32")])
def test_blocks_of_examples_give_what_all_of_them_do(case, monkeypatch):
    whole = probabilities(case.problem, case.w, float(case.b))
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 8 * 7 * 3)
    np.testing.assert_allclose(probabilities(case.problem, case.w, float(case.b)), whole, rtol=1e-14)
    z = case.w.astype(float) @ (case.problem.X * case.problem.scale) + float(case.b)
    np.testing.assert_allclose(whole, 1 / (1 + np.exp(-z)), rtol=1e-14)
