"""The limit reads every byte of X, or does the arithmetic alone, whichever takes longer, and isn't verified."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import cycle, product
from typing import Any

import numpy as np
import pytest

from gradrace.bench.problems import pixels
from gradrace.bench.race import floor
from gradrace.bench.race.floor import Bytes, Limit, Operations
from gradrace.bench.results import ARITHMETIC, LIMITED_BY, OTHER_PERMILLE, READING
from gradrace.bench.run import FLOOR_SOURCES
from gradrace.bench.verification.hard_problems import case
from gradrace.impls.interface import Technique

WORDS = np.arange(8, dtype=np.uint64)
READS = Bytes(WORDS, 1, 1), Bytes(WORDS, floor.STREAMS, 1)
COMPUTES = tuple(Operations(8, 10, np.full(1, 0.3), paired, 1) for paired in (True, False))


@pytest.mark.parametrize("order", ["C", "F", "strided", "reversed"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("m", "n_x"), [(1, 1), (3, 1), (7, 9), (100, 33)])
def test_it_reads_every_whole_word_once(m, n_x, dtype, order):
    problem = case(m, n_x, dtype, order=order).problem
    words = floor.words_of(problem)
    assert words.nbytes == problem.X.nbytes // 8 * 8
    assert words.tobytes() == np.array(problem.X).tobytes(order="A")[: words.nbytes]
    expected = sum(map(int, words)) % 2**64
    for streams, threads in product((1, floor.STREAMS), (1, 2, 3)):
        total, *_ = floor.limit(Limit(Bytes(words, streams, threads)), np.empty(0), np.float64(0))
        assert int(total) == expected


def test_a_changed_byte_changes_what_it_reads():
    problem = case(50, 8).problem
    before = floor.read(floor.words_of(problem), 1)
    problem.X[3, 20] += 1
    assert floor.read(floor.words_of(problem), 1) != before


def test_pixels_are_read_as_the_bytes_they_are():
    assert floor.words_of(pixels(8, 5).problem).nbytes == 40


class Taking:
    """A clock under which each way of the limit takes what a list says, over and over, and all else no time."""

    def __init__(self, seconds: Sequence[float]) -> None:
        self.now, self.seconds = 0, cycle(seconds)

    def __call__(self) -> int:
        return self.now

    def take(self, _way: Any) -> None:
        self.now += round(next(self.seconds) * 1e9)


@pytest.fixture
def longer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Limit]:
    """`floor.longer` under a clock by which the ways take these seconds, first the warm-up, then trial by trial."""

    def choose(reading: Sequence[Bytes], computing: Sequence[Operations], seconds: Sequence[float]) -> Limit:
        clock = Taking(seconds)
        monkeypatch.setattr(floor, "_take", clock.take)
        return floor.longer(reading, computing, clock)

    return choose


def test_of_the_ways_to_read_it_takes_the_one_that_is_fastest_in_the_middle_of_the_trials(longer):
    lucky_once = [2.0, 3.0, 2.0, 1.0, *[2.0, 3.0] * floor.TRIALS]
    assert longer(READS, (), lucky_once).way is READS[0]


def test_it_tries_for_longer_than_a_disturbance(longer):
    """Seven readings of a small X are over before another process gives the core back."""
    disturbed, quiet = [2e-3, 4e-3] * (1 + floor.TRIALS), [2e-3, 1e-3] * 100
    assert longer(READS, (), [*disturbed, *quiet]).way is READS[1]


@pytest.mark.parametrize(
    ("seconds", "way", "facts"),
    [
        ([2.0, 3.0, 1.5, 1.0], READS[0], {LIMITED_BY: READING, OTHER_PERMILLE: 500}),
        ([2.0, 1.0, 3.0, 4.0], COMPUTES[0], {LIMITED_BY: ARITHMETIC, OTHER_PERMILLE: 333}),
        ([2.0, 1.0, 9.0, 1.25], COMPUTES[1], {LIMITED_BY: ARITHMETIC, OTHER_PERMILLE: 800}),
        ([2.0, 2.0, 2.0, 2.0], READS[0], {LIMITED_BY: READING, OTHER_PERMILLE: 1000}),
    ],
)
def test_it_is_the_longer_of_the_fastest_way_to_read_and_the_fastest_to_compute(longer, seconds, way, facts):
    found = longer(READS, COMPUTES, seconds)
    assert found.way is way
    assert found.facts() == facts


def test_a_large_x_is_read_by_all_threads():
    """While another process has a core, one thread is as fast as two, but not afterwards."""
    small, large = np.empty(1000, np.uint64), np.empty(floor.ALL_THREADS_FROM // 8 * 2, np.uint64)
    assert {way.threads for way in floor.ways(small, 2)} == {1, 2}
    assert {way.threads for way in floor.ways(large, 2)} == {2}
    assert {way.threads for way in floor.ways(large, 1)} == {1}
    assert {way.threads for way in floor.ways(large, 16)} == {*range(1, 17)}  # 1 MB for each pays less than for half


def test_both_are_measured_with_the_same_numbers_of_threads(monkeypatch):
    tried: list[set[int]] = []
    monkeypatch.setattr(floor.numba, "get_num_threads", lambda: 2)
    monkeypatch.setattr(
        floor, "longer", lambda *kinds: tried.extend({way.threads for way in ways} for ways in kinds[:2])
    )
    floor.prepare(case(10_000, 3).problem)
    assert tried == [{1, 2}, {1, 2}]


@pytest.mark.parametrize("threads", [1, 2, 3, 12, 16, 17, 48, 64, 192])
def test_every_number_of_threads_is_tried_or_one_nearly_as_large(threads):
    tried = floor.numbers(threads)
    assert {threads, max(threads // 2, 1), 1} <= tried <= {*range(1, threads + 1)}
    for number in range(1, threads + 1):
        below = max(used for used in tried if used <= number)
        assert number == below or (number > floor.EVERY_NUMBER and number < 9 / 8 * below)
    assert len(tried) <= 45


def test_ways_that_are_far_slower_are_not_tried_to_the_end(longer):
    """With 64 threads there are 66 ways, and one thread may take 20 times as long as all."""
    slow = [1.0, 2.1] * 3  # the warm-up and two trials
    assert longer(READS, (), [*slow, *[1.0] * floor.TRIALS]).way is READS[0]


def test_in_the_first_moments_no_way_is_given_up(longer):
    """Another process may have a core then."""
    disturbed, quiet = [1e-3, 9e-3] * (1 + floor.TRIALS), [2e-3, 1e-3] * 100
    assert longer(READS, (), [*disturbed, *quiet]).way is READS[1]


def test_another_number_of_threads_is_started_before_it_is_timed(monkeypatch):
    taken: list[int] = []
    monkeypatch.setattr(floor, "_take", lambda way: taken.append(way.threads))
    monkeypatch.setattr(floor, "TRIALS_S", 0)
    floor.longer([Bytes(WORDS, 1, 2), Bytes(WORDS, 4, 1), Bytes(WORDS, 1, 1)], (), lambda: 0)
    assert taken == [1, 1, 2, *[1, 1, 1, 2, 2] * floor.TRIALS]


@pytest.mark.slow
@pytest.mark.parametrize("cores", [16, 64])
def test_a_machine_of_many_cores_has_a_limit_and_right_gradients(cores):
    """Simulated: more threads than this machine has cores. As many threads are free afterwards as before."""
    environment = {**os.environ, "NUMBA_NUM_THREADS": str(cores), "OMP_WAIT_POLICY": "PASSIVE"}
    subprocess.run([sys.executable, "-P", "-c", MANY_CORES], env=environment, check=True, timeout=600)


MANY_CORES = """
import numba, numpy as np
from gradrace.bench.race import floor
from gradrace.bench.verification.hard_problems import case
from gradrace.bench.verification.reference import Point, reference
from gradrace.impls import numba_fused
cores = numba.config.NUMBA_NUM_THREADS
given = case(4001, 300)
words = floor.words_of(given.problem)
total = sum(map(int, words)) % 2**64
for way in floor.ways(words, cores):
    assert int(floor._read(way)) == total
