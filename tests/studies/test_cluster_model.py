"""The closed form against worked values, and against the simulation, which averages nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest

from studies.cluster.cluster_model import Machine, Task, best_shards, crossover, depth, dollars, packed, sharded, step

simpy = pytest.importorskip("simpy")

from studies.cluster.simulate import simulated, simulated_sharded  # noqa: E402  # which need it

TASK = Task(m=1_000_000, n_x=1000, itemsize=8)
QUIET = Machine(examined=1e10, network=1e9, hop_s=1e-3, scatter=0.0, price=1.0)
NOISY = Machine(examined=1e10, network=1e9, hop_s=1e-3, scatter=0.1, price=1.0)


def test_worked_values():
    assert [depth(members) for members in (1, 2, 3, 4, 7, 8, 1000)] == [0, 1, 1, 2, 2, 3, 9]
    one, eight = step(TASK, QUIET, 1), step(TASK, QUIET, 8)
    assert one.compute_s == pytest.approx(0.8)
    assert one.down_s == one.up_s == pytest.approx(1e-3 + 2 * 8 * 1002 / 1e9)  # from the client and back
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


WIDE = Task(m=1000, n_x=1_000_000, itemsize=8)


def test_worked_values_of_features_shared_out():
    """4 groups of 250 examples, 8 shards of 125,000 features: X read twice, z and dw in trees of their own."""
    found = sharded(WIDE, QUIET, groups=4, shards=8)
    assert found.compute_s == pytest.approx(2 * 8e9 / 32 / 1e10)
    z_s, dw_s = 3 * (1e-3 + 2 * 8 * 250 / 1e9), 2 * (1e-3 + 2 * 8 * 125_002 / 1e9)
    assert found.down_s == found.up_s == pytest.approx(z_s + dw_s)
    assert sharded(WIDE, NOISY, groups=4, shards=8).straggle_s == pytest.approx(0.05 * math.expm1(0.1 * 2.07), rel=0.02)


def test_features_are_shared_out_only_where_w_is_large():
    assert best_shards(TASK, QUIET, 32)[1] == 1
    took, shards = best_shards(WIDE, QUIET, 32)
    assert shards > 1
    assert took.seconds < step(WIDE, QUIET, 32).seconds
    assert best_shards(Task(m=1000, n_x=3, itemsize=8), QUIET, 32)[1] <= 2  # no more shards than features


@pytest.mark.parametrize(("groups", "shards"), [(1, 8), (4, 8), (30, 2)])
def test_without_scatter_shards_are_simulated_as_told(groups, shards):
    """But for messages to an only child, of which the closed form counts two: these are large, of 1 to 4 MB."""
    found = simulated_sharded(WIDE, QUIET, groups, shards, np.random.default_rng(0))
    told = sharded(WIDE, QUIET, groups, shards)
    assert told.seconds - 0.4 * (told.down_s + told.up_s) < found < 1.01 * told.seconds


def test_who_unpacks_first_is_slower_by_that():
    assert packed(QUIET, 2.0, 1e10).examined == pytest.approx(0.5e10)
    assert packed(QUIET, 1.0, math.inf) == QUIET
    with pytest.raises(ValueError, match="positive"):
        packed(QUIET, 2.0, 0.0)
