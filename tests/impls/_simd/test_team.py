"""Threads that share a gradient or the steps of a descent: whoever comes first, the sums are the same to the bit."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from gradrace.bench.paths import ROOT
from gradrace.bench.verification.hard_problems import case
from gradrace.impls import numba_fused
from gradrace.impls._simd import team


def gathered(parts: int, order: tuple[int, ...], steps: int = 1) -> list[bytes]:
    """Return the sums of each step, whose parts are finished in this order."""
    counters, found = team.new_counters(parts), []
    for _ in range(steps):
        sums = np.random.default_rng(0).standard_normal((parts, 5))
        last = [team.gather(sums, 3, part, counters) for part in order]
        assert last == [False] * (parts - 1) + [True]
        found.append(sums[0, :3].tobytes())
    return found


@pytest.mark.parametrize("parts", [1, 2, 3, 4, 5])
def test_parts_are_added_in_the_same_way_whichever_is_finished_first(parts):
    assert len({sums for order in permutations(range(parts)) for sums in gathered(parts, order, 3)}) == 1


def test_all_of_many_parts_are_added_once():
    parts = 64
    sums, counters = np.ones((parts, 4)), team.new_counters(parts)
    order = np.random.default_rng(0).permutation(parts)
    assert sum(team.gather(sums, 3, part, counters) for part in order) == 1
    assert sums[0].tolist() == [parts, parts, parts, 1]


def state(counters: np.ndarray) -> int:
    return int(counters[team.place_of_state(counters)])


def test_threads_go_on_together_when_a_step_is_finished():
    counters = team.new_counters(2)
    team.finish(counters, 0)
    assert team.together(counters, 0)
    assert state(counters) == 1


def test_when_one_has_left_all_leave_after_the_same_step():
    counters = team.new_counters(2)
    team.finish(counters, 0)
    assert not team.together(counters, 1)  # the other one doesn't come
    assert not team.together(counters, 1)
    team.finish(counters, 1)  # it comes late
    assert not team.together(counters, 1)
    assert team.steps_made(counters) == state(counters) == 2


def test_a_thread_that_looks_late_makes_the_step_that_another_has_begun_and_left():
    """If it left before this step, the other's part of it would be added to none, or twice."""
    counters = team.new_counters(2)
    team.finish(counters, 0)
    assert not team.together(counters, 1)
    assert team.together(counters, 0)


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(1001, 97), (40, 1024)], ids=["tiles", "rows"])
def test_many_descents_have_the_same_bits(sizes):
    """Without `stand_alone`, 12 to 195 of 200 differed: some steps read an old b."""
    given = case(*sizes)
    laid = replace(numba_fused.prepare(given.problem), threads=2)
    found = {numba_fused.descend(laid, given.w, given.b, 0.1, 10)[0].tobytes() for _ in range(500)}
    assert len(found) == 1


COMPILED = """
import sys
from dataclasses import replace
from gradrace.bench.verification.hard_problems import case
from gradrace.impls import numba_fused, numba_parallel
from gradrace.impls._simd import descents, fused

given = case(40, 97)
laid = replace(numba_fused.prepare(given.problem), threads=2)
fused.gradient(laid, given.w, given.b)
descents.descend(laid, given.w, given.b, 0.1, 3)
data = numba_parallel.IMPLEMENTATION.prepare(given.problem)
numba_parallel.IMPLEMENTATION.gradient(data, given.w, given.b)
numba_parallel.IMPLEMENTATION.descend(data, given.w, given.b, 0.1, 3)
kernels = fused.accumulate, descents.make_steps, numba_parallel.accumulate_part
print([len(kernel.nopython_signatures) for kernel in kernels])
"""


@pytest.mark.slow
def test_a_kernel_is_compiled_once_for_all_threads(tmp_path):
    """The index of a prange has another type within its body, so kernels were compiled twice, and steps three times."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    told = subprocess.run(
        [sys.executable, "-P", "-c", COMPILED], env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout == "[1, 1, 1]\n"
