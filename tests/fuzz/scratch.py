"""Files for readers, in memory if the system has such a folder, as millions are written."""

from __future__ import annotations

import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it

_kept: list[tempfile.TemporaryDirectory[str]] = []
"""Temporary folder, which is removed when the process ends."""


@cache
def folder() -> Path:
    """Return the folder of this process. That of an engine is in its parent's, as libFuzzer ends without clean-up."""
    _kept.append(tempfile.TemporaryDirectory(prefix="gradrace-fuzz-", ignore_cleanup_errors=True))
    return Path(_kept[-1].name)


def memory() -> Path | None:
    """Return the folder in memory, or None for the usual folder of temporary files."""
    return MEMORY if MEMORY.is_dir() else None


def file(name: str, data: bytes) -> Path:
    """Return the file of this name after replacing its contents."""
    path, descriptor = _open(name)
    os.pwrite(descriptor, data, 0)
    os.ftruncate(descriptor, len(data))
    return path


@cache
def _open(name: str) -> tuple[Path, int]:
    """Return the path and descriptor of a file that stays open: opening it takes longer than most readers."""
    path = folder() / name
    return path, os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def tree(name: str, contents: dict[str, bytes]) -> Path:
    """Return the folder of this name after replacing its contents by these files, {path in it: bytes}."""
    root = folder() / name
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    for place, data in contents.items():
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root