assert floor.limit(floor.prepare(given.problem), given.w, given.b)
laid = numba_fused.prepare(given.problem)
assert 2 <= laid.threads < cores, laid.threads
right = reference(given.problem, given.w, given.b)
found = numba_fused.IMPLEMENTATION.read(numba_fused.gradient(laid, given.w, given.b))
assert right.fault(found) is None
after = Point(*numba_fused.descend(laid, given.w, given.b, 0.1, 1))
assert right.step_fault(Point(given.w, given.b), after, 0.1) is None
assert numba.get_num_threads() == cores
"""


@pytest.mark.parametrize(("dtype", "lanes"), [("float64", 8), ("float32", 16)])
def test_threads_share_the_vectors_of_examples_and_no_vector_is_counted_that_is_not_full(dtype, lanes):
    ways = [*floor.ways_to_compute(80 * lanes + lanes - 1, 7, np.dtype(dtype), [1, 2, 4])]
    assert {(way.threads, way.vectors, way.n_x) for way in ways} == {(1, 80, 7), (2, 40, 7)}  # 20 are too few
    assert {way.number.dtype for way in ways} == {np.dtype(dtype)}
    assert {way.paired for way in ways} == {True, False}


def test_a_few_examples_have_no_arithmetic_worth_a_limit():
    prepared = floor.prepare(case(10, 10).problem)
    assert isinstance(prepared.way, Bytes)
    assert prepared.facts() == {LIMITED_BY: READING, OTHER_PERMILLE: 0}


def test_what_it_times_stands_in_the_form_of_a_gradient():
    w, b = np.ones(3), np.float64(2)
    for way in (*READS, *COMPUTES, Operations(8, 3, np.full(1, 0.3, np.float32), True, 2)):
        total, dw, db = floor.limit(Limit(way), w, b)
        assert np.isfinite(total)
        assert (dw is w, db) == (True, b)


def test_its_compiled_code_is_kept():
    """As foreign code, it would be compiled anew in each run: 6 to 12 s instead of 0.7 s on a busy machine."""
    assert [source.name for source in FLOOR_SOURCES.values() if source.is_foreign()] == []


def test_it_is_no_implementation():
    assert floor.IMPLEMENTATION.technique is Technique.LIMIT
