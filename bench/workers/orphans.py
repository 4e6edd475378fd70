"""Orphan processes of a worker, found by a mark in the environment, which children inherit."""

from __future__ import annotations

import os
import secrets
import signal
from contextlib import suppress
from time import monotonic, sleep

import psutil

MARK = "GRADRACE_WORKER"
"""The environment variable that holds the mark."""

GONE_S = 2.0
"""Seconds for processes to end after a signal, and for Python's resource tracker to clean up after them."""

LOOK_S = 0.005
"""Seconds between checks whether they have ended."""


def new_mark() -> str:
    """Return a mark that no other worker has."""
    return secrets.token_hex(8)


def end(group: int, mark: str) -> None:
    """End a process group and all processes with this mark, at once, even if its leader has already died.

    SIGTERM comes first: Python's resource tracker ignores it, and removes shared memory when the others have ended.
    """
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, PermissionError):  # macOS: a group of zombies may not be signalled
            os.killpg(group, number)
        send(mark, number)  # some processes may have left the group


def send(mark: str, number: int) -> None:
    """Send a signal to all processes with this mark, and wait until they have ended, for GONE_S at the most."""
    found = marked(mark)
    for process in found:
        with suppress(psutil.Error):
            process.send_signal(number)
    end_s = monotonic() + GONE_S
    while any(map(_lives, found)) and monotonic() < end_s:
        sleep(LOOK_S)


def marked(mark: str) -> list[psutil.Process]:
    """Return the processes with this mark."""
    found = []
    for pid in psutil.pids():
        with suppress(psutil.Error):  # it may have ended, or belong to another user
            process = psutil.Process(pid)
            if process.environ().get(MARK) == mark:
                found.append(process)
    return found


def _lives(process: psutil.Process) -> bool:
    """Return whether the process still runs: a zombie doesn't."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
