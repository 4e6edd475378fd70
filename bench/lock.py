"""A folder that one process at a time uses: its lock leaves no file behind, and ends with the process."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class InUse(Exception):
    """Another process holds the lock."""


@contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Hold the lock of an existing folder; whether there is one. Raises InUse; OSError if the folder can't be read.

    Where the file system knows no locks (some of a network's), nobody is kept out. On a network's, other machines may
    not see it.
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
