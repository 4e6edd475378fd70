"""What was read, made into features; and examples set apart."""

from __future__ import annotations

import numpy as np
import pytest

from gradrace.bench.datasets.feature_scaling import scaling
from gradrace.bench.datasets.formats.dataset import Dataset
from gradrace.bench.datasets.split import split
from gradrace.bench.results import UnusableInput

RNG = np.random.default_rng(0)
LABELS = np.array([0, 1] * 10)
PIXELS = Dataset(RNG.integers(0, 256, (6, 20), dtype=np.uint8), LABELS)
NUMBERS = Dataset(RNG.normal(5, 3, (6, 20)), LABELS)


def test_pixels_stay_bytes_and_are_divided_by_255():
    problem = scaling(None, PIXELS).problem(PIXELS)
    assert problem.X is PIXELS.X
    np.testing.assert_array_equal(problem.features(), PIXELS.X * (1 / 255))
    np.testing.assert_array_equal(problem.Y, LABELS[np.newaxis])
    assert scaling(None, PIXELS).problem(PIXELS, "float32").features().dtype == np.float32


def test_other_numbers_are_taken_as_they_are():
    assert scaling(None, NUMBERS).problem(NUMBERS).X is NUMBERS.X
    np.testing.assert_array_equal(scaling("255", NUMBERS).problem(NUMBERS).X, NUMBERS.X * (1 / 255))
    np.testing.assert_array_equal(scaling("none", PIXELS).problem(PIXELS).features(), PIXELS.X.astype(float))


@pytest.mark.parametrize("dataset", [PIXELS, NUMBERS])
def test_standardized_features_have_mean_0_and_deviation_1_in_training(dataset):
    constant = Dataset(np.vstack([dataset.X, np.full_like(dataset.X[:1], 7)]), LABELS)
    train, test = constant.some(np.arange(15)), constant.some(np.arange(15, 20))
    scale = scaling("standardize", train)
    X = scale.problem(train).X
    np.testing.assert_allclose(X.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(X[:-1].std(axis=1), 1)
    assert (X[-1] == 0).all()
    expected = (test.X[0] - train.X[0].mean()) / train.X[0].std()
    np.testing.assert_allclose(scale.problem(test).X[0], expected)


def test_an_unknown_scaling_is_refused():
    with pytest.raises(UnusableInput, match=r"--scale: 'log' is unknown; give one of 255, standardize, none"):
        scaling("log", NUMBERS)


def test_the_same_seed_sets_the_same_share_of_both_classes_apart():
    train, test = split(NUMBERS, 0.3, seed=1)
    assert (train.m, test.m) == (14, 6)
    assert test.labels.sum() == 3
    together = np.concatenate([train.X[0], test.X[0]])
    np.testing.assert_array_equal(np.sort(together), np.sort(NUMBERS.X[0]))
    np.testing.assert_array_equal(split(NUMBERS, 0.3, seed=1)[1].X, test.X)
    assert not np.array_equal(split(NUMBERS, 0.3, seed=2)[1].X, test.X)
    labels = dict(zip(NUMBERS.X[0], NUMBERS.labels, strict=True))
    assert [labels[x] for x in test.X[0]] == test.labels.tolist()


def test_a_share_that_leaves_a_class_out_is_refused():
    with pytest.raises(UnusableInput, match="--test-share"):
        split(Dataset(NUMBERS.X, np.array([1] + [0] * 19)), 0.3, seed=0)


def test_images_set_apart_keep_each_image_in_one_piece():
    images = Dataset(np.asfortranarray(PIXELS.X), LABELS)
    assert images.some(np.array([3, 5])).X.T.flags.c_contiguous


@pytest.mark.parametrize("order", ["C", "F"])
def test_the_features_may_overwrite_x(order):
    X = np.asarray(np.random.default_rng(0).normal(size=(21, 50)), order=order)
    expected = (X - X.mean(axis=1)[:, np.newaxis]) / X.std(axis=1)[:, np.newaxis]
    dataset = Dataset(X, np.arange(50) % 2)
    scale = scaling("standardize", dataset)
    kept = scale.problem(dataset).X
    assert kept is not X
    np.testing.assert_array_equal(kept, expected)
    assert scale.problem(dataset, overwrite=True).X is X
    np.testing.assert_array_equal(X, expected)
    X.flags.writeable = False
    assert scale.problem(dataset, overwrite=True).X is not X
