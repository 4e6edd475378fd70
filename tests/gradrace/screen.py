"""A terminal emulator for tests: a command runs in a real pseudo-terminal, and its screen is read at every moment."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Callable
from pathlib import Path

import pyte

from gradrace.bench.paths import ROOT
from tests.gradrace.front_door import PROGRAM

ROWS = 24


def watch(
    words: tuple[str | Path, ...],
    columns: int,
    cwd: Path,
    each: Callable[[list[str]], None] = lambda _: None,
    root: Path = ROOT,
) -> tuple[int, list[str]]:
    """Run `gradrace` in a terminal of 24 rows; return its exit status and all lines, those that scrolled off included.

    each: is called with all lines whenever the screen has changed.
    root: the checkout whose `gradrace` it is.
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
    ours = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    environment = {**ours, "TERM": "xterm-256color", "PYTHONPATH": str(root)}
    command = [*PROGRAM, *map(str, words)]
    screen = pyte.HistoryScreen(columns, ROWS, history=10_000)
    stream = pyte.ByteStream(screen)
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, cwd=cwd, env=environment) as run:
        os.close(slave)
        while shown := _read(master):
            stream.feed(shown)
            each(_lines(screen))
    os.close(master)
    return run.returncode, _lines(screen)


def _read(master: int) -> bytes:
    """Return what the terminal is sent next; nothing once it is closed, which Linux calls an error."""
    try:
        return os.read(master, 65536)
    except OSError:
        return b""


def _lines(screen: pyte.HistoryScreen) -> list[str]:
    """Return the lines above the screen and on it, without the empty rest."""
    above = ("".join(line[column].data for column in range(screen.columns)) for line in screen.history.top)
    text = "\n".join(line.rstrip() for line in (*above, *screen.display)).rstrip("\n")
    return text.split("\n")
