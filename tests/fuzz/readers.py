"""What is fuzzed: each reader as the command line calls it, of the bytes of its file."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TypeAlias

from gradrace.bench.results import UnusableInput

Read: TypeAlias = Callable[[bytes], None]
Way: TypeAlias = Callable[[], object]
"""One of several to read the same file."""

FILES = {
    "results": "read_results",
    **dict.fromkeys(("report", "compare", "pictures"), "read_reports"),
    **dict.fromkeys(("model", "npy", "npz", "csv", "hdf5", "parquet", "zarr", "image"), "read_data"),
}
"""In which file of this folder each reader stands."""

UNUSABLE = (UnusableInput, MemoryError)
"""What a file may be refused with: `gradrace.main` makes one line of these. It does of OSError as well, but in words
for a full disk, and so a reader that lets one through is found fault with.
"""


def reader(name: str) -> Read:
    """Raises what all of its ways to read an input have refused it with, or what a user would see a traceback of."""
    found: Read = getattr(import_module(f"tests.fuzz.{FILES[name]}"), f"read_{name}")
    return found


def read_or_refuse(read: Read, data: bytes) -> None:
    """Read one input; raises whatever a user would see a traceback of."""
    try:
        read(data)
    except UNUSABLE:
        return


def every(*ways: Way) -> None:
    """Read in each of these ways: what one refuses, another may take. Raises UnusableInput if none takes it."""
    refusals = []
    for way in ways:
        try:
            way()
        except UNUSABLE as refusal:
            refusals.append(refusal)
    if len(refusals) == len(ways):
        raise refusals[0]
