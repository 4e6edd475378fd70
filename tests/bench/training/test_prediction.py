"""Right and wrong predictions counted, and probabilities a block of examples at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from gradrace.bench.problems import made_up, pixels
from gradrace.bench.training import blocks
from gradrace.bench.training.prediction import Quality, quality, roc_auc, scores, sigmoid
from gradrace.impls.interface import Problem


def test_each_kind_of_prediction_is_counted():
    problem = Problem(np.array([[1.0, 2.0, 3.0, -1.0, -2.0, 4.0]]), np.array([[1.0, 0, 1, 0, 1, 1]]), np.dtype(float))
    z = scores(problem, np.array([1.0]), 0.0)
    found = quality(problem, z)
    assert replace(found, cost=None, roc_auc=None) == Quality(true_0=1, false_1=1, false_0=1, true_1=3)
    assert (found.accuracy, found.precision, found.recall) == (4 / 6, 3 / 4, 3 / 4)


@pytest.mark.parametrize("ties", [False, True])
def test_cost_and_area_are_those_of_scikit_learn(ties: bool) -> None:
    rng = np.random.default_rng(5)
    z = rng.integers(-3, 4, 60) * 1.0 if ties else rng.normal(size=60) * 9
    Y = (rng.random((1, 60)) < sigmoid(z / 4)) * 1.0
    found = quality(Problem(np.ones((1, 60)), Y, np.dtype(float)), z)
    assert found.cost == pytest.approx(log_loss(Y[0], sigmoid(z)), rel=1e-9)
    assert found.roc_auc == pytest.approx(roc_auc_score(Y[0], z), rel=1e-12)
    assert 0.5 < found.roc_auc < 1


def test_a_sure_mistake_has_a_finite_cost_and_one_class_has_no_area() -> None:
    found = quality(Problem(np.ones((1, 2)), np.ones((1, 2)), np.dtype(float)), np.array([-1000.0, 1000.0]))
    assert (found.cost, found.roc_auc) == (500.0, None)
    assert roc_auc(np.zeros(4), np.array([True, False, True, False])) == 0.5


def test_a_threshold_moves_the_predictions() -> None:
    z, Y = np.array([-1.0, 1.0, 3.0]), np.array([[0.0, 0.0, 1.0]])
    problem = Problem(np.ones((1, 3)), Y, np.dtype(float))
    assert (quality(problem, z).false_1, quality(problem, z, 0.9).false_1) == (1, 0)
    assert quality(problem, z, 0.1).false_1 == 2


def test_the_majority_is_the_class_with_most_examples() -> None:
    assert Quality(6, 2, 1, 1).majority == (0, 0.8)
    assert Quality(1, 1, 2, 4).majority == (1, 0.75)


def test_of_nothing_no_share_is_known():
    assert Quality(true_0=3, false_1=0, false_0=0, true_1=0).precision is None
    assert Quality(true_0=3, false_1=0, false_0=0, true_1=0).recall is None


@pytest.mark.parametrize("case", [made_up(50, 7), pixels(50, 7), made_up(50, 7, "float32")])
def test_blocks_of_examples_give_what_all_of_them_do(case, monkeypatch):
    whole = sigmoid(scores(case.problem, case.w, float(case.b)))
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 8 * 7 * 3)
    np.testing.assert_allclose(sigmoid(scores(case.problem, case.w, float(case.b))), whole, rtol=1e-14)
    z = case.w.astype(float) @ (case.problem.X * case.problem.scale) + float(case.b)
    np.testing.assert_allclose(whole, 1 / (1 + np.exp(-z)), rtol=1e-14)
