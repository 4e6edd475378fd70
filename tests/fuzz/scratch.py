"""Where the files lie that are read: in memory where the system has such a place, as millions of them are written."""

from __future__ import annotations

import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it

_kept: list[tempfile.TemporaryDirectory[str]] = []
"""It goes when the process ends."""


@cache
def folder() -> Path:
    """This process's own; an engine's lies in its parent's, in memory: libFuzzer ends without tidying up."""
    _kept.append(tempfile.TemporaryDirectory(prefix="gradrace-fuzz-", ignore_cleanup_errors=True))
    return Path(_kept[-1].name)


def memory() -> Path | None:
    """The folder in memory, or None for the usual place of temporary files."""
    return MEMORY if MEMORY.is_dir() else None


def file(name: str, data: bytes) -> Path:
    """A file that holds these bytes, and no longer what it held before."""
    path, descriptor = _open(name)
    os.pwrite(descriptor, data, 0)
    os.ftruncate(descriptor, len(data))
    return path


@cache
def _open(name: str) -> tuple[Path, int]:
    """It stays open: to open it anew takes longer than most readers do."""
    path = folder() / name
    return path, os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def tree(name: str, contents: dict[str, bytes]) -> Path:
    """A folder that holds these files, {path in it: bytes}; the last one of that name is gone."""
    root = folder() / name
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    for place, data in contents.items():
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root
