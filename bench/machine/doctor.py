"""Examination of the machine: what disturbs measurements, its effect on the figures, and remedies.

It changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from msgspec.structs import replace

from gradrace.bench.machine import allowances, contention, interpreter, processor
from gradrace.bench.machine.activity import Activity, watch
from gradrace.bench.machine.finding import Finding
from gradrace.bench.machine.system import HERE, System

Check: TypeAlias = Callable[[System, Activity], Finding | None]
"""Function that examines the machine. It returns None if the system doesn't provide the information."""

CHECKS: dict[str, Check] = {
    "clock": processor.governor,
    "turbo": processor.turbo,
    "heat": processor.heat,
    "siblings": processor.siblings,
    "memory nodes": processor.nodes,
    "instructions": processor.instructions,
    "hardware": processor.guest,
    "others": contention.others,
    "other races": contention.races,
    "stolen time": contention.stolen,
    "power": contention.battery,
    "cores": allowances.quota,
    "memory": allowances.memory,
    "swap": allowances.swap,
    "temporary folder": allowances.room,
    "environment": allowances.variables,
    "Python": interpreter.build,
    "timer": interpreter.clock,
}
"""Checks by the names of what they examine."""

WATCHED_S, GLANCED_S = 2.0, 0.5
"""Seconds of watching in `doctor` and before each run.

A tick of /proc/stat is 10 ms, so 2 s of two cores resolve 0.25 %. Before a run, 1 % is enough.
"""


def examine(system: System = HERE, seconds: float = WATCHED_S) -> dict[str, Finding | None]:
    """Return each check's finding, after watching the machine's activity for `seconds`.

    A finding is None if the system doesn't provide the information.
    """
    activity = watch(system, seconds)
    found = {about: check(system, activity) for about, check in CHECKS.items()}
    return {about: replace(finding, about=about) if finding else None for about, finding in found.items()}


def warnings(system: System = HERE, seconds: float = GLANCED_S) -> list[Finding]:
    """Return the findings that make all figures doubtful."""
    return [finding for finding in examine(system, seconds).values() if finding and finding.level == "warning"]
