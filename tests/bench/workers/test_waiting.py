"""A process that waits for a core isn't taken for one that has nothing to do."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from subprocess import Popen

import psutil
import pytest

from gradrace.bench.workers.waiting import Schedule, schedule, waited_s

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux says how long a thread waited for a core")

ON_ONE_CORE = "import os, time; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})"
BUSY = f"{ON_ONE_CORE}\nwhile True: pass"

ASLEEP = "import os; os.execvp('sleep', ['sleep', '1000'])"


@contextmanager
def running(*programs: str) -> Iterator[list[int]]:
    with ExitStack() as stack:
        started = [stack.enter_context(Popen([sys.executable, "-c", program])) for program in programs]
        for process in started:
            stack.callback(process.kill)
        yield [process.pid for process in started]


def test_one_that_shares_its_core_waits_and_one_that_sleeps_does_not() -> None:
    with running(BUSY, BUSY, ASLEEP) as (busy, _, asleep):
        while psutil.Process(asleep).name() != "sleep":
            os.sched_yield()
        before, sleeping = schedule(busy), schedule(asleep)
        while waited_s(before, schedule(busy)) < 0.5:
            os.sched_yield()
        assert waited_s(sleeping, schedule(asleep)) < 0.25


def test_children_count() -> None:
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}])"
    with running(BUSY, parent) as (_, asleep):
        before = schedule(asleep)
        while waited_s(before, schedule(asleep)) < 0.5:
            os.sched_yield()
        for child in {*schedule(asleep).ran_ns} - {asleep}:
            os.kill(child, 9)


@pytest.mark.parametrize(
    ("cores", "ran_s", "waited"), [(2, 0, 9.0), (2, 5, 6.75), (2, 20, 0.0), (1, 10, 0.0), (1, 11, 0.0)]
)
def test_one_whose_own_threads_use_the_cores_does_not_wait_for_others(cores: int, ran_s: int, waited: float) -> None:
    before = Schedule(0, cores, {1: 0, 2: 10**9}, {1: 0, 2: 10**9})
    now = Schedule(10**10, cores, {1: 0, 2: 10**9, 3: ran_s * 10**9}, {1: 9 * 10**9, 2: 2 * 10**9, 3: 0})
    assert waited_s(before, now) == pytest.approx(waited)


def test_one_that_has_ended_has_not_waited() -> None:
    with Popen([sys.executable, "-c", ""]) as process:
        before = schedule(process.pid)
        process.wait()
        assert not schedule(process.pid).ran_ns
        assert waited_s(before, schedule(process.pid)) == 0.0
