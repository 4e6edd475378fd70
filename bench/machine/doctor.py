"""What on this machine will disturb measurements, what that does to figures, and what to do. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from msgspec.structs import replace

from gradrace.bench.machine import allowances, contention, interpreter, processor
from gradrace.bench.machine.activity import Activity, watch
from gradrace.bench.machine.finding import Finding
from gradrace.bench.machine.system import HERE, System

Check: TypeAlias = Callable[[System, Activity], Finding | None]
"""None where the system doesn't tell."""

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
"""By what they look at."""

WATCHED_S, GLANCED_S = 2.0, 0.5
"""A tick of /proc/stat is 10 ms: in 2 s of two cores, a quarter of a per cent shows; before each run, 1 % will do."""


def examine(system: System = HERE, seconds: float = WATCHED_S) -> dict[str, Finding | None]:
    """Each check's finding, after watching for so many seconds what else is at work."""
    activity = watch(system, seconds)
    found = {about: check(system, activity) for about, check in CHECKS.items()}
    return {about: replace(finding, about=about) if finding else None for about, finding in found.items()}


def warnings(system: System = HERE, seconds: float = GLANCED_S) -> list[Finding]:
    """What makes all figures doubtful."""
    return [finding for finding in examine(system, seconds).values() if finding and finding.level == "warning"]
