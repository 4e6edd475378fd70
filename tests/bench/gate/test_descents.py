"""Descents in a check: slower ones fail though the gradient is the same, and wrong ones fail as wrong."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pytest

from gradrace.bench.gate import measure
from gradrace.bench.gate.findings import Finding
from gradrace.bench.gate.pairs.descents import LEAST_STEPS, SOME_STEPS, measured_descents, steps_of
from gradrace.bench.gate.pairs.rounds import MOST_S, Measured
from gradrace.bench.gate.pairs.sides import Pair
from gradrace.bench.gate.sizes import MOST_CALL_S
from gradrace.bench.gate.tallies import LEAST_PAIRS
from gradrace.bench.race.ready import ReadyCell
from gradrace.bench.results import DESCENT_STEPS, Cell
from gradrace.bench.workers.answers import Descended
from gradrace.bench.workers.process import WorkerFailed
from tests.bench.gate.noisy import NEW, OLD, Noisy, gated
from tests.bench.simulated import Clock


@dataclass
class Descending(Noisy):
    """A process whose descents are `slower` times as slow as its gradients. own: whether it has its own `descend`."""

    own: bool = True
    slower: float = 1.0

    def descends(self) -> bool:
        return self.own

    def descend(self, alpha: float, steps: int, from_zeros: bool) -> Descended:
        found = super().descend(alpha, steps, from_zeros)
        step_s = found.step_s * self.slower
        self.clock.now_s += steps * (step_s - found.step_s)
        return Descended(step_s, found.w, found.b)


def check(
    ready_cells,
    noise: float = 0.005,
    old: dict | None = None,
    budget_s: float = 1e6,
    ns_per_element: float = 1e5,
    **new,
) -> list[Finding]:
    rng = np.random.default_rng(0)

    def worker(clock: Clock, side, name: str) -> Descending:
        luck = float(np.exp(noise * rng.standard_normal()))
        return Descending(clock, name, ns_per_element, luck=luck, **(new if side is NEW else old or {}))

    return gated(worker, ready_cells, budget_s=budget_s)


def test_the_same_code_passes_in_its_gradient_and_its_descents(ready_cells):
    found = check(ready_cells)
    assert [(one.steps > 0, one.outcome) for one in found] == [*[(False, "same")] * 2, *[(True, "same")] * 2]
    assert [len(one.pairs) for one in found] == [*[LEAST_PAIRS] * 2, *[LEAST_PAIRS / 2] * 2]
    assert [one.screened for one in found] == [False, False, True, True]
    assert len({(one.low, one.high) for one in found if one.steps}) == 1
    assert all(one.low <= one.ratio <= one.high and one.confidence > 0.95 for one in found)


def test_each_side_enters_a_cell_first_in_half_of_the_pairs_of_its_descents(ready_cells, monkeypatch):
    """Screening measures each cell in every second pair, so it isn't every second pair in which NEW is first."""
    first = defaultdict[Cell, list[bool]](list)

    def noted(pair: Pair, ready: ReadyCell, *arguments) -> Measured:
        first[ready.cell].append(pair.new_first)
        return measured_descents(pair, ready, *arguments)

    monkeypatch.setattr(measure, "measured_descents", noted)
    check(ready_cells)
    assert [*first.values()] == [[False, True, False]] * 2


def test_a_descent_a_fifth_slower_fails_though_the_gradient_is_the_same(ready_cells):
    found = check(ready_cells, noise=0.02, slower=1.2)
    assert [one.outcome for one in found if one.steps] == ["slower"] * 2
    assert [one.alarms for one in found if not one.steps] == [False] * 2
    assert found[2].ratio == pytest.approx(1.2, rel=0.03)


def test_the_shared_descent_is_not_measured_again(ready_cells):
    """Without a `descend` of their own, both sides repeat the gradient, which is measured."""
    found = check(ready_cells, own=False, old={"own": False}, slower=1.5)
    assert [(one.steps, one.outcome) for one in found] == [(0, "same")] * 2


def test_a_descend_that_was_removed_is_measured(ready_cells):
    found = check(ready_cells, own=False, slower=1.5)
    assert [one.outcome for one in found] == ["same", "same", "slower", "slower"]


@pytest.mark.parametrize("wrong", [{"astray": 0.1}, {"most_steps": 2}, {"most_steps": 3}])
def test_a_wrong_or_shortened_descent_is_wrong_and_not_faster(ready_cells, wrong):
    found = check(ready_cells, slower=0.5, **wrong)
    assert [one.outcome for one in found] == ["same", "same", "wrong", "wrong"]
    assert all("descent" in one.reason for one in found if one.steps)


def test_a_descent_that_was_wrong_before_is_no_fault_of_new(ready_cells):
    found = check(ready_cells, old={"most_steps": 2})
    assert [one.outcome for one in found if one.steps] == ["skipped"] * 2
    told = [one.reason for one in found if one.steps]
    assert all("OLD has a fault" in why and "compare with a revision in which it works" in why for why in told)


def test_cached_descents_are_wrong(ready_cells):
    found = check(ready_cells, remembers_descents_from=1)
    assert [one.outcome for one in found if one.steps] == ["wrong"] * 2
    assert all("caches its descents" in one.reason for one in found if one.steps)


@pytest.mark.parametrize("call_s", [0.34, 0.39])
def test_descents_of_the_slowest_gradients_that_are_measured_are_measured_too(ready_cells, call_s):
    """Cells with slower calls are replaced by smaller ones."""
    assert LEAST_STEPS * MOST_CALL_S <= MOST_S
    largest = max(one.cell.m * one.cell.n_x for one in ready_cells)
    found = check(ready_cells, ns_per_element=1e9 * call_s / largest)
    assert [one.outcome for one in found] == ["same"] * 4


@dataclass
class Crashing(Descending):
    """A process whose descents fail."""

    def descend(self, alpha: float, steps: int, from_zeros: bool) -> Descended:
        raise WorkerFailed("MemoryError")


@pytest.mark.parametrize(("whose", "outcome"), [((NEW,), "failed"), ((OLD,), "skipped"), ((OLD, NEW), "skipped")])
def test_a_descent_that_fails_counts_for_new_unless_old_fails_too(ready_cells, whose, outcome):
    def worker(clock: Clock, side, name: str) -> Descending:
        return (Crashing if side in whose else Descending)(clock, name, 1e5)

    found = gated(worker, ready_cells)
    assert [one.outcome for one in found] == ["same", "same", outcome, outcome]


@pytest.mark.parametrize(
    ("call_s", "steps"),
    [(1e-6, DESCENT_STEPS), (9e-6, 555), (0.6e-3, SOME_STEPS), (0.7e-3, 7), (14e-3, 4), (1.0, LEAST_STEPS)],
)
def test_descents_are_short_or_have_some_steps(call_s, steps):
    assert steps_of(call_s) == steps
