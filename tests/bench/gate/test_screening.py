"""Screening of descents: some cells a pair, in turns, until one exceeds what passes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest

from gradrace.bench.gate.limits import USUAL, Limits
from gradrace.bench.gate.pairs.rounds import Measured
from gradrace.bench.gate.schedule import Schedule
from gradrace.bench.gate.screening import Screening, screening
from gradrace.bench.gate.tallies import LEAST_PAIRS, Tally
from gradrace.bench.gate.verdicts import More, finding
from gradrace.bench.results import Cell
from gradrace.bench.timing import Deadline
from tests.bench.simulated import Clock


def tallies(cells: int = 4, steps: int = 100, limits: Limits = USUAL) -> list[Tally]:
    return [Tally("a", None, limits, steps, verified=True) for _ in range(cells)]


class Screened(NamedTuple):
    screening: Screening
    tallies: list[Tally]
    measured: list[list[int]]


def screened(*log_ratios: Sequence[float], cells: int = 4, limits: Limits = USUAL) -> Screened:
    """The screening after pairs with these log-ratios in all cells, its tallies, and the cells of each pair."""
    mine, measured = tallies(cells, limits=limits), []
    one = screening(mine)
    for pair in log_ratios:
        measured.append([mine.index(tally) for tally in one.turn])
        for tally in one.turn:
            tally.add(Measured(pair[mine.index(tally)], 1e-3), cells)
        one.add()
    return Screened(one, mine, measured)


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (4, [[0, 1], [2, 3], [0], [1], [2], [3]]),
        (3, [[0], [1], [2], [0], [1], [2]]),
        (2, [[0], [1], [0], [1], [0], [1]]),
        (7, [[0, 1, 2], [3, 4, 5], [6, 0], [1, 2], [3, 4], [5, 6]]),
    ],
)
def test_cells_take_turns_until_all_pass(cells, order):
    one, mine, measured = screened(*[[0.01 * number - 0.02] * cells for number in range(6)], cells=cells)
    assert measured == order
    assert one.over
    for tally in mine:
        assert not tally.is_open
        assert -0.021 < math.log(tally.screened.low) < 0.0 < math.log(tally.screened.high) < 0.031


@pytest.mark.parametrize(("late", "cell"), [(0, 0), (0, 1), (1, 3), (2, 0), (5, 3)])
def test_a_cell_that_exceeds_what_passes_leaves_it_and_the_others_pass(late, cell):
    quiet, exceeding = [0.0] * 4, [0.05 * (number == cell) for number in range(4)]
    one, mine, measured = screened(*[quiet] * late, exceeding, *[quiet] * (5 - late))
    assert one.over
    assert [tally.is_open for tally in mine] == [number == cell for number in range(4)]
    assert [tally.screened is None for tally in mine] == [number == cell for number in range(4)]
    assert all(cell not in cells for cells in measured[late + 1 :])


def test_the_last_cell_gets_as_many_pairs_as_any():
    quiet = [0.0, 1.0, 1.0, 1.0]
    _, mine, _ = screened(*[quiet] * 8)
    assert [tally.screened is not None for tally in mine] == [False] * 4
    assert not mine[0].is_open
    assert len(mine[0].pairs) == LEAST_PAIRS


def test_the_ratio_of_screened_descents_is_within_their_interval():
    """One of four sizes is 4 % slower. The ratio of its own pairs would be above the interval of all."""
    _, mine, _ = screened(*[[0.04, 0.0, 0.0, 0.0]] * 6)
    for tally in mine:
        tally.ready = SimpleNamespace(cell=Cell(10, 10))
    found = [finding(tally, More(1, 1.0)) for tally in mine]
    assert {(told.outcome, told.screened) for told in found} == {("same", True)}
    assert all(told.low <= told.ratio <= told.high for told in found)


def test_descents_pass_though_the_interval_of_all_exceeds_the_threshold_of_one():
    """Steps of one of the cells may be 50 % slower, as they are short."""
    mine = tallies(2)
    mine[0].limits, one = Limits(0.5), screening(mine)
    while not one.over:
        for tally in one.turn:
            tally.add(Measured(0.3 if tally is mine[0] else 0.0, 1e-3), 2)
        one.add()
    mine[1].ready = SimpleNamespace(cell=Cell(10, 10))
    told = finding(mine[1], More(1, 1.0))
    assert (told.outcome, told.screened, told.high > 1.05) == ("not slower", True, True)


def test_it_is_not_over_before_the_least_pairs():
    one, _, _ = screened(*[[0.0] * 4] * 5)
    assert not one.over
    assert one.missing == 1


def test_a_pair_that_failed_is_measured_again():
    one, _, _ = screened([0.0] * 4)
    turn = one.turn
    one.add()
    assert (one.turn, one.pairs, one.over) == (turn, 1, False)


def test_a_cell_whose_last_pair_failed_is_measured_once_more_before_all_pass():
    one, mine, _ = screened(*[[0.0] * 7] * 5, cells=7)
    first, last = one.turn
    first.add(Measured(0.0, 1e-3), 7)
    one.add()
    assert (one.pairs, one.over, one.turn) == (6, False, [last])
    last.add(Measured(0.0, 1e-3), 7)
    one.add()
    assert [len(tally.pairs) for tally in mine] == [2] * 7
    assert one.over
    assert all(tally.screened is not None for tally in mine)


@pytest.mark.parametrize(("limits", "passes"), [(USUAL, False), (Limits(0.1), True), (Limits(slack_s=1e-4), True)])
def test_a_pair_is_compared_with_the_limits_of_its_implementation_and_cell(limits, passes):
    """One cell is 8 % slower. Of its steps of 1 ms, 0.1 ms of slack are 10 %."""
    _, mine, _ = screened(*[[0.08, 0.0]] * 6, cells=2, limits=limits)
    assert (mine[0].screened is not None) == passes


def test_a_cell_that_cannot_be_measured_leaves_it():
    one, mine, _ = screened([0.0] * 4)
    mine[1].verified = False
    one.turn[0].pairs.append(0.0)
    one.add()
    assert one.tallies == [mine[0], *mine[2:]]


def test_a_cell_that_was_not_verified_is_left_out():
    mine = tallies()
    mine[2].verified = False
    assert screening(mine).tallies == [mine[0], mine[1], mine[3]]


def test_gradients_are_not_screened():
    assert screening(tallies(steps=0)).over


def test_a_pair_measures_all_gradients_and_the_descents_whose_turn_it_is():
    gradients, descents = tallies(2, steps=0), tallies(2)
    schedule = Schedule({"a": [*gradients, *descents]}, Deadline(Clock(), math.inf).within(100.0))
    assert schedule.cells("a") == [*gradients, descents[0]]
    descents[0].pairs.append(0.0)
    schedule.screenings["a"].add()
    assert schedule.cells("a") == [*gradients, descents[1]]
    schedule.screenings["a"].over = True
    assert schedule.cells("a") == [*gradients, *descents]


def test_what_would_tell_are_the_pairs_that_the_screening_lacks():
    """Each further pair measures one of the four cells. The start of a pair is shared with the gradient's cell."""
    gradient, *descents = [*tallies(1, steps=0), *tallies(4)]
    schedule = Schedule({"a": [gradient, *descents]}, Deadline(Clock(), math.inf).within(100.0))
    for tally in (gradient, *descents):
        tally.pair_s, tally.start_s, tally.ready = 2.0, 3.0, SimpleNamespace(cell=Cell(10, 10))
    gradient.pairs.append(0.0)
    for _ in range(4):
        for tally in schedule.screenings["a"].turn:
            tally.pairs.append(0.0)
        schedule.screenings["a"].add()
    assert schedule.more(gradient) == More(5, 5 * (2.0 + 3.0 / 5))
    assert schedule.more(descents[0]) == More(2, 2 * (2.0 / 4 + 3.0 / 5))
    told = finding(descents[0], schedule.more(descents[0]))
    assert told.reason.startswith("4 of 6 pairs were measured; 2 more pairs would tell")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("slow", "slowdown", "noise", "at_most"),
    [
        ([0], 0.05, 0.01, 0.25),
        ([3], 0.05, 0.01, 0.25),
        ([0, 1, 2, 3], 0.05, 0.01, 2**-6),
        ([0, 1, 2, 3], 0.05, 0.2, 2**-6),
        *[(slow, 0.1, *noise) for slow in ([0], [3], [0, 1, 2, 3]) for noise in ((0.02, 1e-3), (0.03, 0.01))],
    ],
)
def test_slower_descents_rarely_pass(slow, slowdown, noise, at_most):
    """As slow as the threshold in one cell, which has two pairs, or in all, and 10 % slower."""
    rng, passed, trials = np.random.default_rng(0), 0, 4000
    for _ in range(trials):
        log_ratios = np.log1p(slowdown) * np.isin(np.arange(4), slow) + noise * rng.standard_normal((6, 4))
        _, mine, _ = screened(*log_ratios)
        passed += all(mine[cell].screened is not None for cell in slow)
    assert passed <= trials * at_most + 3 * math.sqrt(trials * at_most)
