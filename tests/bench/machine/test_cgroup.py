"""Limits of a container, in both versions of control groups."""

from __future__ import annotations

import pytest

from gradrace.bench.machine import available, cgroup

OWN_2 = {"proc/self/cgroup": "0::/system.slice/job\n"}
OWN_1 = {"proc/self/cgroup": "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n0::/\n"}


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({}, None),
        ({"sys/fs/cgroup/cpu.max": "max 100000\n"}, None),
        ({"sys/fs/cgroup/cpu.max": "50000 100000\n"}, 0.5),
        (OWN_2 | {"sys/fs/cgroup/system.slice/job/cpu.max": "150000 100000"}, 1.5),
        (
            OWN_2
            | {
                "sys/fs/cgroup/system.slice/cpu.max": "100000 100000",
                "sys/fs/cgroup/system.slice/job/cpu.max": "300000 100000",
            },
            1.0,
        ),
        (
            OWN_1
            | {
                "sys/fs/cgroup/cpu/docker/abc/cpu.cfs_quota_us": "25000",
                "sys/fs/cgroup/cpu/docker/abc/cpu.cfs_period_us": "50000",
            },
            0.5,
        ),
        ({"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000"} | OWN_1, None),
        (OWN_2 | {"sys/fs/cgroup/cpu.max": "nonsense"}, None),
    ],
)
def test_the_strictest_quota_counts(machine, files: dict[str, str], quota: float | None) -> None:
    assert cgroup.cpu_quota(machine(files)) == quota


def test_cores_are_no_more_than_the_quota_pays_for(machine) -> None:
    shown = len(available.cores_allowed())
    for text, allowed in [("max 100000", shown), ("50000 100000", 1), ("100001 100000", min(2, shown))]:
        assert available.cores(machine({"sys/fs/cgroup/cpu.max": text})) == allowed


@pytest.mark.parametrize(
    ("files", "limit", "left"),
    [
        ({"sys/fs/cgroup/memory.max": "max"}, None, None),
        (
            {
                "sys/fs/cgroup/memory.max": "1000",
                "sys/fs/cgroup/memory.current": "700",
                "sys/fs/cgroup/memory.stat": "anon 400\ninactive_file 250\n",
            },
            1000,
            550,
        ),
        (
            OWN_1
            | {
                "sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": "1000",
                "sys/fs/cgroup/memory/docker/abc/memory.usage_in_bytes": "1200",
            },
            1000,
            0,
        ),
        (OWN_1 | {"sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": "9223372036854771712"}, None, None),
    ],
)
def test_what_is_left_of_the_memory_counts_idle_files_as_free(machine, files, limit, left) -> None:
    system = machine(files)
    assert cgroup.memory_limit_bytes(system) == limit
    assert cgroup.memory_left_bytes(system) == left


def test_a_containers_memory_limits_what_is_free(machine) -> None:
    assert available.memory_bytes(machine({"sys/fs/cgroup/memory.max": "5000"})) == 5000
    assert available.memory_bytes(machine({})) > 5000


def test_periods_that_the_container_was_stopped_in_are_counted(machine) -> None:
    assert cgroup.throttled(machine({})) is None
    assert cgroup.throttled(machine({"sys/fs/cgroup/cpu.stat": "usage_usec 5\nnr_throttled 7\n"})) == 7
