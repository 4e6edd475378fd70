"""A command shows its activity: a bar of the time on a terminal, lines elsewhere."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from gradrace.bench.timing import Deadline
from gradrace.reports.text import progress, time_bar
from gradrace.reports.text.progress import activities
from tests.bench.simulated import Clock


def test_each_activity_is_a_line_once_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with activities(0, Deadline(Clock(), 60e9)) as tell:
        for what in ("verifying", "pair 1", "verifying"):
            tell(what)
    assert capsys.readouterr() == ("", "verifying\npair 1\n")


def test_on_a_terminal_an_activity_stands_beside_the_time_that_is_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal, clock = io.StringIO(), Clock()
    for module in (progress, time_bar):
        console = Console(file=terminal, force_terminal=True, width=80)
        monkeypatch.setattr(module, "Console", lambda console=console, **_: console)
    with activities(0, Deadline(clock, 120e9)) as tell:
        clock.now_s = 30
        tell("pair 2 of numba_fused")
    frames = Console(width=200).render_str(terminal.getvalue()).plain
    assert "0:30, 1:30 left" in frames
    assert "pair 2 of numba_fused" in frames
    assert capsys.readouterr().err == ""
