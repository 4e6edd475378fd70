"""The closed form against worked values, and against the simulation, which averages nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bench.cluster.model import Machine, Task, crossover, depth, dollars, step

simpy = pytest.importorskip("simpy")

from bench.cluster.simulate import simulated  # noqa: E402  # which needs it

TASK = Task(m=1_000_000, n_x=1000, itemsize=8)
QUIET = Machine(examined=1e10, network=1e9, hop_s=1e-3, scatter=0.0, price=1.0)
NOISY = Machine(examined=1e10, network=1e9, hop_s=1e-3, scatter=0.1, price=1.0)


def test_worked_values():
    assert [depth(workers) for workers in (1, 2, 3, 4, 7, 8, 1000)] == [0, 1, 1, 2, 2, 3, 9]
    one, eight = step(TASK, QUIET, 1), step(TASK, QUIET, 8)
    assert one.seconds == one.compute_s == pytest.approx(0.8)
    assert eight.compute_s == pytest.approx(0.1)
    assert eight.down_s == eight.up_s == pytest.approx(3 * (1e-3 + 2 * 8 * 1002 / 1e9))
    assert dollars(TASK, QUIET, 8) == pytest.approx(8 * eight.seconds / 3600)
    assert step(TASK, NOISY, 8).straggle_s == pytest.approx(0.1 * math.expm1(0.1 * 1.42), rel=0.02)  # of 8 the largest


def test_a_cluster_pays_from_where_its_way_is_earned():
    m = crossover(TASK, QUIET, 2, client_s=5e-3)
    at = Task(m=round(m), n_x=1000, itemsize=8)
    assert 5e-3 + step(at, QUIET, 2).seconds == pytest.approx(at.bytes / QUIET.examined, rel=1e-4)
    hopeless = Machine(examined=1e10, network=1e9, hop_s=1e-3, scatter=3.0, price=1.0)
    assert crossover(TASK, hopeless, 2, client_s=0.0) == math.inf


@pytest.mark.parametrize("workers", [1, 2, 3, 8, 100, 1000])
def test_without_scatter_the_simulation_is_the_closed_form(workers):
    """But for the sums' additions, and for the last level, which need not be full."""
    found = simulated(TASK, QUIET, workers, np.random.default_rng(0))
    assert found == pytest.approx(step(TASK, QUIET, workers).seconds, rel=0.03)


@pytest.mark.parametrize("workers", [8, 100, 1000])
def test_the_slowest_of_many_is_what_extreme_values_say(workers):
    rng = np.random.default_rng(1)
    found = np.mean([simulated(TASK, NOISY, workers, rng) for _ in range(10 + 2000 // workers)])
    assert found == pytest.approx(step(TASK, NOISY, workers).seconds, rel=0.05)


def test_a_worker_that_is_ten_times_as_slow_holds_up_all():
    slow = Machine(examined=1e10, network=1e9, hop_s=1e-3, scatter=0.0, price=1.0)

    class TenTimes:
        """Deviates of which one makes a worker ten times as slow."""

        def standard_normal(self, count: int) -> np.ndarray:
            return np.where(np.arange(count) == 5, np.log(10.0), 0.0)

    scattering = Machine(examined=1e10, network=1e9, hop_s=1e-3, scatter=1.0, price=1.0)
    quiet = simulated(TASK, slow, 8, np.random.default_rng(0))
    held_up = simulated(TASK, scattering, 8, TenTimes())  # type: ignore[arg-type]
    assert held_up - quiet == pytest.approx(0.9, rel=0.05)
