"""Readers under test, each as a function of the bytes of a file."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TypeAlias

from gradrace.bench.results import UnusableInput

Read: TypeAlias = Callable[[bytes], None]
Way: TypeAlias = Callable[[], object]
"""Function that reads the same file in one of several ways."""

FILES = {
    "results": "read_results",
    **dict.fromkeys(("report", "compare", "pictures"), "read_reports"),
    **dict.fromkeys(("model", "npy", "npz", "csv", "arff", "hdf5", "parquet", "zarr", "image"), "read_data"),
    **dict.fromkeys(("stata", "sqlite", "workbook"), "read_data"),
}
"""File of this folder that contains each reader."""

UNUSABLE = (UnusableInput, MemoryError)
"""Exceptions by which a file may be refused: the command line prints them in one line. It prints OSError, too, but as a
full disk, so a reader that raises it is at fault.
"""


def reader(name: str) -> Read:
    """Return a reader. It raises UNUSABLE if it refuses an input, and anything else for a fault."""
    found: Read = getattr(import_module(f"tests.fuzz.{FILES[name]}"), f"read_{name}")
    return found


def read_or_refuse(read: Read, data: bytes) -> None:
    """Read one input. Raises any exception that a user would see as a traceback."""
    try:
        read(data)
    except UNUSABLE:
        return


def every(*ways: Way) -> None:
    """Read in each of these ways, as one may take what another refuses. Raises the first refusal if all refuse."""
    refusals = []
    for way in ways:
        try:
            way()
        except UNUSABLE as refusal:
            refusals.append(refusal)
    if len(refusals) == len(ways):
        raise refusals[0]
