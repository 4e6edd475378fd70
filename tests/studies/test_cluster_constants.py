"""Constants are those that made the measurements."""

from __future__ import annotations

import numpy as np
import pytest

from studies.cluster.cluster_model import depth
from studies.cluster.constants import constants, robust_deviation
from studies.cluster.measure import NAME, Scaled, Scaling


def made(kind: str, workers: int, m: int, seconds: float, scatter: float = 0.0, name: str = NAME) -> Scaled:
    deviates = np.random.default_rng(workers).standard_normal(400)
    samples = seconds * np.exp(scatter * deviates)
    samples_s = samples.tolist()
    return Scaled(kind=kind, implementation=name, workers=workers, m=m, n_x=100, samples_s=samples_s)  # type: ignore[arg-type]


def test_they_are_found_again():
    tiny = [made("tiny", workers, 64, 4e-3 + 2 * depth(workers + 1) * 1e-3) for workers in (1, 2, 4, 8)]
    strong = [made("strong", workers, 1_000_000, 6e-3 + 0.08 / workers, 0.02) for workers in (1, 2)]
    threads = [made("strong", 1, 1_000_000, 1.0, name="numba_fused")]
    found = constants(Scaling(measured=[*tiny, *strong, *threads], date="", cpu="", cores=2))
    assert found.client_s == pytest.approx(4e-3)
    assert found.hop_s == pytest.approx(1e-3)
    assert found.examined == pytest.approx(1e10, rel=0.02)
    assert found.scatter == pytest.approx(0.02, rel=0.2)


def test_workers_that_wait_for_a_core_leave_no_negative_time_beside_the_tree():
    tiny = [made("tiny", workers, 64, 1e-3 * workers) for workers in (1, 2, 4, 8)]
    found = constants(Scaling(measured=[*tiny, made("strong", 1, 1_000_000, 0.081)], date="", cpu="", cores=2))
    assert found.client_s == 0
    assert found.hop_s > 0
    assert found.examined == pytest.approx(1e10)


def test_one_disturbance_is_no_scatter():
    calm = np.random.default_rng(0).standard_normal(1000)
    assert robust_deviation(calm) == pytest.approx(1, rel=0.1)
    assert robust_deviation([*calm, 1e6]) == pytest.approx(1, rel=0.1)
