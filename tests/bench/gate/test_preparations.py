"""The time of `prepare` in a check: a slower one fails, and its noise fails nobody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

import numpy as np
import pytest

from gradrace.bench.gate.findings import Finding
from gradrace.bench.gate.levels import PREPARE, preparations
from gradrace.bench.gate.limits import LEAST_MORE_S, Limits, Rules
from gradrace.bench.gate.pairs.blame import SideOut
from gradrace.bench.gate.pairs.preparations import ALONE_TIMES, ENOUGH_S, TIMES, Prepared, prepared
from gradrace.bench.gate.pairs.rounds import Measured
from gradrace.bench.gate.pairs.sides import Pair
from gradrace.bench.gate.tallies import LEAST_PAIRS, MOST_FAULTS, Tally
from gradrace.bench.gate.verdicts import More, finding
from gradrace.bench.results import Absence
from tests.bench.gate.noisy import NEW, OLD, Noisy, gated
from tests.bench.simulated import Clock


@dataclass
class Preparing(Noisy):
    """A process whose preparations take the given seconds."""

    taken_s: Callable[[], float] = lambda: 0.01
    prepared: int = 0

    def prepare(self, folder: str) -> float:
        super().prepare(folder)
        self.prepared += 1
        seconds = self.taken_s()
        self.clock.now_s += seconds
        return seconds


def check(ready_cells, old: Callable[[], float], new: Callable[[], float], **more: object) -> list[Finding]:
    """Findings where preparations of a side take the seconds that its function returns."""
    rng = np.random.default_rng(0)

    def worker(clock: Clock, side, name: str) -> Preparing:
        luck = float(np.exp(0.005 * rng.standard_normal()))
        return Preparing(clock, name, 1e6, luck=luck, taken_s=old if side is OLD else new)

    return gated(worker, ready_cells, **more)


def test_a_prepare_twice_as_slow_fails_though_the_gradient_is_the_same(ready_cells):
    found = check(ready_cells, lambda: 0.01, lambda: 0.02)
    assert [one.outcome for one in found] == ["slower prepare"] * 2
    assert [one.alarms for one in found] == [True] * 2
    assert [len(one.pairs) for one in found] == [LEAST_PAIRS] * 2  # the gradient is decided and not measured further
    assert [len(one.prepares) for one in found] == [preparations(2)[0].pairs] * 2
    assert found[0].prepare_s == pytest.approx((0.01, 0.02))


@pytest.mark.parametrize(
    ("old_s", "new_s"),
    [(0.01, 0.01), (0.01, 0.0119), (0.02, 0.01), (1e-5, 1e-5 + LEAST_MORE_S), (0.2, 0.23)],
)
def test_a_prepare_within_the_limits_passes(ready_cells, old_s, new_s):
    found = check(ready_cells, lambda: old_s, lambda: new_s)
    assert [(one.outcome, len(one.prepares)) for one in found] == [("same", LEAST_PAIRS)] * 2


def test_an_implementation_may_have_its_own_limit(ready_cells):
    rules = Rules(named={"a": Limits(prepare=1.5)})
    assert [one.outcome for one in check(ready_cells, lambda: 0.01, lambda: 0.02, rules=rules)] == ["same"] * 2


def noise(seed: int, *, outliers: float = 0.0, spread: float = 0.0) -> Callable[[], float]:
    """Seconds of preparations around 10 ms, with a share that take three times as long."""
    rng = np.random.default_rng(seed)
    return lambda: 0.01 * float(np.exp(spread * rng.standard_normal())) * (3.0 if rng.random() < outliers else 1.0)


@pytest.mark.parametrize("kind", [{"outliers": 0.3}, {"spread": 0.5}, {"outliers": 0.2, "spread": 0.3}])
def test_noise_of_prepare_fails_nobody(ready_cells, kind):
    for seed in range(5):
        found = check(ready_cells, noise(seed, **kind), noise(100 + seed, **kind))
        assert [one.outcome for one in found] == ["same"] * 2


def test_a_first_preparation_that_is_cold_fails_nobody(ready_cells):
    """NEW's takes five times as long in each process, as its side's memory is mapped anew."""

    @dataclass
    class Cold(Preparing):
        numbers: count = field(default_factory=count)

        def __post_init__(self) -> None:
            self.taken_s = lambda: 0.05 if next(self.numbers) <= 1 else 0.01

    def worker(clock: Clock, side, name: str) -> Preparing:
        return (Cold if side is NEW else Preparing)(clock, name, 1e6)

    assert [one.outcome for one in gated(worker, ready_cells)] == ["same"] * 2


def test_a_budget_that_ends_before_enough_pairs_says_what_it_looks_like(ready_cells):
    whole = check(ready_cells[:1], lambda: 0.5, lambda: 5.0)
    assert [one.outcome for one in whole] == ["slower prepare"]
    found = check(ready_cells[:1], lambda: 0.5, lambda: 5.0, budget_s=85.0)
    assert [one.outcome for one in found] == ["can't tell"]
    assert "prepare looks slower; " in found[0].reason
    assert found[0].more_s > 0


@pytest.mark.parametrize(("seconds", "times"), [(0.001, TIMES), (0.3 * ENOUGH_S, 2), (ENOUGH_S, 1)])
def test_short_preparations_are_repeated_by_turns(ready_cells, seconds, times):
    clock = Clock()
    pair = Pair(*(Preparing(clock, "a", 1e6, taken_s=lambda: seconds) for _ in range(2)))
    assert prepared(pair, ready_cells[0]) == (seconds, seconds)
    assert {one.prepared for one in (pair.old, pair.new)} == {times}
    assert prepared(pair, ready_cells[0], again=True) == (seconds, seconds)
    assert {one.prepared for one in (pair.old, pair.new)} == {times + 1}
    prepared(pair, ready_cells[0], alone=True)
    assert pair.old.prepared <= times + 1 + ALONE_TIMES


def test_each_side_prepares_first_in_every_other_pair_also_where_pairs_time_nothing_else(ready_cells):
    """A `prepare` this long is timed once in a pair, and may find the memory that the other side has warmed."""
    order = []

    def worker(clock: Clock, side, name: str) -> Preparing:
        def taken_s() -> float:
            order.append(side.name)
            return 2.0 * ENOUGH_S if side is OLD else 20 * ENOUGH_S

        return Preparing(clock, name, 1e6, taken_s=taken_s)

    found = gated(worker, ready_cells[:1])
    assert [(one.outcome, len(one.pairs)) for one in found] == [("slower prepare", LEAST_PAIRS)]
    alone = len(found[0].prepares) - LEAST_PAIRS  # in each, both sides prepare before their first call, and are timed
    firsts = order[-4 * alone :][2::4]
    assert firsts == [("OLD", "NEW")[number % 2] for number in range(alone)]


@pytest.mark.parametrize("missed", [(1,), (1, 9)])
def test_two_pairs_in_which_old_was_disturbed_do_not_hide_a_slowdown(missed):
    tally, tests = Tally("a", None), preparations(1)
    while not tally.prepare_is_decided:
        tally.add_prepared(Prepared(1.0, 1.0 if len(tally.prepares) in missed else 2.0), 1)
    assert tally.slower_prepare
    assert len(tally.prepares) == tests[1].pairs


@pytest.mark.parametrize(("new", "outcome"), [(False, "slower prepare"), (True, "failed")])
def test_a_later_fault_of_old_does_not_hide_what_was_shown(ready_cells, new, outcome):
    """The gradient is undecided, so that further pairs follow."""
    tally = Tally("a", ready_cells[0], verified=True)
    for number in range(preparations(1)[0].pairs):
        tally.add(Measured(0.3 * (-1) ** number, 1e-3, prepared=Prepared(1.0, 2.0)), 1)
    assert tally.is_open
    for _ in range(MOST_FAULTS):
        tally.fault(SideOut(new, Absence(impl="a", outcome="failed", stage="race", message="killed")))
    assert finding(tally, More(1, 1.0)).outcome == outcome


def test_a_third_such_pair_ends_the_test():
    tally = Tally("a", None)
    for number in range(12):
        tally.add_prepared(Prepared(1.0, 1.0 if number in (1, 5, 11) else 2.0), 1)
        assert tally.prepare_looks_slower == (LEAST_PAIRS + 1 < number + 1 < 12)


@pytest.mark.parametrize("cells", [1, 4])
def test_the_share_of_the_level_is_kept_where_prepare_is_as_slow_as_the_limit(cells):
    """Pairs are beyond the limit with a probability of a half: of 20,000 checks, at most 0.1 % and a margin fail."""
    rng, wrong = np.random.default_rng(cells), 0
    above = rng.random((20_000, cells, preparations(cells)[-1].pairs)) < 0.5
    for family in above[(above[..., :10].sum(axis=2) >= 8).any(axis=1)]:  # others can't fail
        tallies = [Tally("a", None) for _ in range(cells)]
        for tally, slow in zip(tallies, family, strict=True):
            for one in slow:
                tally.add_prepared(Prepared(1.0, 2.0 if one else 1.0), cells)
        wrong += any(tally.slower_prepare for tally in tallies)
    assert 0 < wrong <= 20_000 * PREPARE + 3 * (20_000 * PREPARE) ** 0.5
