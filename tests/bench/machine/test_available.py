"""Which of the allowed cores a worker with fewer threads runs on."""

from __future__ import annotations

import os

import pytest

from gradrace.bench.machine import processor
from gradrace.bench.machine.activity import Activity
from gradrace.bench.machine.available import nearest_cores
from gradrace.bench.machine.system import System

CPU = "sys/devices/system/cpu"
NODE = "sys/devices/system/node"

ALONE: list[str] = []
PAIRS = ["0-1", "0-1", "2-3", "2-3", "4-5", "4-5", "6-7", "6-7"]
FAR_PAIRS = ["0,4", "1,5", "2,6", "3,7"] * 2
MIXED = ["0-1", "0-1", "2-3", "2-3", "4", "5", "6", "7"]
"""Contents of thread_siblings_list for eight cores: nothing, on Intel's desktops, on servers, on hybrid ones."""

HALVES = ["0-3", "4-7"]
ODD_AND_EVEN = ["0,2,4,6", "1,3,5,7"]


def files(siblings: list[str], nodes: list[str]) -> dict[str, str]:
    lists = {f"{CPU}/cpu{core}/topology/thread_siblings_list": f"{text}\n" for core, text in enumerate(siblings)}
    return lists | {f"{NODE}/node{number}/cpulist": f"{text}\n" for number, text in enumerate(nodes)}


@pytest.mark.parametrize(
    ("siblings", "nodes", "threads", "chosen"),
    [
        (ALONE, [], 3, {0, 1, 2}),
        (PAIRS, [], 2, {0, 2}),
        (PAIRS, ["0-7"], 4, {0, 2, 4, 6}),
        (PAIRS, ["0-7"], 5, {0, 1, 2, 4, 6}),
        (FAR_PAIRS, ["0-7"], 4, {0, 1, 2, 3}),
        (MIXED, ["0-7"], 6, {0, 2, 4, 5, 6, 7}),
        (ALONE, ODD_AND_EVEN, 4, {0, 2, 4, 6}),
        (ALONE, ODD_AND_EVEN, 5, {0, 1, 2, 4, 6}),
        (PAIRS, HALVES, 2, {0, 2}),
        (PAIRS, HALVES, 4, {0, 2, 4, 6}),
        (PAIRS, HALVES, 99, {*range(8)}),
    ],
)
def test_threads_get_physical_cores_of_their_own_and_of_one_node_first(
    machine, monkeypatch, siblings, nodes, threads, chosen
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {*range(8)}, raising=False)
    assert nearest_cores(threads, machine(files(siblings, nodes))) == chosen


def test_only_allowed_cores_are_chosen(machine, monkeypatch) -> None:
    """The second thread of a core counts as a core if the first one isn't allowed."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 4, 5}, raising=False)
    assert nearest_cores(2, machine(files(PAIRS, HALVES))) == {1, 4}


def test_the_node_with_most_allowed_cores_comes_first(machine, monkeypatch) -> None:
    """Otherwise two threads would be in two nodes."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {2, 3, 4, 6}, raising=False)
    system = machine(files(PAIRS, HALVES))
    assert nearest_cores(2, system) == {4, 6}
    assert nearest_cores(3, system) == {2, 4, 6}


def test_faster_cores_come_first_wherever_the_system_lists_them(machine, monkeypatch) -> None:
    """On many ARM processors the slow cores are the first ones."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {*range(8)}, raising=False)
    capacities = {f"{CPU}/cpu{core}/cpu_capacity": "1024\n" if core > 3 else "400\n" for core in range(8)}
    assert nearest_cores(2, machine(files(ALONE, ["0-7"]) | capacities)) == {4, 5}


def test_the_systems_files_are_read_once(machine, monkeypatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {*range(8)}, raising=False)
    system = machine(files(PAIRS, HALVES))
    found = nearest_cores(2, system)
    monkeypatch.setattr(System, "text", lambda *_: pytest.fail("read again"))
    assert nearest_cores(2, system) == found


def test_as_many_threads_as_the_doctor_advises_share_no_core(machine, monkeypatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {*range(8)}, raising=False)
    system = machine(files(PAIRS, []))
    finding = processor.siblings(system, Activity(seconds=1.0))
    assert finding is not None
    assert finding.remedy == "gradrace run --threads 4"
    assert {core // 2 for core in nearest_cores(4, system)} == {0, 1, 2, 3}
