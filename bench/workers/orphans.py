"""What a worker process has started, wherever it went: told by a mark in the environment, which children inherit."""

from __future__ import annotations

import secrets
from contextlib import suppress
from time import monotonic, sleep

import psutil

MARK = "GRADRACE_WORKER"
"""The environment variable that holds the mark."""

GONE_S = 2.0
"""How long processes may take to end after a signal, and Python's resource tracker to tidy up after them."""

LOOK_S = 0.005
"""How often to see whether they have."""


def new_mark() -> str:
    """A mark that no other worker has."""
    return secrets.token_hex(8)


def send(mark: str, signal: int) -> None:
    """Send a signal to all processes of this mark, and wait until they are gone, or GONE_S are over."""
    found = marked(mark)
    for process in found:
        with suppress(psutil.Error):
            process.send_signal(signal)
    end_s = monotonic() + GONE_S
    while any(map(_lives, found)) and monotonic() < end_s:
        sleep(LOOK_S)


def marked(mark: str) -> list[psutil.Process]:
    """The processes of this mark."""
    found = []
    for pid in psutil.pids():
        with suppress(psutil.Error):  # it may have gone, or be somebody else's
            process = psutil.Process(pid)
            if process.environ().get(MARK) == mark:
                found.append(process)
    return found


def _lives(process: psutil.Process) -> bool:
    """Whether it is there still, and not merely waiting for its parent to ask what became of it."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
