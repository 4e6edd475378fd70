"""Rounds are balanced, and a failure costs its own candidate alone."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import numpy as np
import pytest

from gradrace.bench.race.candidate import Candidate
from gradrace.bench.race.rounds import LEAST_ROUNDS, MOST_ROUNDS, latin_orders, turns
from gradrace.bench.race.schedule import Schedule
from gradrace.bench.results import ErrorOverBound
from gradrace.bench.workers.answers import Sampled
from gradrace.bench.workers.process import WorkerFailed
from gradrace.bench.workers.task import Task

RIGHT = ErrorOverBound(0, 0, 0)


class Recorder:
    """Notes who was sampled when; the one called `fails_at` raises at that sample."""

    def __init__(self, name: str, log: list[str], fails_at: int | None = None) -> None:
        self.name, self.log, self.fails_at = name, log, fails_at

    def ask(self, operation: object, calls: int) -> Sampled:
        assert operation is Task.sample
        self.log.append(self.name)
        if self.log.count(self.name) == self.fails_at:
            raise WorkerFailed("ValueError: enough")
        return Sampled(calls * 1.0, 0.0, calls * calls * 1.0)


def candidate(recorder: Recorder) -> Candidate:
    return Candidate(recorder, 0, 0, call_s=1, calls=3, descends=False, enter_s=0, threads=1, error_over_bound=RIGHT)


def sample(candidates: list[Candidate], *, time_left: bool) -> None:
    schedule = Schedule(candidates, precision=-1.0)
    for number, one in turns(candidates, np.random.default_rng(0), schedule.rounds(lambda: time_left)):
        one.sample(number)


@pytest.mark.parametrize("count", [1, 2, 5, 6])
def test_in_each_block_of_rounds_everyone_stands_once_in_every_place(count: int) -> None:
    orders = list(islice(latin_orders(count, np.random.default_rng(1)), 3 * count))
    for block in (orders[i : i + count] for i in range(0, 3 * count, count)):
        for order in block:
            assert sorted(order) == list(range(count))
        for place in range(count):
            assert sorted(order[place] for order in block) == list(range(count))


def test_the_order_differs_from_block_to_block() -> None:
    orders = [tuple(order) for order in islice(latin_orders(6, np.random.default_rng(1)), 60)]
    assert len(set(orders)) > 30


def test_without_time_there_are_still_enough_rounds_for_an_interval() -> None:
    candidates = [candidate(Recorder(name, [])) for name in "ab"]
    sample(candidates, time_left=False)
    assert [e.rounds for e in candidates] == [list(range(LEAST_ROUNDS))] * 2
    assert candidates[0].samples_s == [3.0] * LEAST_ROUNDS
    assert candidates[0].timed_s == LEAST_ROUNDS * 9.0  # three calls of 3 s in each


def test_with_time_rounds_go_on_to_the_most() -> None:
    candidates = [candidate(Recorder("a", []))]
    sample(candidates, time_left=True)
    assert len(candidates[0].samples_s) == MOST_ROUNDS


def test_one_that_fails_is_sampled_no_more_and_the_others_go_on() -> None:
    log: list[str] = []
    candidates = [candidate(Recorder("good", log)), candidate(Recorder("bad", log, fails_at=3))]
    sample(candidates, time_left=False)
    assert Counter(log) == {"good": LEAST_ROUNDS, "bad": 3}
    assert candidates[1].failure == "ValueError: enough"
    assert candidates[0].failure is None


def test_no_candidates_no_rounds() -> None:
    sample([], time_left=True)
