"""Findings: one input of each kind that ended in a traceback, and counts that survive a crash of the process."""

from __future__ import annotations

import hashlib
import mmap
import struct
import traceback
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

MOST_BYTES = 1 << 20
"""Maximum bytes of the last input that are kept for a crash."""

_COUNTS = struct.Struct("<QQQ")


class Counts(NamedTuple):
    """Numbers of inputs read and of tracebacks, and the last input."""

    executions: int
    failures: int
    last: bytes


class Tally:
    """Counts in a file that two processes share, so that one knows them when the other has crashed."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(_COUNTS.size + MOST_BYTES))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), 0)
        self.executions, self.failures, _ = _COUNTS.unpack_from(self._shared)

    def begin(self, data: bytes) -> None:
        """Count an input that is about to be read."""
        self.executions += 1
        size = min(len(data), MOST_BYTES)
        _COUNTS.pack_into(self._shared, 0, self.executions, self.failures, size)
        self._shared[_COUNTS.size : _COUNTS.size + size] = data[:size]

    def fail(self) -> None:
        """Count a traceback."""
        self.failures += 1
        _COUNTS.pack_into(self._shared, 0, self.executions, self.failures, 0)

    def counts(self) -> Counts:
        """Return the counts of both processes."""
        executions, failures, size = _COUNTS.unpack_from(self._shared)
        return Counts(executions, failures, self._shared[_COUNTS.size : _COUNTS.size + size])


def keep(folder: Path, data: bytes, error: BaseException) -> None:
    """Write the input and its traceback, unless one like it was kept before."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{type(error).__name__}-{_place(error.__traceback__)}"
    if not file.exists():
        file.write_bytes(data)
        file.with_name(f"{file.name}.txt").write_text("".join(traceback.format_exception(error)), errors="replace")


def keep_crash(folder: Path, data: bytes, status: int) -> None:
    """Write the input at which the process ended."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"crash-{status}-{hashlib.sha256(data).hexdigest()[:12]}").write_bytes(data)


def _place(where: TracebackType | None) -> str:
    """Return the file and line where an exception was raised, after the last one of our own code."""
    frames = traceback.extract_tb(where)
    ours = [frame for frame in frames if "/bench/" in frame.filename or "/reports/" in frame.filename]
    named = dict.fromkeys(f"{Path(frame.filename).stem}-{frame.lineno}" for frame in (*ours[-1:], *frames[-1:]))
    return "-".join(named) or "nowhere"
