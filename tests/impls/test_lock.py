"""A gradient by one thread doesn't hold the interpreter's lock: a worker of Dask's hands w on while it computes."""

from __future__ import annotations

from collections import Counter
from threading import Thread
from time import sleep

import numba
import pytest

from gradrace.bench.problems import made_up, pixels
from gradrace.impls import numba_fused, numba_pixels

LOOKS = 5
"""Within one call; with the lock held there could be one, between the note that it begins and its beginning."""


@pytest.mark.parametrize(
    ("implementation", "make"), [(numba_fused.IMPLEMENTATION, made_up), (numba_pixels.IMPLEMENTATION, pixels)]
)
def test_another_thread_runs_meanwhile(implementation, make):
    case, threads = make(500_000, 50), numba.get_num_threads()
    numba.set_num_threads(1)  # several are started without the lock in any case
    data = implementation.prepare(case.problem)
    numba.set_num_threads(threads)
    implementation.gradient(data, case.w, case.b)  # compiled, which does hold the lock
    within, looks = [0], Counter[int]()

    def compute() -> None:
        for call in range(1, 101):
            within[0] = call
            implementation.gradient(data, case.w, case.b)
            within[0] = 0

    thread = Thread(target=compute)
    thread.start()
    while thread.is_alive():
        sleep(1e-4)
        looks[within[0]] += within[0] > 0
    thread.join()
    assert max(looks.values()) >= LOOKS
