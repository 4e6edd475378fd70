"""How many cores there are for us."""

from __future__ import annotations

import math
import os
from pathlib import Path

import psutil

CPU_MAX = Path("/sys/fs/cgroup/cpu.max")
"""A container's CPU quota (Linux): microseconds of CPU, or `max`, and of the period that they are for."""


def cores() -> int:
    """How many cores this process may run on, and its container's CPU quota pays for."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else psutil.cpu_count() or 1
    quota_us, period_us = CPU_MAX.read_text().split() if CPU_MAX.exists() else ("max", "")
    return allowed if quota_us == "max" else min(allowed, math.ceil(int(quota_us) / int(period_us)))
