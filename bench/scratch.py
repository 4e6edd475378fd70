"""Temporary folders, up to the size of X, and files that are replaced in one step.

The next run removes the folders that an aborted run left.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import gethostname
from typing import BinaryIO

from gradrace.bench.lock import InUse, locked

PREFIX = "gradrace-scratch-"

YOUNG_S = 60.0
"""Age in seconds below which a folder may not have been locked yet."""


@contextmanager
def scratch() -> Iterator[Path]:
    """Make a new folder, yield it, and remove it afterwards. Only SIGKILL leaves one.

    It is removed again at exit, when all threads have ended: after an interruption, one may have written there late.
    """
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}{gethostname()}-") as name, locked(Path(name)):
        atexit.register(shutil.rmtree, name, ignore_errors=True)
        yield Path(name)


@contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """Open a file that replaces another in one step, so that readers and crashes find the old or the new one whole.

    Links, devices and pipes can't be replaced in one step, and are written to. Raises OSError with the file's name if
    it can't be written, as on a full disk; the old one stays.
    """
    try:
        with _replaced(path) as file:
            yield file
    except OSError as error:
        error.filename = str(path)
        raise


@contextmanager
def _replaced(path: Path) -> Iterator[BinaryIO]:
    if path.is_symlink() or (path.exists() and not path.is_file()):
        with path.open("wb") as file:
            yield file
        return
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _is_of(folder: Path, host: str) -> bool:
    """Return whether this machine made the folder: a network file system may not show the locks of other machines."""
    return folder.name.removeprefix(PREFIX).rpartition("-")[0] == host


def sweep() -> None:
    """Remove the folders that processes of this machine left: a running process holds the lock of its own."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError, InUse):
            if time.time() - folder.stat().st_mtime > YOUNG_S:
                with locked(folder) as held:
                    if held and _is_of(folder, gethostname()):
                        shutil.rmtree(folder)
