"""Simulated checks: the gate's level and power with its own procedure and default budget."""

from __future__ import annotations

import msgspec
import pytest

from gradrace.bench.gate.check import Request
from gradrace.bench.gate.limits import Limits
from gradrace.bench.results import Cell
from studies.gate import recorded, simulation
from studies.gate.simulation import CELLS, DESCENT, GRADIENT, LOADED, PREPARE, Costs, Truth, answers, check

CHECKS, BUDGET_S = 200, 120.0


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.01, 0.02])
@pytest.mark.parametrize("what", [GRADIENT, DESCENT])
def test_a_finer_gate_finds_five_percent_and_lets_identical_code_pass_or_undecided(noise, what):
    """With a threshold of 2 %: of 200 checks at most 2 fail without a slowdown, and at least 190 with one of 5 %."""
    limits = Limits(threshold=0.02)
    assert answers(Truth(noise=noise), limits, BUDGET_S, CHECKS)[0]["failed"] <= 2
    assert answers(Truth(0.05, what, noise=noise), limits, BUDGET_S, CHECKS)[0]["failed"] >= 190


@pytest.mark.slow
@pytest.mark.parametrize("shared", [0.0, 0.7])
@pytest.mark.parametrize("threshold", [0.02, 0.05])
def test_the_level_is_kept_where_everything_is_as_slow_as_the_threshold(threshold, shared):
    """Of 600 checks, at most 1 % and a margin of three standard deviations fail."""
    truth = Truth(threshold, noise=0.02, shared=shared)
    found, _ = answers(truth, Limits(threshold=threshold), BUDGET_S, 600)
    assert found["failed"] <= 6 + 3 * 6**0.5


@pytest.mark.slow
@pytest.mark.parametrize(("noise", "decided"), [(0.01, 100), (0.02, 95)])
def test_three_implementations_without_descents_are_decided_within_the_default_budget(noise, decided):
    """Of 100 checks of identical code on several cores, whose usual pairs would take 3 s more than there are."""
    costs = Costs(30.0, 1.0, (0.5, 0.5, 1.3, 1.6))
    found, _ = answers(Truth(noise=noise, descends=False), Limits(), BUDGET_S, 100, 3, [costs])
    assert found["passed"] >= decided


ONE_CORE = Costs(20.0, 1.2, (0.5, 0.5, 0.7, 0.8), (0.5, 0.5, 0.8, 0.8), (0.4,) * 4)
SEVERAL_CORES = Costs(30.0, 1.2, (0.5, 0.5, 1.3, 1.4), (0.5, 0.5, 1.3, 1.4), (0.4, 0.4, 1.0, 1.0))


@pytest.mark.parametrize(("noise", "costs"), [(0.01, ONE_CORE), (0.02, ONE_CORE), (0.01, SEVERAL_CORES)])
def test_three_implementations_with_descents_are_decided(noise, costs):
    """With descents in all cells of each pair, none of the slowdowns on several cores was found in time."""
    assert answers(Truth(noise=noise), Limits(), BUDGET_S, 20, 3, [costs])[0]["passed"] >= 16
    assert answers(Truth(0.2, noise=noise, impl="2"), Limits(), BUDGET_S, 20, 3, [costs])[0]["failed"] >= 16


@pytest.mark.slow
@pytest.mark.parametrize("costs", [ONE_CORE, SEVERAL_CORES])
def test_three_noisy_implementations_with_descents_are_decided_within_their_usual_budget(costs):
    """On several cores, 28 of 100 checks of each kind were decided within 120 s with a noise of 0.02."""
    usual_s = Request("main", CELLS, None, None, threads=2, seed=0).seconds(3)
    for noise in (0.02, 0.03):
        assert answers(Truth(noise=noise), Limits(), usual_s, 40, 3, [costs])[0]["passed"] == 40
        assert answers(Truth(0.2, noise=noise, impl="2"), Limits(), usual_s, 40, 3, [costs])[0]["failed"] == 40


NUMBA = Costs(20.0, 1.2, (0.55, 0.55, 1.3, 1.4), (0.5, 0.5, 1.3, 1.5), (0.4, 0.4, 1.0, 1.0))
DASK = Costs(20.0, 1.9, (0.9,) * 4, (), (0.5,) * 4)


@pytest.mark.parametrize(("noise", "passed"), [(0.01, 20), (0.015, 16)])
def test_dask_beside_two_that_compile_the_same_file_is_decided(noise, passed):
    """None was, of 40, when Dask's clusters started in 3.2 s, and its pairs took as long again in each cell."""
    found, _ = answers(Truth(noise=noise), Limits(), BUDGET_S, 20, 3, [NUMBA, NUMBA, DASK])
    assert (found["passed"] >= passed, found["failed"]) == (True, 0)


