"""The local cluster of dask_blocks."""

import pytest

pytest.importorskip("distributed")

from dask.system import CPU_COUNT

from gradrace.impls._dask import cluster


@pytest.mark.parametrize(
    ("given", "threads"),
    [("1", 1), ("1000", CPU_COUNT), ("0", 1), ("-1", CPU_COUNT), ("", CPU_COUNT), ("many", CPU_COUNT)],
)
def test_it_has_a_worker_for_each_allowed_thread_and_never_none(monkeypatch, given, threads):
    monkeypatch.setenv("NUMBA_NUM_THREADS", given)
    assert cluster.allowed_threads() == threads  # without workers, J was 0 for any w
