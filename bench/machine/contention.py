"""Checks for other work on this machine, and for its power supply."""

from __future__ import annotations

from gradrace.bench.machine.activity import Activity, Process
from gradrace.bench.machine.finding import Finding
from gradrace.bench.machine.system import System

BUSY_CORES = 0.1
"""Cores that others may use: 0.1 of a core makes one sample in ten longer."""

STOLEN = 0.02
"""Share of the time that may be stolen: pairs of quiet runs already differ by 1 to 2 %."""

MOST_NAMED, LEAST_NAMED = 3, 0.05
"""Number of processes that are named, and the cores of each: less would be shown as 0.0."""


def others(_: System, activity: Activity) -> Finding | None:
    """Check whether other processes use the cores."""
    cores = sum(process.cores for process in activity.others)
    if cores < BUSY_CORES:
        return Finding(f"{cores:.2f} cores busy")
    busiest = [process for process in activity.others[:MOST_NAMED] if process.cores >= LEAST_NAMED]
    named = ", ".join(f"{one.name} ({one.pid}) {one.cores:.1f}" for one in busiest) or "many processes, each a little"
    return Finding(
        f"{cores:.1f} cores busy: {named}",
        "warning",
        "samples wait for a core, and share caches and memory: medians are too long, intervals wide",
        "end them, or wait until they are done",
    )


def races(_: System, activity: Activity) -> Finding | None:
    """Check whether another gradrace is measuring at this moment."""
    busy = [process for process in activity.others if _is_worker(process)]
    if not busy:
        return Finding("none")
    return Finding(
        f"another gradrace is measuring ({busy[0].name}, {busy[0].pid})",
        "warning",
        "both compete for cores and memory bandwidth: the times of neither are valid",
        "let one finish before the other starts",
    )


def stolen(_: System, activity: Activity) -> Finding | None:
    """Check whether other guests of the same hardware take time from this virtual machine."""
    if activity.stolen is None:
        return None
    if activity.stolen < STOLEN:
        return Finding(f"{100 * activity.stolen:.1f} %")
    return Finding(
        f"{100 * activity.stolen:.1f} %",
        "warning",
        "the host gives this machine's cores to others at times: some samples take far too long",
        "measure at another hour, or on a machine with cores of its own",
    )


def battery(system: System, _: Activity) -> Finding | None:
    """Check whether the machine runs on battery power."""
    supplies = [path.name for path in system.root.glob("sys/class/power_supply/*")]
    folders = [f"sys/class/power_supply/{name}" for name in supplies]
    states = [system.text(f"{folder}/status") for folder in folders if system.text(f"{folder}/scope") != "Device"]
    if not any(states):
        return None  # no battery, or only those of devices such as a mouse
    if "Discharging" not in states:
        return Finding("mains")
    return Finding(
        "battery", "warning", "the clock is kept low, and falls further as the battery empties", "plug it in"
    )


def _is_worker(process: Process) -> bool:
    return "gradrace.bench.workers" in process.command
