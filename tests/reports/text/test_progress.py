"""A command shows its activity: a bar of the time on a terminal, lines elsewhere."""

from __future__ import annotations

import io
import math

import pytest
from rich.console import Console

from gradrace.bench.results import Cell
from gradrace.bench.timing import Deadline
from gradrace.reports.text import progress, time_bar
from gradrace.reports.text.progress import activities, steps
from tests.bench.simulated import Clock


def test_each_activity_is_a_line_once_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with activities(0, Deadline(Clock(), 60e9)) as tell:
        for what in ("verifying", "pair 1", "verifying"):
            tell(what)
    assert capsys.readouterr() == ("", "verifying\npair 1\n")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    simulated = Clock()
    monkeypatch.setattr(progress.time, "monotonic", lambda: simulated.now_s)
    return simulated


def test_similar_steps_are_a_line_every_ten_seconds_where_there_is_no_terminal(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    """A verification of 184 problems in two minutes printed 185 lines, and one of 2 seconds "1 of 185"."""
    with steps(185) as tell:
        for number in range(185):
            clock.now_s = number * 0.65
            tell(f"problem {number}")
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "17 of 185: problem 16"
    assert len(said) == 11


def test_other_activities_are_told_at_once(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with activities(0, Deadline(clock, 60e9)) as tell:
        for second, what in enumerate(
            ["verifying: one", "verifying: two", "pair 1 of a", "pair 2 of a", "pair 1 of b"]
        ):
            clock.now_s = float(second)
            tell(what)
        clock.now_s = 11.0
        tell("verifying: three")
        tell("pair 3 of a")
    assert capsys.readouterr().err.splitlines() == [
        *("verifying: one", "pair 1 of a", "pair 1 of b", "verifying: three"),
    ]


def test_each_size_of_a_run_is_a_line(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with progress.progress(0, Deadline(clock, 60e9)) as tell:
        for m in (10, 20, 30):
            tell(Cell(m, 5), "preparing")
            tell(Cell(m, 5), "round 1")
    assert capsys.readouterr().err.splitlines() == [f"m = {m}, n_x = 5 (float64)" for m in (10, 20, 30)]


def test_on_a_terminal_an_activity_stands_beside_the_time_that_is_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal, clock = io.StringIO(), Clock()
    for module in (progress, time_bar):
        console = Console(file=terminal, force_terminal=True, width=80)
        monkeypatch.setattr(module, "Console", lambda console=console, **_: console)
    with activities(0, Deadline(clock, math.inf)) as tell:
        clock.now_s = 5
        tell("starting")
        clock.now_s = 20
        tell("implementations to compare: 1", 100.0)
        clock.now_s = 30
        tell("pair 2 of numba_fused")
    frames = Console(width=200).render_str(terminal.getvalue()).plain
    assert "0:30, 1:30 left" in frames
    assert "pair 2 of numba_fused" in frames
    assert capsys.readouterr().err == ""
