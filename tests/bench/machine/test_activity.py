"""Activity of a machine between two counts."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from gradrace.bench.machine import activity
from gradrace.bench.machine.system import HERE

BEFORE = {
    "proc/stat": "cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 1 2 3",
    "proc/vmstat": "pswpin 5\npswpout 5\n",
    "sys/fs/cgroup/cpu.stat": "nr_throttled 1",
    "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count": "3",
}
AFTER = {
    "proc/stat": "cpu  130 0 110 850 0 0 0 10 0 0\ncpu0 1 2 3",
    "proc/vmstat": "pswpin 6\npswpout 9\n",
    "sys/fs/cgroup/cpu.stat": "nr_throttled 4",
    "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count": "5",
}


def test_counters_are_held_against_each_other(machine) -> None:
    before = activity.count(machine(BEFORE))
    found = activity.between(before, activity.count(machine(AFTER)))
    assert (found.busy, found.stolen) == (pytest.approx(0.4), pytest.approx(0.1))
    assert (found.throttled, found.overheated, found.swapped_pages) == (3, 2, 5)


def test_a_system_that_tells_nothing_is_not_taken_for_a_quiet_one(machine) -> None:
    nothing = activity.count(machine({}))
    found = activity.between(nothing, nothing)
    assert (found.busy, found.stolen, found.throttled) == (None, None, None)


def test_a_busy_process_of_others_is_seen_by_name() -> None:
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        seen = activity.watch(HERE, 0.3)
    finally:
        busy.kill()
        busy.wait()
    cores = {process.pid: process.cores for process in seen.others}
    assert cores[busy.pid] > 0
    assert os.getpid() not in cores
