"""What was read, made into features; and examples set apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gradrace.bench.datasets.feature_scaling import scaling
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions
from gradrace.bench.datasets.formats.stored import is_stored
from gradrace.bench.datasets.read import read
from gradrace.bench.datasets.split import can_split, split
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


@pytest.mark.parametrize("on_disk", [False, True])
@pytest.mark.parametrize("value", [0.1, 1e5 + 0.1, -3.3])
def test_a_constant_feature_has_the_divisor_1(tmp_path, value, on_disk):
    """Rounding leaves a deviation of 1e-17, by which another number to predict would become huge."""
    X = np.vstack([np.full(121, value), np.arange(121.0)])
    np.save(tmp_path / "X.npy", np.ascontiguousarray(X.T))
    np.save(tmp_path / "y.npy", np.arange(121) % 2)
    how = ReadOptions(memory_bytes=1 if on_disk else None)
    dataset = read(str(tmp_path / "X.npy"), replace(how, label=str(tmp_path / "y.npy")))
    assert is_stored(dataset.X) == on_disk
    scale = scaling("standardize", dataset)
    assert scale.deviation.tolist() == [1, pytest.approx(np.arange(121).std())]
    assert abs(scale.features(np.array([[value], [0.0]]))[0, 0]) < 1e-9


def test_numbers_too_large_to_be_standardized_are_refused():
    X = np.array([[0.0, 1, 2], [0, 1e300, 5]])
    with pytest.raises(UnusableInput, match="feature 2 are too large to be standardized; drop its column"):
        scaling("standardize", Dataset(X, np.array([0, 1, 0])))


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


@pytest.mark.parametrize("of_each", range(1, 12))
def test_data_that_can_be_split_leave_examples_of_both_classes_on_each_side(of_each):
    data = Dataset(np.zeros((1, of_each + 11)), np.array([0] * of_each + [1] * 11))
    assert can_split(data) == (of_each >= 5)
    if can_split(data):
        assert {*split(data, 0.2, seed=0)[1].labels} == {0, 1}


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
