"""All cells of an implementation together: a slowdown that no cell shows alone is found, within the level."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import count

import numpy as np
import pytest

from gradrace.bench.gate.levels import LOOKS, SPEED, TOGETHER, looks
from gradrace.bench.gate.pairs.rounds import Measured
from gradrace.bench.gate.schedule import Schedule
from gradrace.bench.gate.tallies import Tally
from gradrace.bench.gate.together import Together, by_kind
from gradrace.bench.timing import Deadline
from tests.bench.simulated import Clock


def measured(excess: np.ndarray, tests: int = 1) -> list[Tally]:
    """Tallies of one implementation after pairs whose log-ratios exceed what passes by (pairs, cells) `excess`."""
    tallies = [Tally("a", None) for _ in excess[0]]
    together = Together(tallies)
    for pair in np.log1p(0.05) + excess:
        for tally, value in zip(tallies, pair, strict=True):
            tally.pairs.append(value)
            tally.old_s.append(1e-3)
        together.add(tests)
    together.end(tests)
    return tallies


def test_a_slowdown_that_no_cell_shows_alone_is_found():
    rng, first = np.random.default_rng(0), looks(1, TOGETHER)[0]
    tallies = measured(0.02 + 0.03 * rng.standard_normal((first, 8)))
    assert any(tally.slower for tally in tallies)
    assert all(tally.p <= TOGETHER / LOOKS and tally.together for tally in tallies if tally.slower)
    for tally in tallies:
        alone = Tally("a", None)
        for value in tally.pairs:
            alone.add(Measured(value, 1e-3), 8)
        assert not alone.slower


def test_only_cells_that_are_slower_themselves_are_named():
    excess = np.full((looks(1, TOGETHER)[0], 4), -0.04) + 0.001 * np.arange(4)
    excess[:, 2] = 0.3
    assert [tally.slower for tally in measured(excess)] == [False, False, True, False]


def test_one_disturbed_cell_in_every_second_pair_does_not_hide_a_slowdown():
    """Mean log-ratios of these pairs would be those of the disturbed cells."""
    excess = np.full((looks(1, TOGETHER)[0], 4), 0.03)
    for number in range(1, len(excess), 2):
        excess[number, number // 2 % 4] = -3.0
    assert any(tally.slower for tally in measured(excess))


def test_cells_that_are_not_slower_do_not_hide_the_one_that_is():
    excess = np.full((looks(1, TOGETHER)[0], 4), -0.04)
    excess[:, 2] = 0.06
    assert [tally.slower for tally in measured(excess)] == [False, False, True, False]


def test_gradients_and_descents_are_kinds_of_their_own():
    gradients, descents = ([Tally("a", None, steps=steps) for _ in range(2)] for steps in (0, 100))
    lone, added = [Tally("b", None)], [Tally("c", None, new=True) for _ in range(2)]
    found = by_kind({"a": [*gradients, *descents], "b": lone, "c": added})
    assert [[len(one.tallies) for one in kinds] for kinds in found.values()] == [[2, 2], [], []]


def test_one_cell_alone_is_left_to_its_own_test():
    assert not measured(np.full((looks(1, TOGETHER)[0], 1), 0.3))[0].slower


def test_the_last_test_has_the_shares_of_those_that_the_budget_did_not_allow():
    """Nine pairs, all slower, are enough for the whole share of one of two kinds, and not for a third of it."""
    pairs = next(n for n in count(1) if 2.0**-n <= TOGETHER / 2)
    assert TOGETHER / 2 / LOOKS < 2.0**-pairs
    assert any(tally.slower for tally in measured(np.full((pairs, 4), 0.1), tests=2))
    assert not any(tally.slower for tally in measured(np.full((pairs - 1, 4), 0.1), tests=2))
    alone = Tally("a", None, verified=True)
    for _ in range(next(n for n in count(1) if 2.0**-n <= SPEED)):
        assert not alone.slower
        alone.add(Measured(0.2, 1e-3), 1)
    alone.end(1)
    assert alone.slower


def busy(log_ratios: Sequence[Sequence[float]], left_s: float) -> list[tuple[int, int]]:
    """Cells, and steps, of the next pair of an implementation with descents after pairs with these log-ratios.

    Cells 0 and 1 take 1 s, and 2 and 3 take 3 s, and so do their descents.
    """
    seconds = (1.0, 1.0, 3.0, 3.0)
    mine = [
        Tally("a", None, steps=steps, verified=True, pair_s=pair_s, start_s=2.0)
        for steps in (0, 100)
        for pair_s in seconds
    ]
    schedule = Schedule({"a": mine}, Deadline(Clock(), math.inf).within(left_s))
    for pair in log_ratios:
        for tally, value in zip(mine, pair, strict=False):
            tally.add(Measured(value, 1e-3), 8)
        schedule.add("a")
    return [(mine.index(tally) % 4, tally.steps) for tally in schedule.cells("a")]


def test_descents_wait_while_the_gradients_look_slower_together():
    assert (0, 100) in busy([[0.0, 0.09, 0.0, 0.09]] * 2, left_s=500.0)
    assert busy([[0.1] * 4] * 2, left_s=500.0) == [(number, 0) for number in range(4)]


def test_suspects_that_give_the_most_log_ratios_a_second_are_measured_if_the_time_does_not_suffice_for_all():
    assert busy([[0.1] * 4] * 2, left_s=60.0) == [(0, 0), (1, 0)]
    assert busy([[0.0, 0.1, 0.3, 0.3]] * 2, left_s=60.0) == [(1, 0)]
    assert busy([[0.0, 0.0, 0.3, 0.3]] * 2, left_s=60.0) == [(2, 0), (3, 0)]


@pytest.mark.parametrize("shared", [0.0, 0.9])
def test_its_share_of_the_level_is_kept_where_every_cell_is_as_slow_as_the_threshold(shared):
    """Of 2000 implementations, 0.45 % and a margin are called slower."""
    rng, wrong = np.random.default_rng(1), 0
    for _ in range(2000):
        pairs = looks(1, TOGETHER)[-1]
        noise = np.sqrt(shared) * rng.standard_normal((pairs, 1)) + np.sqrt(1 - shared) * rng.standard_normal(
            (pairs, 4)
        )
        wrong += any(tally.slower for tally in measured(0.02 * noise))
    assert wrong <= 2000 * TOGETHER + 3 * (2000 * TOGETHER) ** 0.5
