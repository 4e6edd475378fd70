"""Programs of others end within their time limit, with all that they started."""

from __future__ import annotations

import subprocess

import psutil
import pytest

from gradrace.bench.workers.commands import completed


def test_what_a_command_leaves_running_is_ended() -> None:
    """Also in a session of its own, where it would hold a pipe open."""
    told = completed(["sh", "-c", "setsid sleep 1000 & echo $!; echo said >&2; exit 3"], 60.0)
    assert (told.returncode, told.stderr) == (3, b"said\n")
    lives = {one.pid for one in psutil.process_iter() if one.status() != psutil.STATUS_ZOMBIE}
    assert int(told.stdout) not in lives


def test_a_command_has_no_input_and_a_time_limit() -> None:
    assert completed(["cat"], 60.0).stdout == b""
    with pytest.raises(subprocess.TimeoutExpired):
        completed(["sleep", "1000"], 0.0)
