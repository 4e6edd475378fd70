"""Checks of the processor: its clock, cores, instructions and memory nodes."""

from __future__ import annotations

import platform

from gradrace.bench.machine import available
from gradrace.bench.machine.activity import Activity
from gradrace.bench.machine.finding import Finding
from gradrace.bench.machine.system import System

CPU = "sys/devices/system/cpu"

EXPECTED = {"x86_64": ("avx2", "fma"), "AMD64": ("avx2", "fma"), "aarch64": ("asimd",), "arm64": ("asimd",)}
"""Vector instructions that every such processor of the last ten years has."""


def governor(system: System, _: Activity) -> Finding | None:
    """Check whether the clock follows the load."""
    governors = sorted(set(system.texts(f"{CPU}/cpu*/cpufreq/scaling_governor")))
    if not governors:
        return None
    seen = ", ".join(governors)
    if governors == ["performance"]:
        return Finding(f"governor {seen}")
    return Finding(
        f"governor {seen}",
        "warning",
        "the clock rises only after some ms of work: short samples look slower than long ones",
        "sudo cpupower frequency-set --governor performance",
    )


def turbo(system: System, _: Activity) -> Finding | None:
    """Check whether the clock exceeds its nominal frequency while few cores work."""
    off, boost = system.number(f"{CPU}/intel_pstate/no_turbo"), system.number(f"{CPU}/cpufreq/boost")
    if off is None and boost is None:
        return None
    if off == 1 or boost == 0:
        return Finding("off")
    return Finding(
        "on",
        "note",
        "the clock falls as more cores work, or get warm: two threads may give less than twice one",
        f"sudo sh -c 'echo {f'1 > /{CPU}/intel_pstate/no_turbo' if off == 0 else f'0 > /{CPU}/cpufreq/boost'}'",
    )


def heat(system: System, activity: Activity) -> Finding | None:
    """Check whether cores are slowed down because they are hot."""
    counts = system.texts(f"{CPU}/cpu*/thermal_throttle/core_throttle_count")
    if not counts:
        return None
    if activity.overheated == 0:
        return Finding("no core is being slowed down")
    return Finding(
        f"cores were slowed down {activity.overheated} times within {activity.seconds:.0f} s",
        "warning",
        "the clock falls during the measurement: later samples look slower",
        "let it cool, free its vents, or measure with fewer --threads",
    )


def siblings(system: System, _: Activity) -> Finding | None:
    """Check whether two of the allowed cores are two threads of one physical core."""
    allowed = available.cores_allowed()
    lists = set(system.texts(f"{CPU}/cpu*/topology/thread_siblings_list"))
    shared = [available.listed(text) & allowed for text in lists]
    if not shared:
        return None
    pairs = [cores for cores in shared if len(cores) > 1]
    if not pairs:
        return Finding("each allowed core is a physical core of its own")
    return Finding(
        f"{sum(map(len, pairs))} of {len(allowed)} allowed cores share {len(pairs)} physical ones",
        "note",
        "two threads of one core share its units and caches: they don't give twice the speed",
        f"gradrace run --threads {len(allowed) - sum(len(cores) - 1 for cores in pairs)}",
    )


def nodes(system: System, _: Activity) -> Finding | None:
    """Check whether part of the memory belongs to another processor."""
    found = [path.name for path in system.root.glob("sys/devices/system/node/node[0-9]*")]
    if not found:
        return None
    if len(found) == 1:
        return Finding("1")
    return Finding(
        f"{len(found)}",
        "note",
        "X may by chance be in another processor's memory, at half the speed",
        "numactl --cpunodebind=0 --membind=0 gradrace run ...",
    )


def instructions(system: System, _: Activity) -> Finding | None:
    """Check whether the processor has the vector instructions of fast kernels."""
    text = system.text("proc/cpuinfo") or ""
    lines = (line.partition(":") for line in text.splitlines())
    flags = next((set(value.split()) for key, _, value in lines if key.strip() in ("flags", "Features")), None)
    expected = EXPECTED.get(platform.machine(), ())
    if flags is None or not expected:
        return None
    missing = [name for name in expected if name not in flags]
    widest = next((name for name in ("avx512f", "sve", *expected) if name in flags), "none")
    if not missing:
        return Finding(f"{widest} available")
    return Finding(
        f"{', '.join(missing)} not available",
        "warning",
        "kernels compute one or two numbers at a time: ratios are not those of other machines",
        "on a virtual machine let its owner pass the processor's model on (QEMU: -cpu host)",
    )


def guest(system: System, _: Activity) -> Finding | None:
    """Check whether this is a virtual machine."""
    text = system.text("proc/cpuinfo") or ""
    if "flags" not in text:
        return None  # only x86 reports it
    if " hypervisor" not in text:
        return Finding("a physical machine")
    return Finding(
        "a virtual machine",
        "note",
        "other virtual machines share caches and memory bandwidth, and can't be seen from here",
        "repeat important runs at another hour; trust ratios within a run more than seconds",
    )
