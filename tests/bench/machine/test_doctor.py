"""Each check finds what it looks for, and nothing where there is nothing; it changes nothing."""

from __future__ import annotations

import os
import sys

import psutil
import pytest

from gradrace.bench.machine import allowances, contention, interpreter, processor
from gradrace.bench.machine.activity import Activity, Process
from gradrace.bench.machine.doctor import CHECKS, examine
from gradrace.bench.machine.finding import Finding
from gradrace.bench.machine.system import HERE

QUIET = Activity(seconds=1.0, busy=0.0, stolen=0.0, throttled=0)
CPU = "sys/devices/system/cpu"
WORKER = Process(7, "python3", ("python3", "-P", "-m", "gradrace.bench.workers", "3", "4", "x", "x.py"), 0.5)
COMPILER = Process(8, "cc1", ("cc1",), 0.9)

AMISS: dict[str, tuple[dict[str, str], Activity]] = {
    "clock": ({f"{CPU}/cpu0/cpufreq/scaling_governor": "powersave\n"}, QUIET),
    "turbo": ({f"{CPU}/intel_pstate/no_turbo": "0"}, QUIET),
    "heat": ({f"{CPU}/cpu0/thermal_throttle/core_throttle_count": "9"}, Activity(seconds=1.0, overheated=2)),
    "siblings": ({f"{CPU}/cpu0/topology/thread_siblings_list": "0-63"}, QUIET),
    "memory nodes": (
        {"sys/devices/system/node/node0/cpulist": "0", "sys/devices/system/node/node1/cpulist": "1"},
        QUIET,
    ),
    "instructions": ({"proc/cpuinfo": "processor : 0\nflags : fpu sse2\nFeatures : fp\n"}, QUIET),
    "hardware": ({"proc/cpuinfo": "flags : fpu hypervisor avx2 fma\n"}, QUIET),
    "others": ({}, Activity(seconds=1.0, others=(COMPILER,))),
    "other races": ({}, Activity(seconds=1.0, others=(WORKER,))),
    "stolen time": ({}, Activity(seconds=1.0, stolen=0.08)),
    "power": ({"sys/class/power_supply/BAT0/status": "Discharging"}, QUIET),
    "cores": ({"sys/fs/cgroup/cpu.max": "50000 100000"}, QUIET),
    "memory": ({"sys/fs/cgroup/memory.max": "500000000"}, QUIET),
    "swap": ({}, Activity(seconds=1.0, swapped_pages=40)),
    "timer": ({"sys/devices/system/clocksource/clocksource0/current_clocksource": "hpet"}, QUIET),
}

WELL: dict[str, tuple[dict[str, str], Activity]] = {
    "clock": ({f"{CPU}/cpu0/cpufreq/scaling_governor": "performance\n"}, QUIET),
    "turbo": ({f"{CPU}/cpufreq/boost": "0"}, QUIET),
    "heat": ({f"{CPU}/cpu0/thermal_throttle/core_throttle_count": "9"}, QUIET),
    "siblings": ({f"{CPU}/cpu0/topology/thread_siblings_list": "0"}, QUIET),
    "memory nodes": ({"sys/devices/system/node/node0/cpulist": "0"}, QUIET),
    "instructions": ({"proc/cpuinfo": "flags : fpu avx2 fma\nFeatures : asimd\n"}, QUIET),
    "hardware": ({"proc/cpuinfo": "flags : fpu avx2 fma\n"}, QUIET),
    "others": ({}, QUIET),
    "other races": ({}, Activity(seconds=1.0, others=(COMPILER,))),
    "stolen time": ({}, QUIET),
    "power": ({"sys/class/power_supply/BAT0/status": "Full"}, QUIET),
    "cores": ({}, QUIET),
    "memory": ({}, QUIET),
    "swap": ({}, QUIET),
    "timer": ({"sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc"}, QUIET),
}


@pytest.fixture(autouse=True)
def plenty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Provide enough memory and a fine clock on any machine."""
    memory = type("Memory", (), {"available": 64 << 30})
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    monkeypatch.setattr(interpreter, "resolution_ns", lambda _: 40)


@pytest.mark.parametrize("about", AMISS)
def test_what_is_amiss_is_found_with_its_effect_and_a_remedy(machine, about: str) -> None:
    files, activity = AMISS[about]
    finding = CHECKS[about](machine(files), activity)
    assert finding is not None
    assert finding.level != "well"
    assert finding.effect
    assert finding.remedy


@pytest.mark.parametrize("about", WELL)
def test_what_is_well_is_told_as_well(machine, about: str) -> None:
    files, activity = WELL[about]
    finding = CHECKS[about](machine(files), activity)
    assert finding is not None
    assert finding.level == "well"


def test_only_processes_that_use_a_core_noticeably_are_named() -> None:
    idle = Process(9, "kworker", ("kworker",), 0.04)
    assert contention.others(HERE, Activity(1.0, others=(COMPILER, idle))).seen == "0.9 cores busy: cc1 (8) 0.9"
    assert contention.others(HERE, Activity(1.0, others=(idle,) * 5)).seen.endswith("many processes, each a little")


@pytest.mark.parametrize("about", ["clock", "turbo", "heat", "siblings", "memory nodes", "instructions", "hardware"])
def test_a_system_that_does_not_tell_is_not_called_well(machine, about: str) -> None:
    assert CHECKS[about](machine({}), QUIET) is None


def test_variables_that_change_what_is_run_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in allowances.TELLING:
        monkeypatch.delenv(name, raising=False)
    assert allowances.variables(HERE, QUIET).level == "well"
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    assert "NUMBA_DISABLE_JIT=1" in allowances.variables(HERE, QUIET).seen


def test_a_small_temporary_folder_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 1 << 20})
    monkeypatch.setattr(allowances.shutil, "disk_usage", lambda _: usage)
    assert allowances.room(HERE, QUIET).level == "note"
    usage.free = 1 << 40
    assert allowances.room(HERE, QUIET).level == "well"


def test_a_python_with_a_tracer_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "gettrace", lambda: print)
    assert interpreter.build(HERE, QUIET).level == "warning"
    monkeypatch.setattr(sys, "gettrace", lambda: None)
    monkeypatch.setattr(sys, "getprofile", lambda: None)
    monkeypatch.setattr(interpreter.sysconfig, "get_config_var", lambda name: name == "Py_DEBUG")
    assert "debug build" in interpreter.build(HERE, QUIET).seen
    monkeypatch.setattr(interpreter.sysconfig, "get_config_var", lambda _: 0)
    assert interpreter.build(HERE, QUIET).level == "well"


def test_siblings_that_may_not_be_used_do_not_count(machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    files = {f"{CPU}/cpu0/topology/thread_siblings_list": "0,4", f"{CPU}/cpu1/topology/thread_siblings_list": "1,5"}
    assert processor.siblings(machine(files), QUIET).level == "well"


@pytest.mark.parametrize("level", ["well", "note", "warning"])
def test_a_finding_reads_as_a_sentence(level) -> None:
    assert str(Finding("none", level, about="swap")) == "swap: none"
    assert str(Finding("b", level, "c", "d", "a")) == "a: b; c; d"


def test_an_examination_looks_at_everything(machine) -> None:
    found = examine(machine({}), 0.0)
    assert found.keys() == CHECKS.keys()
    assert all(finding.about == about for about, finding in found.items() if finding)


def test_no_other_race_is_seen_in_an_implementation_of_that_name() -> None:
    assert (
        contention.races(HERE, Activity(1.0, others=(Process(1, "vim", ("vim", "bench/worker.py"), 1.0),))).level
        == "well"
    )
