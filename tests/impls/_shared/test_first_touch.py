"""Each thread writes first to the memory that it will read, on machines with several memory nodes."""

from __future__ import annotations

import mmap
import resource
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gradrace.bench.race import floor
from gradrace.bench.verification.hard_problems import case
from gradrace.impls import numba_fused, numba_pixels
from gradrace.impls._shared import first_touch
from gradrace.impls._shared.first_touch import has_several_nodes, touch, touched

pytestmark = pytest.mark.skipif(not hasattr(mmap, "MADV_NOHUGEPAGE"), reason="counts pages as Linux does")

PAGES = 4096
FEW = 100
"""Faults that anything else may cause meanwhile."""


@pytest.fixture
def nodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Return a function that says which nodes this process may use."""

    def allow(listed: str) -> None:
        file = tmp_path / "status"
        file.write_text(f"Mems_allowed:\t1\nMems_allowed_list:\t{listed}\nCpus_allowed:\t3\n")
        monkeypatch.setattr(first_touch, "STATUS", file)

    return allow


@pytest.mark.parametrize(
    ("listed", "several"), [("0", False), ("1", False), ("12", False), ("0-1", True), ("0,2", True)]
)
def test_several_nodes_are_known_from_the_kernels_list(nodes, listed, several):
    nodes(listed)
    assert has_several_nodes() is several


def test_without_such_a_list_there_is_one_node(tmp_path, monkeypatch):
    monkeypatch.setattr(first_touch, "STATUS", tmp_path / "missing")
    assert not has_several_nodes()


def new_memory() -> np.ndarray:
    """Return memory of `PAGES` pages, none of which exists yet. Huge pages would be too few to count."""
    memory = mmap.mmap(-1, PAGES * mmap.PAGESIZE)
    memory.madvise(mmap.MADV_NOHUGEPAGE)
    return np.frombuffer(memory, np.uint8)


def faults(work: Callable[[], object]) -> int:
    """Return how many pages this thread is given during some work."""
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    work()
    return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before


@pytest.mark.parametrize("threads", [2, 3, 64])
def test_all_pages_are_there_after_the_threads_have_touched_them(nodes, threads):
    nodes("0-1")
    memory = touched(new_memory(), threads)
    assert faults(lambda: memory.fill(1)) < FEW


@pytest.mark.parametrize(("listed", "threads"), [("0", 2), ("0-1", 1)], ids=["one node", "one thread"])
def test_otherwise_no_page_is_touched(nodes, listed, threads):
    nodes(listed)
    memory = touched(new_memory(), threads)
    assert faults(lambda: memory.fill(1)) >= PAGES


def test_each_thread_touches_its_own_part():
    """This one is given the pages of the first part alone."""
    touch(new_memory(), 2)  # loads the code
    memory = new_memory()
    assert PAGES / 2 <= faults(lambda: touch(memory, 2)) < PAGES / 2 + FEW


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize(("m", "n_x"), [(20_000, 30), (1001, 300)], ids=["tiles", "rows"])
def test_what_is_prepared_is_the_same_with_several_nodes(nodes, monkeypatch, m, n_x, order):
    """Touching comes before the copy, and touches no memory of others."""
    monkeypatch.setattr("numba.get_num_threads", lambda: 2)
    problem, kept = case(m, n_x, order=order).problem, case(m, n_x, order=order).problem.X.tobytes()
    found = []
    for listed in ("0", "0-1"):
        nodes(listed)
        laid = [kernel.IMPLEMENTATION.prepare(problem) for kernel in (numba_fused, numba_pixels)]
        assert [one.threads for one in laid] == [2, 2]
        found.append([one.X.tobytes() for one in laid] + [floor.words_of(problem, 2).tobytes()])
    assert found[0] == found[1]
    assert problem.X.tobytes() == kept
