"""Peak memory of this process, and the check that problems fit the memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gradrace.bench.machine import available
from gradrace.bench.results import Cell, UnusableInput

STATUS = Path("/proc/self/status")
CLEAR = Path("/proc/self/clear_refs")


def reset_peak() -> None:
    """Reset the peak of the resident memory, where the system supports it (Linux)."""
    try:
        CLEAR.write_text("5")
    except OSError:
        return


def peak_rss_bytes() -> int | None:
    """Return the peak resident memory in bytes since `reset_peak`, or None if the system doesn't report it."""
    try:
        fields = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
        return int(fields["VmHWM"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return None


COPIES = 2
"""Copies of X that a process holds during verification: one implementation peaked at 3 X in total, four at 5 X."""


def check_memory(chosen: Sequence[Cell], implementations: int) -> None:
    """Raise UnusableInput if the largest of the cells can't be verified in the free memory."""
    largest = max(chosen, key=lambda cell: cell.X_bytes, default=None)
    free = available.memory_bytes()
    if largest and (needed := COPIES * (1 + implementations) * largest.X_bytes) > free:
        raise UnusableInput(
            f"{largest.m} × {largest.n_x} needs about {needed / 1e9:.1f} GB, {free / 1e9:.1f} GB are free; "
            "give a smaller one, or fewer with --impl"
        )
