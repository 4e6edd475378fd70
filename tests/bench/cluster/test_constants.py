"""Constants are those that made the measurements."""

from __future__ import annotations

import numpy as np
import pytest

from bench.cluster.constants import constants, robust_deviation
from bench.cluster.model import depth
from bench.cluster.scaling import Scaled, Scaling


def made(kind: str, workers: int, m: int, seconds: float, scatter: float = 0.0) -> Scaled:
    deviates = np.random.default_rng(workers).standard_normal(400)
    samples = seconds * np.exp(scatter * deviates)
    return Scaled(kind=kind, workers=workers, m=m, n_x=100, samples_s=samples.tolist())  # type: ignore[arg-type]


def test_they_are_found_again():
    tiny = [made("tiny", workers, 64, 4e-3 + 2 * depth(workers) * 1e-3) for workers in (1, 2, 4, 8)]
    strong = [made("strong", workers, 1_000_000, 4e-3 + 0.08 / workers, 0.02) for workers in (1, 2)]
    found = constants(Scaling(measured=[*tiny, *strong], date="", cpu="", cores=2))
    assert found.client_s == pytest.approx(4e-3)
    assert found.hop_s == pytest.approx(1e-3)
    assert found.examined == pytest.approx(1e10, rel=0.02)
    assert found.scatter == pytest.approx(0.02, rel=0.2)


def test_one_disturbance_is_no_scatter():
    calm = np.random.default_rng(0).standard_normal(1000)
    assert robust_deviation(calm) == pytest.approx(1, rel=0.1)
    assert robust_deviation([*calm, 1e6]) == pytest.approx(1, rel=0.1)
