"""A descent by any right gradient stays within the trajectory's limit; one that leaves a step out doesn't."""

from __future__ import annotations

import numpy as np
import pytest

from gradrace.bench.problems import from_seed, made_up_point
from gradrace.bench.results import Cell, Dtype
from gradrace.bench.stepping import steps
from gradrace.bench.verification.reference import Point
from gradrace.bench.verification.trajectory import Trajectory, calm_alpha
from gradrace.impls import numpy_vectorized
from gradrace.impls.interface import Problem

COUNT = 300


def problem(m: int, n_x: int, dtype: Dtype) -> Problem:
    return from_seed(0)(Cell(m, n_x, dtype)).problem


def descended(given: Problem, start: Point, alpha: float, count: int) -> Point:
    implementation = numpy_vectorized.IMPLEMENTATION
    return Point(*steps(implementation, implementation.prepare(given), *start, alpha, count))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("m", "n_x"), [(10, 10), (200, 7), (5, 300)])
@pytest.mark.parametrize("from_zeros", [True, False])
def test_right_descents_stay_within_a_tenth_of_the_limit(m: int, n_x: int, dtype: Dtype, from_zeros: bool) -> None:
    given = problem(m, n_x, dtype)
    zeros = Point(np.zeros(n_x, given.dtype), given.dtype.type(0))
    start = zeros if from_zeros else Point(*made_up_point(given))
    right = Trajectory(given, start, calm_alpha(given, COUNT))
    for count in (0, 1, 2, COUNT):
        assert right.fault(descended(given, start, right.alpha, count), count) is None
    at, limit = right.after(COUNT)
    end = descended(given, start, right.alpha, COUNT)
    assert np.max(np.abs(np.append(end.w, end.b) - at) / limit) < 0.1


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_step_less_or_another_alpha_is_wrong(dtype: Dtype) -> None:
    given = problem(100, 10, dtype)
    start = Point(np.zeros(10, given.dtype), given.dtype.type(0))
    right = Trajectory(given, start, calm_alpha(given, COUNT))
    for alpha, count in ((right.alpha, COUNT - 1), (right.alpha, COUNT + 1), (1.01 * right.alpha, COUNT)):
        fault = right.fault(descended(given, start, alpha, count), COUNT)
        assert fault is not None
        assert fault.startswith(f"step {COUNT} of a descent")


def test_another_type_or_shape_and_nan_are_wrong() -> None:
    given = problem(20, 4, "float64")
    start = Point(np.zeros(4), np.float64(0))
    right = Trajectory(given, start, 0.01)
    for w in (np.zeros(4, np.float32), np.zeros((4, 1))):
        assert right.fault(Point(w, np.float64(0)), 1) == f"a descent returns w of {w.dtype} and shape {w.shape}"
    assert "off by nan times" in str(right.fault(Point(np.full(4, np.nan), np.float64(0)), 1))


@pytest.mark.parametrize("scale", [1e-3, 1.0, 255.0])
def test_a_calm_alpha_hardly_grows_errors(scale: float) -> None:
    rng = np.random.default_rng(0)
    X = scale * rng.standard_normal((6, 40))
    given = Problem(X=X, Y=(rng.random((1, 40)) > 0.5).astype(np.float64), dtype=np.dtype(np.float64), scale=1.0)
    alpha = calm_alpha(given, COUNT)
    with_bias = np.vstack([X, np.ones(40)])
    largest = np.linalg.eigvalsh(with_bias @ with_bias.T / 40)[-1] / 4  # a (1 - a) is a quarter at most
    assert np.exp(COUNT * alpha * largest) <= np.e
    assert np.log2(alpha) == int(np.log2(alpha))
