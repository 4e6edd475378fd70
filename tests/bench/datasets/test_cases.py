"""Real data in a race: fractions of them, the same ones for the same seed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from gradrace.bench.datasets.cases import fractions, from_data
from gradrace.bench.datasets.feature_scaling import scaling
from gradrace.bench.datasets.formats.dataset import Dataset

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 2, 2500)
NUMBERS = Dataset(RNG.normal(0, 1e6, (4, 2500)), LABELS)
PIXELS = Dataset(RNG.integers(0, 256, (4, 2500), dtype=np.uint8), LABELS)


def test_a_race_grows_to_all_examples():
    assert [cell.m for cell in fractions(NUMBERS, ["float64"], 2)] == [25, 250, 833, 2500]
    assert {cell.n_x for cell in fractions(NUMBERS, ["float64"], 2)} == {4}
    assert [(cell.m, cell.dtype, cell.pixels) for cell in fractions(PIXELS.some(np.arange(5)), ["float32"], 1)] == [
        (5, "float32", True)
    ]


def test_each_fraction_lies_within_the_next_and_keeps_its_labels():
    labels = dict(zip(map(tuple, NUMBERS.X.T), LABELS, strict=True))
    cases = [from_data(NUMBERS, scaling(None, NUMBERS), 3)(cell) for cell in fractions(NUMBERS, ["float64"], 2)]
    examples = [[tuple(x) for x in case.problem.X.T] for case in cases]
    for small, large in pairwise(examples):
        assert large[: len(small)] == small
    assert [labels[x] for x in examples[0]] == cases[0].problem.Y[0].tolist()
    assert sorted(examples[-1]) == sorted(labels)
    again = from_data(NUMBERS, scaling(None, NUMBERS), 3)(fractions(NUMBERS, ["float64"], 2)[0])
    np.testing.assert_array_equal(again.problem.X, cases[0].problem.X)
    other = from_data(NUMBERS, scaling(None, NUMBERS), 4)(fractions(NUMBERS, ["float64"], 2)[0])
    assert not np.array_equal(other.problem.X, cases[0].problem.X)


def test_the_point_saturates_nothing_whatever_the_scale():
    for dataset in (NUMBERS, PIXELS):
        case = from_data(dataset, scaling(None, dataset), 0)(fractions(dataset, ["float64"], 2)[-1])
        z = case.w @ case.problem.features() + case.b
        assert np.std(z) < 10
        assert not np.allclose(z, case.b)
