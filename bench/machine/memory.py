"""The most memory that this process has held."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gradrace.bench.machine import available
from gradrace.bench.results import Cell, UnusableInput

STATUS = Path("/proc/self/status")
CLEAR = Path("/proc/self/clear_refs")


def reset_peak() -> None:
    """Start counting the peak afresh, where the system can (Linux)."""
    try:
        CLEAR.write_text("5")
    except OSError:
        return


def peak_rss_bytes() -> int | None:
    """The peak of the resident memory since `reset_peak`, or None where the system doesn't tell."""
    try:
        fields = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
        return int(fields["VmHWM"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return None


COPIES = 2
"""How often a process holds X at its peak in verification: one implementation took 3 X in all, four took 5 X."""


def check_memory(chosen: Sequence[Cell], implementations: int) -> None:
    """Raise UnusableInput if the largest of the cells can't be verified in the memory that is free."""
    sizes = {cell: cell.m * cell.n_x * np.dtype(cell.dtype).itemsize for cell in chosen}
    largest = max(sizes, key=sizes.__getitem__, default=None)
    free = available.memory_bytes()
    if largest and (needed := COPIES * (1 + implementations) * sizes[largest]) > free:
        raise UnusableInput(
            f"{largest.m} × {largest.n_x} needs about {needed / 1e9:.1f} GB, {free / 1e9:.1f} GB are free; "
            "give a smaller one, or fewer with --impl"
        )
