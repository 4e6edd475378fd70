"""Time without a core is told apart from time in which a process has nothing to do."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from subprocess import Popen

import pytest

from gradrace.bench.workers.waiting import waited_s, waits_ns

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux says how long a thread waited for a core")

ON_ONE_CORE = "import os, time; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})"
BUSY = f"{ON_ONE_CORE}\nwhile True: pass"


@contextmanager
def running(*programs: str) -> Iterator[list[int]]:
    with ExitStack() as stack:
        started = [stack.enter_context(Popen([sys.executable, "-c", program])) for program in programs]
        for process in started:
            stack.callback(process.kill)
        yield [process.pid for process in started]


def test_one_that_shares_its_core_waits_and_one_that_sleeps_does_not() -> None:
    with running(BUSY, BUSY, "import time; time.sleep(1000)") as (busy, _, asleep):
        before, waited = waits_ns(busy), waited_s({}, waits_ns(asleep))
        while waited_s(before, waits_ns(busy)) < 1:
            os.sched_yield()
        assert waited_s({}, waits_ns(asleep)) < max(0.5, 2 * waited)


def test_children_count() -> None:
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}])"
    with running(BUSY, parent) as (_, asleep):
        before = waits_ns(asleep)
        while waited_s(before, waits_ns(asleep)) < 0.5:
            os.sched_yield()
        for child in {*waits_ns(asleep)} - {asleep}:
            os.kill(child, 9)


def test_one_that_has_ended_has_not_waited() -> None:
    with Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        assert waits_ns(process.pid) == {}
        assert waited_s({1: 2}, {}) == 0.0
