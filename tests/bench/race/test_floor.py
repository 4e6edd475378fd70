"""The limit reads every byte of X, whatever its layout, and stands in the results without being verified."""

from __future__ import annotations

from itertools import cycle, product

import numpy as np
import pytest

from gradrace.bench.problems import pixels
from gradrace.bench.race import floor
from gradrace.bench.race.floor import Bytes
from gradrace.bench.verification.hard_problems import case
from gradrace.impls.interface import Technique


@pytest.mark.parametrize("order", ["C", "F", "strided", "reversed"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("m", "n_x"), [(1, 1), (3, 1), (7, 9), (100, 33)])
def test_it_reads_every_whole_word_once(m, n_x, dtype, order):
    problem = case(m, n_x, dtype, order=order).problem
    prepared = floor.prepare(problem)
    assert prepared.words.nbytes == problem.X.nbytes // 8 * 8
    expected = sum(map(int, prepared.words)) % 2**64
    for streams, threads in product((1, floor.STREAMS), (1, 2, 3)):
        total, *_ = floor.limit(Bytes(prepared.words, streams, threads), np.empty(0), np.float64(0))
        assert int(total) == expected


def test_a_changed_byte_changes_what_it_reads():
    problem = case(50, 8).problem
    before, *_ = floor.limit(floor.prepare(problem), np.empty(0), np.float64(0))
    problem.X[3, 20] += 1
    after, *_ = floor.limit(floor.prepare(problem), np.empty(0), np.float64(0))
    assert before != after


def test_pixels_are_read_as_the_bytes_they_are():
    assert floor.prepare(pixels(8, 5).problem).words.nbytes == 40


class Readings:
    """A clock under which each reading of X takes what a list says, over and over, and all else no time."""

    def __init__(self, seconds):
        self.now, self.seconds = 0, cycle(seconds)

    def __call__(self):
        return self.now

    def read(self, way):
        self.now += round(next(self.seconds) * 1e9)


def test_of_the_ways_to_read_it_takes_the_one_that_is_fastest_in_the_middle_of_the_trials(monkeypatch):
    words = np.arange(8, dtype=np.uint64)
    steady, lucky_once = Bytes(words, 1, 1), Bytes(words, floor.STREAMS, 1)
    clock = Readings([2.0, 3.0, 2.0, 1.0, *[2.0, 3.0] * floor.TRIALS])  # of each way by turns; the first two warm up
    monkeypatch.setattr(floor, "_read", clock.read)
    assert floor.fastest([steady, lucky_once], clock) is steady


def test_it_tries_for_longer_than_a_disturbance(monkeypatch):
    """Seven readings of a small X are over before another process gives the core back."""
    words = np.arange(8, dtype=np.uint64)
    one, two = Bytes(words, 1, 1), Bytes(words, 1, 2)
    disturbed, quiet = [2e-3, 4e-3] * (1 + floor.TRIALS), [2e-3, 1e-3] * 100
    clock = Readings([*disturbed, *quiet])
    monkeypatch.setattr(floor, "_read", clock.read)
    assert floor.fastest([one, two], clock) is two


def test_a_large_x_is_read_by_all_threads():
    """While another process has a core, one thread is as fast as two, but not afterwards."""
    small, large = np.empty(1000, np.uint64), np.empty(floor.ALL_THREADS_FROM // 8, np.uint64)
    assert {way.threads for way in floor.ways(small, 2)} == {1, 2}
    assert {way.threads for way in floor.ways(large, 2)} == {2}
    assert {way.threads for way in floor.ways(large, 1)} == {1}


def test_it_is_no_implementation():
    assert floor.IMPLEMENTATION.technique is Technique.LIMIT
