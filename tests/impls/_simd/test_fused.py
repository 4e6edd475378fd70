"""The fused kernels at sizes around their tiles, blocks and thresholds, with one thread and with two."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradrace.bench.problems import Case, pixels
from gradrace.bench.verification.hard_problems import case
from gradrace.bench.verification.judge import same_bits
from gradrace.bench.verification.reference import Point, reference
from gradrace.impls import numba_fused, numba_pixels
from gradrace.impls._simd.layout import CACHED, aligned, layout, rows_of
from gradrace.impls._simd.vector import BYTES
from gradrace.impls.interface import Gradient

TILED = [
    *[(5, 2), (9, 2), (17, 2), (31, 64), (33, 2), (64, 97), (65, 64), (95, 97), (129, 97)],
    *[(1001, 97), (336, 2048)],
    *[(1001, 10), (2050, 3), (1001, 45)],
]
ROWS = [(1, 1), (1, 97), (3, 97), (4, 97), (5, 97), (40, 97), (33, 97), (9, 1024), (256, 300), (320, 2049), (7, 12_288)]
"""(m, n_x) of which numba_fused makes tiles of 8 examples (float32: 16), and rows; either it takes four at a time, and
one, two or three are left over. In float32 some change places: tiles are twice as wide. The last three tiled sizes have
blocks of several fours, the last of them shorter, with features left over.
"""

PIXELS = [(1, 1), (6, 97), (7, 97), (8, 64), (9, 97), (1001, 97), (3, 12_288)]
"""(m, n_x) around the four examples that numba_pixels takes at a time, and the vectors that it fills rows to."""


def gradient(kernel: Any, laid: Any, given: Case) -> Gradient:
    return kernel.IMPLEMENTATION.read(kernel.gradient(laid, given.w, given.b))


def assert_right_and_repeatable(kernel: Any, given: Case) -> None:
    """With one thread and with two: within the bound, the same bits again, and X, Y, w as they were."""
    problem, right = given.problem, reference(given.problem, given.w, given.b)
    kept = [array.tobytes() for array in (problem.X, problem.Y, given.w)]
    laid = kernel.prepare(problem)
    for threads in (1, 2):
        chosen = replace(laid, threads=threads)
        found = gradient(kernel, chosen, given)
        assert right.fault(found) is None
        assert all(same_bits(gradient(kernel, chosen, given), found) for _ in range(3))
    assert [array.tobytes() for array in (problem.X, problem.Y, given.w)] == kept


@pytest.mark.slow
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("m", "n_x"), TILED + ROWS)
def test_right_and_repeatable_around_tiles_and_rows(m, n_x, dtype, order):
    assert_right_and_repeatable(numba_fused, case(m, n_x, dtype, order=order, read_only=True))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("m", "n_x"), PIXELS)
def test_right_and_repeatable_on_pixels(m, n_x, dtype):
    assert_right_and_repeatable(numba_pixels, pixels(m, n_x, dtype))


@pytest.mark.slow
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize(("m", "n_x"), PIXELS)
def test_the_pixel_kernel_is_right_on_floats_too(m, n_x, order):
    assert_right_and_repeatable(numba_pixels, case(m, n_x, order=order, read_only=True))


@pytest.mark.parametrize(("sizes", "dimensions"), [(TILED, 3), (ROWS, 2)], ids=["tiles", "rows"])
def test_the_sizes_above_are_laid_out_as_they_are_meant_to(sizes, dimensions):
    assert {numba_fused.prepare(case(m, n_x).problem).X.ndim for m, n_x in sizes} == {dimensions}


def test_from_memory_short_rows_become_tiles():
    """Four streams of 2 kB each from memory take longer than four of tiles."""
    in_cache, from_memory = CACHED // (256 * 8), CACHED // (256 * 8) + 1
    assert not layout(256, in_cache, 8).tiled
    assert layout(256, from_memory, 8).tiled


@pytest.mark.parametrize(
    ("n_x", "m", "skipped", "copied"),
    [(2056, 4, 1, True), (2056, 4, 0, False), (2056, CACHED // (2056 * 8) + 1, 1, False), (2051, 4, 0, True)],
    ids=["misaligned", "aligned", "large", "odd length"],
)
def test_rows_are_copied_only_where_that_aligns_them_cheaply(n_x, m, skipped, copied):
    memory = aligned((m * n_x + 1,), np.dtype("float64"))
    memory[:] = 0.5
    X = memory[skipped : skipped + m * n_x].reshape(m, n_x).T
    rows = rows_of(X)
    assert np.shares_memory(rows, X) is not copied
    assert np.array_equal(rows[:, :n_x], X.T)
    assert not rows[:, n_x:].any()
    if m == 4:  # few enough for the cache
        assert all(row.ctypes.data % BYTES == 0 for row in rows)


def test_many_threads_take_rows_sooner():
    """Each has sums of its own to zero and to total: a vector a feature of tiles, a sixteenth as much of rows."""
    assert layout(100, 1000, 8, threads=1).tiled
    assert not layout(100, 1000, 8, threads=16).tiled


def test_threads_are_taken_only_where_the_work_pays_for_them(monkeypatch):
    monkeypatch.setattr("numba.get_num_threads", lambda: 2)
    for kernel in (numba_fused, numba_pixels):
        assert kernel.prepare(case(1001, 97).problem).threads == 1
        assert kernel.prepare(case(1001, 300).problem).threads == 2


@pytest.mark.slow
@pytest.mark.parametrize(("m", "n_x"), [(5, 97), (1001, 97), (209, 12_288)])
@pytest.mark.parametrize("threads", [4, 16, 64])
def test_many_threads_are_right_even_if_some_are_idle(m, n_x, threads):
    """More parts than cores are computed one after the other."""
    given = case(m, n_x)
    for kernel in (numba_fused, numba_pixels):
        laid = replace(kernel.prepare(given.problem), threads=threads)
        assert reference(given.problem, given.w, given.b).fault(gradient(kernel, laid, given)) is None


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2, 3, 64])
@pytest.mark.parametrize(
    ("kernel", "given"),
    [
        (numba_fused, case(1001, 97)),
        (numba_fused, case(40, 1024)),
        (numba_fused, case(70, 2500)),
        (numba_pixels, pixels(1001, 97)),
    ],
    ids=["tiles", "rows", "rows whose sums are added together", "pixels"],
)
def test_steps_at_once_are_the_steps_one_by_one(kernel, given, threads):
    """To the bit; each is the right step from where the one before it ended; and w is left as it was."""
    alpha, steps = 0.1, 3
    laid = replace(kernel.prepare(given.problem), threads=threads)
    kept = given.w.copy()
    here = Point(given.w, given.b)
    for _ in range(steps):
        after = Point(*kernel.descend(laid, *here, alpha, 1))
        assert reference(given.problem, *here).step_fault(here, after, alpha) is None
        here = after
    w, b = kernel.descend(laid, given.w, given.b, alpha, steps)
    assert (w.tobytes(), float(b)) == (here.w.tobytes(), float(here.b))
    assert np.array_equal(given.w, kept)


@pytest.mark.parametrize("kernel", [numba_fused, numba_pixels])
def test_read_only_labels_are_copied_and_others_are_not(kernel):
    """Numba would compile the kernels once more for read-only ones."""
    problem = case(40, 8).problem
    assert np.shares_memory(kernel.prepare(problem).Y, problem.Y)
    fixed = problem.Y.copy()
    fixed.flags.writeable = False
    given = kernel.prepare(replace(problem, Y=fixed)).Y
    assert given.flags.writeable
    assert np.array_equal(given, fixed[0])
