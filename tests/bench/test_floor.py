"""The limit reads every byte of X, whatever its layout, and stands in the results without being verified."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from bench import floor
from bench.floor import Bytes
from bench.hard import case
from bench.problems import pixels
from impls.interface import Technique


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


def test_of_the_ways_to_read_it_takes_the_one_that_is_fastest_in_the_middle_of_the_trials():
    words = np.arange(8, dtype=np.uint64)
    steady, lucky_once = Bytes(words, 1, 1), Bytes(words, floor.STREAMS, 1)
    seconds = [2.0, 1.0, *[2.0, 3.0] * (floor.TRIALS - 1)]  # of each way in each trial
    readings = iter([0, *np.repeat(np.cumsum(seconds), 2)])  # each starts when the one before has ended
    assert floor.fastest([steady, lucky_once], lambda: round(next(readings) * 1e9)) is steady


def test_it_is_no_implementation():
    assert floor.IMPLEMENTATION.technique is Technique.LIMIT
