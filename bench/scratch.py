"""Temporary folders, up to the size of X: whatever ends a run, the next one sweeps up what it left."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import gethostname

from gradrace.bench.lock import InUse, locked

PREFIX = "gradrace-scratch-"

YOUNG_S = 60.0
"""One so young may not be locked yet by who has just made it."""


@contextmanager
def scratch() -> Iterator[Path]:
    """A new folder, gone afterwards. Only SIGKILL leaves one."""
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}{gethostname()}-") as name, locked(Path(name)):
        yield Path(name)


def _is_of(folder: Path, host: str) -> bool:
    """Whether it was made on this machine: a network's file system may not show the locks of others."""
    return folder.name.removeprefix(PREFIX).rpartition("-")[0] == host


def sweep() -> None:
    """Remove those of this machine that are nobody's any more: who lives holds the lock of its own."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError, InUse):
            if time.time() - folder.stat().st_mtime > YOUNG_S:
                with locked(folder) as held:
                    if held and _is_of(folder, gethostname()):
                        shutil.rmtree(folder)
