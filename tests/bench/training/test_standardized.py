"""Features on which the cost would rise are standardized, and no others."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gradrace.bench.datasets.formats.dataset import ReadOptions
from gradrace.bench.training.curvature import SAFE, Curvature, would_rise
from gradrace.bench.training.data import Request, TrainingData
from gradrace.bench.training.descent import Schedule
from gradrace.impls.interface import Problem

ALPHA = 0.005


def data_of(source: str, alpha: float = ALPHA, **changed: object) -> TrainingData:
    return TrainingData(Request(source=source, schedule=Schedule(alpha=alpha, iterations=100), **changed))


def made_up(m: int, scales: list[float], offset: float = 0.0, seed: int = 0) -> Problem:
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((len(scales), m)) + offset
    Y = (X[0] + rng.standard_normal(m) > offset).astype(float)[np.newaxis]
    return Problem(X * np.array(scales)[:, np.newaxis], Y, np.dtype("float64"))


def test_features_of_all_scales_are_standardized_and_it_is_told() -> None:
    mine, asked = data_of("breast_cancer"), data_of("breast_cancer", scale="standardize")
    np.testing.assert_array_equal(mine.problem.X, asked.problem.X)
    (told,) = mine.begun.notes
    assert "standardized" in told
    assert "--scale none" in told
    assert not asked.begun.notes


@pytest.mark.parametrize("changed", [{"scale": "none"}, {"scale": "255"}, {"alpha": 1e-6}])
def test_they_are_not_if_they_are_to_stay_or_the_cost_falls(changed) -> None:
    assert data_of("breast_cancer", **changed).scale.mean is None


def test_pixels_and_features_that_train_well_stay_as_they_are(tmp_path) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (30, 8, 8), dtype=np.uint8)
    np.savez(tmp_path / "a.npz", X=images, y=rng.integers(0, 2, 30))
    assert data_of(str(tmp_path / "a.npz"), alpha=50.0).scale.mean is None
    np.savez(tmp_path / "b.npz", X=rng.standard_normal((30, 4)), y=rng.integers(0, 2, 30))
    assert data_of(str(tmp_path / "b.npz")).scale.mean is None


@pytest.mark.parametrize("m", [7, 500, 30_000])
@pytest.mark.parametrize("scales", [[1.0], [1.0, 1e3], [1.0] * 20, [1e-3, 1e2, 1.0], [30.0] * 5])
@pytest.mark.parametrize("offset", [0.0, 3.0])
def test_it_is_told_beforehand_whether_a_descent_rises(m: int, scales: list[float], offset: float) -> None:
    """An independent descent on all examples is the judge."""
    problem = made_up(m, scales, offset)
    w, b = np.zeros(len(scales)), 0.0
    for _ in range(100):
        a = 1 / (1 + np.exp(-np.clip(w @ problem.X + b, -700, 700)))
        w, b = w - ALPHA * problem.X @ (a - problem.Y[0]) / m, b - ALPHA * np.mean(a - problem.Y[0])
    z = w @ problem.X + b
    cost = float(np.mean(np.maximum(z, 0) - problem.Y[0] * z + np.log1p(np.exp(-np.abs(z)))))
    assert would_rise(problem.X, problem.Y[0], ALPHA) == (cost >= math.log(2))


def test_a_descent_that_jumps_to_and_fro_is_told(tmp_path) -> None:
    """Ages jump over the minimum: some of the first costs are below the first one, and those from 100 on are above."""
    rng = np.random.default_rng(38)
    X = np.column_stack([rng.normal(39, 9, 120), rng.normal(9, 2, 120)])
    np.savez(tmp_path / "a.npz", X=X, y=rng.random(120) < 0.51)
    data = data_of(str(tmp_path / "a.npz"))
    plain, w, b, costs = data_of(str(tmp_path / "a.npz"), scale="none").problem, np.zeros(2), 0.0, list[float]()
    for _ in range(101):
        z = w @ plain.X + b
        costs.append(float(np.mean(np.logaddexp(0, z) - plain.Y[0] * z)))
        dz = (1 / (1 + np.exp(-z)) - plain.Y[0]) / 120
        w, b = w - ALPHA * plain.X @ dz, b - ALPHA * dz.sum()
    assert min(costs[10:]) < math.log(2) < costs[100]
    assert data.scale.mean is not None


def bright(path: Path, m: int = 60, size: int = 40) -> str:
    """Write images of which those of class 1 are a little brighter, as on white paper: their curvature is large."""
    rng = np.random.default_rng(0)
    y = np.arange(m) % 2
    images = rng.integers(200, 236, (m, size, size, 3)) + 20 * y[:, np.newaxis, np.newaxis, np.newaxis]
    np.savez(path, X=images.astype(np.uint8), y=y)
    return str(path)


@pytest.mark.parametrize("changed", [{}, {"how": ReadOptions(memory_bytes=1000.0)}])
def test_pixels_are_trained_with_an_alpha_that_lowers_the_cost(tmp_path: Path, changed) -> None:
    source = bright(tmp_path / "a.npz")
    if changed:
        with np.load(source) as found:
            np.save(tmp_path / "X.npy", found["X"])
            np.save(tmp_path / "y.npy", found["y"])
        source, changed = str(tmp_path / "X.npy"), {"how": replace(changed["how"], label=str(tmp_path / "y.npy"))}
    data = data_of(source, fits_alpha=True, **changed)
    alpha = data.request.schedule.alpha
    assert alpha < ALPHA
    assert f"alpha {alpha:g}, as the cost would rise with 0.005; to use that: --alpha 0.005" in data.begun.notes
    assert alpha == pytest.approx(SAFE * Curvature(data_of(source).problem).largest_alpha(), rel=0.1)
    for chosen, rises in ((alpha, False), (ALPHA, True)):
        with np.load(tmp_path / "a.npz") as found:
            X, y = found["X"].reshape(60, -1).T / 255, found["y"]
        w, b, costs = np.zeros(len(X)), 0.0, []
        for _ in range(300):
            z = w @ X + b
            costs.append(np.mean(np.logaddexp(0, z) - y * z))
            dz = (1 / (1 + np.exp(-z)) - y) / 60
            w, b = w - chosen * X @ dz, b - chosen * dz.sum()
        assert bool(np.max(np.diff(costs)) > 0) == rises


def test_an_alpha_that_lowers_the_cost_or_was_given_stays(tmp_path: Path) -> None:
    assert data_of(bright(tmp_path / "a.npz")).request.schedule.alpha == ALPHA
    data = data_of("digits", fits_alpha=True)
    assert data.request.schedule.alpha == ALPHA
    assert not any("alpha" in note for note in data.begun.notes)


def test_classes_that_take_turns_are_both_tried() -> None:
    """With every second example alone, all of one class, any alpha would lower the cost."""
    X, y = made_up(100, [1.0] * 3000, offset=3.0).X, np.arange(100) % 2
    assert not would_rise(X[:, ::2], y[::2], ALPHA)
    assert would_rise(X, y, ALPHA)
