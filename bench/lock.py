"""A lock of a folder for one process at a time: it leaves no file behind, and ends with the process."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class InUse(Exception):
    """Error: another process holds the lock."""


@contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Hold the lock of an existing folder. Yield whether the file system provides one.

    Some network file systems have no locks, and then other processes aren't excluded. On others, other machines may not
    see the lock.
    Raises InUse if another process holds it, OSError if the folder can't be read.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = True
        except BlockingIOError as error:
            raise InUse(str(folder)) from error
        except OSError:
            held = False
        yield held
    finally:
        os.close(descriptor)
