"""Checks of whether this Python and its clock are fit to measure with."""

from __future__ import annotations

import sys
import sysconfig
from time import perf_counter_ns

from gradrace.bench.machine.activity import Activity
from gradrace.bench.machine.finding import Finding
from gradrace.bench.machine.system import System
from gradrace.bench.timing import RESOLUTIONS_PER_SAMPLE, resolution_ns

COARSE_NS = 1000
"""Resolution of the clock in nanoseconds from which on it counts as coarse.

A sample lasts 1000 times the resolution, so that it then takes 1 ms or more.
"""

SLOW_CLOCKS = {"hpet", "acpi_pm", "jiffies", "refined-jiffies", "pit"}
"""Clock sources of Linux that are read over a bus, which takes a microsecond."""


def build(_: System, __: Activity) -> Finding | None:
    """Check whether Python is a debug build, or was started with debugging tools."""
    faults = {
        "a debug build": bool(sysconfig.get_config_var("Py_DEBUG")),
        "development mode (-X dev)": sys.flags.dev_mode,
        "a tracer or debugger is on": sys.gettrace() is not None,
        "a profiler is on": sys.getprofile() is not None,
    }
    found = [fault for fault, there in faults.items() if there]
    version = sys.version.partition(" ")[0]
    if not found:
        return Finding(f"{version}, an ordinary build")
    return Finding(
        f"{version}: {', '.join(found)}",
        "warning",
        "every step of Python takes 2 to 10 times as long, NumPy's calls too: vectorizing looks better than it is",
        "measure with an ordinary Python, started without tools around it",
    )


def clock(system: System, _: Activity) -> Finding | None:
    """Check whether the clock is fine enough and fast to read."""
    source = system.text("sys/devices/system/clocksource/clocksource0/current_clocksource")
    step_ns = resolution_ns(perf_counter_ns)
    seen = f"step {step_ns} ns" + (f" ({source})" if source else "")
    if step_ns < COARSE_NS and source not in SLOW_CLOCKS:
        return Finding(seen)
    return Finding(
        seen,
        "warning",
        f"short calls are timed in long batches, {RESOLUTIONS_PER_SAMPLE * step_ns / 1e6:.0f} ms a sample",
        "on Linux boot with clocksource=tsc, where the kernel finds it sound",
    )