@pytest.mark.slow
def test_the_level_is_kept_where_dask_and_two_others_are_as_slow_as_the_threshold():
    """Of 100 checks, at most 1 % and a margin of three standard deviations fail."""
    found, _ = answers(Truth(0.05, noise=0.02), Limits(), BUDGET_S, 100, 3, [NUMBA, NUMBA, DASK])
    assert found["failed"] <= 1 + 3


def test_a_busy_machine_has_time_for_the_pairs_that_show_a_slowdown():
    """With descents in each pair, and all cells, none of 100 slowdowns of 20 % was found at a load of 8."""
    assert answers(Truth(0.2, noise=0.03), Limits(), BUDGET_S, 20, 1, [LOADED])[0]["failed"] >= 18
    assert answers(Truth(0.0, noise=0.03), Limits(), BUDGET_S, 20, 1, [LOADED])[0]["failed"] == 0


def test_a_busy_machine_has_time_to_show_a_slowdown_of_one_cell():
    """With the mean of all cells, 11 of 60 slowdowns of 20 % were found."""
    assert answers(Truth(0.2, noise=0.02, cells=1), Limits(), BUDGET_S, 20, 1, [LOADED])[0]["failed"] >= 16


@pytest.mark.slow
@pytest.mark.parametrize("scale", [1.0, 0.7])
def test_the_level_is_kept_on_a_busy_machine(scale):
    """Of 1000 checks at the threshold, at most 1 % and a margin of three standard deviations fail."""
    costs = LOADED._replace(start=scale * LOADED.start, gradients=tuple(scale * one for one in LOADED.gradients))
    found, _ = answers(Truth(0.05, noise=0.04), Limits(), BUDGET_S, 1000, 1, [costs])
    assert found["failed"] <= 10 + 3 * 10**0.5


def test_noise_of_the_first_of_three_implementations_does_not_take_the_pairs_of_the_others():
    """By its ratio alone, the first looked slower in most checks of a busy machine: 45 % of the cells got no pair."""
    costs = Costs(20.0, 1.2, (0.5,) * 4, rounds=(0.4,) * 4)
    truth = Truth(noise=0.1, descends=False)
    found = [one for seed in range(20) for one in check(truth, Limits(), BUDGET_S, seed, 3, [costs])[0]]
    assert sum(not one.pairs for one in found) <= 0.2 * len(found)


def test_a_slower_descent_or_prepare_fails_alone():
    limits = Limits()
    for truth in (Truth(0.2, DESCENT, noise=0.01), Truth(1.5, PREPARE, noise=0.01)):
        assert answers(truth, limits, BUDGET_S, 5)[0]["failed"] == 5
        assert answers(truth._replace(slowdown=0.0), limits, BUDGET_S, 5)[0]["passed"] == 5


def test_the_budget_is_kept_and_the_table_has_a_row_for_each_kind(capsys):
    simulation.main(0.02, "0,0.05", "0.01,0.02", 0.0, "gradient", 2, 2, 120.0, loaded=False)
    _, _, *rows = capsys.readouterr().out.splitlines()
    assert len(rows) == 4
    assert all(float(row.split("|")[-2].split()[0]) <= 125 for row in rows)


def test_recorded_pairs_are_replayed_and_made_slower(tmp_path):
    file = tmp_path / "pairs.jsonl"
    pairs = [recorded.Recorded("a", cell.m, cell.n_x, value, 1.0) for cell in CELLS for value in (-0.01, 0.0, 0.01)]
    alone = recorded.Recorded("in one cell", 10, 10, 0.5, 1.0)
    file.write_bytes(b"".join(msgspec.json.encode(pair) + b"\n" for pair in [*pairs, alone]))
    noise = recorded.read(file)
    assert noise == {"a": [[-0.01, 0.0, 0.01]] * 4}
    for slowdown, counts in ((0.0, ["0", "5", "0"]), (0.1, ["5", "0", "0"])):
        assert recorded.replayed(noise, Truth(slowdown, descends=False), BUDGET_S, 5)[1:4] == counts


@pytest.mark.slow
def test_pairs_of_identical_code_are_recorded(tmp_path):
    file = tmp_path / "pairs.jsonl"
    recorded.record(file, ["numpy_vectorized"], [Cell(10, 10), Cell(100, 10)], 1e-3, 1)
    pairs = [msgspec.json.decode(line, type=recorded.Recorded) for line in file.read_bytes().splitlines()]
    assert [(pair.impl, pair.m, pair.n_x) for pair in pairs] == [("numpy_vectorized", m, 10) for m in (10, 100)]
    assert all(abs(pair.log_ratio) < 3 for pair in pairs)
