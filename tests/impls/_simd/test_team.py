"""Threads that share a gradient or the steps of a descent: whoever comes first, the sums are the same to the bit."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import permutations, repeat

import numpy as np
import pytest
from numba import njit

from gradrace.bench.paths import ROOT
from gradrace.bench.verification.hard_problems import case
from gradrace.impls import numba_fused
from gradrace.impls._simd import team

FEW, MANY = 3, team.SHARED_FROM
"""Numbers of sums that are added in a tree, and by all threads together."""


def gather(sums: np.ndarray, length: int, part: int, counters: np.ndarray, step: int) -> bool:
    """Begin and finish a part."""
    team.begin(sums, length, counters)
    return bool(team.gather(sums, length, part, counters, step))


def gathered(parts: int, order: tuple[int, ...], length: int, steps: int = 1) -> list[bytes]:
    """Return the sums of each step, whose parts are finished in this order."""
    counters, found = team.new_counters(parts), []
    for step in range(steps):
        sums = np.random.default_rng(0).standard_normal((parts, length + 2))
        beyond = sums[0, length:].copy()
        last = [gather(sums, length, part, counters, step) for part in order]
        assert last == [False] * (parts - 1) + [True]
        assert np.array_equal(sums[0, length:], beyond)
        found.append(sums[0, :length].tobytes())
    return found


@pytest.mark.parametrize("length", [FEW, MANY], ids=["few", "many"])
@pytest.mark.parametrize("parts", [1, 2, 3, 4])
def test_parts_are_added_in_the_same_way_whichever_is_finished_first(parts, length):
    assert len({sums for order in permutations(range(parts)) for sums in gathered(parts, order, length, 3)}) == 1


@pytest.mark.parametrize("length", [FEW, MANY, MANY + 13], ids=["few", "many", "unequal slices"])
@pytest.mark.parametrize("parts", [16, 64])
def test_all_of_many_parts_are_added_once(parts, length):
    sums, counters = np.ones((parts, length + 1)), team.new_counters(parts)
    order = np.random.default_rng(0).permutation(parts)
    assert sum(gather(sums, length, part, counters, 0) for part in order) == 1
    assert sums[0].tolist() == [*[parts] * length, 1]


@pytest.mark.parametrize("late_s", [0, 1e-3, 5e-3])
@pytest.mark.parametrize("parts", [3, 16, 64])
def test_threads_that_wait_add_slices_and_one_of_them_is_told_that_all_is_added(parts, late_s):
    """All have begun, and one comes later than the others, so that they wait for it, or have left."""
    sums, counters = np.empty((parts, MANY)), team.new_counters(parts)

    def finish(part: int, step: int) -> bool:
        if part == step:
            time.sleep(late_s)
        return bool(gather_unlocked(sums, part, counters, step))

    with ThreadPoolExecutor(parts) as pool:
        for step in range(3):
            sums[:] = np.arange(parts)[:, np.newaxis]
            for _ in range(parts):
                team.begin(sums, MANY, counters)
            assert sum(pool.map(finish, range(parts), repeat(step))) == 1
            assert np.array_equal(sums[0], np.full(MANY, parts * (parts - 1) / 2))


@njit(nogil=True)
def gather_unlocked(sums, part, counters, step):
    return team.gather(sums, MANY, part, counters, step)


def test_operations_on_counters_are_sequentially_consistent():
    """On x86 others would hardly fail: test_interleavings relies on it for all processors."""
    assert not gather_unlocked(np.ones((3, MANY)), 0, team.new_counters(3), 0)  # compiles
    (llvm,) = gather_unlocked.inspect_llvm().values()
    ours = "".join(re.findall(r"^define [^\n]*4team.*?^}", llvm, re.DOTALL | re.MULTILINE))
    operations = re.findall(r"= (?:load atomic|atomicrmw|cmpxchg) .*", ours)
    assert len(operations) > 5
    assert all("seq_cst" in one for one in operations)


def looks_s(*, begun: int) -> float:
    """Return the seconds of CPU that the first of three threads spends at the end of its part, the least of 20."""
    spent = []
    for _ in range(20):
        sums, counters = np.ones((3, MANY)), team.new_counters(3)
        for _ in range(begun):
            team.begin(sums, MANY, counters)
        start_s = time.thread_time()
        assert not gather_unlocked(sums, 0, counters, 0)
        spent.append(time.thread_time() - start_s)
    return min(spent)


def test_a_thread_does_not_wait_for_one_that_has_not_begun():
    """It has no core, or is still being woken."""
    assert looks_s(begun=2) < looks_s(begun=3) / 2


def state(counters: np.ndarray) -> int:
    return int(counters[team.STATE])


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
@pytest.mark.parametrize(
    ("sizes", "threads"),
    [((1001, 97), 2), ((40, 1024), 2), ((50, 2500), 3)],
    ids=["tiles", "rows", "added together"],
)
def test_many_descents_have_the_same_bits(sizes, threads):
    """Without `stand_alone`, 12 to 195 of 200 differed: some steps read an old b."""
    given = case(*sizes)
    laid = replace(numba_fused.prepare(given.problem), threads=threads)
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
