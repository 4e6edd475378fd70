"""The bar of the time: as full as time has gone by, on a simulated clock."""

from __future__ import annotations

import io
import math

import pytest
from rich.console import Console

from gradrace.bench.timing import Deadline
from gradrace.reports.text import time_bar as module
from gradrace.reports.text.time_bar import TimeBar, clock_face, time_bar
from tests.bench.simulated import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


def shown(bar: TimeBar, clock: Clock, now_s: float) -> tuple[float | None, str]:
    """How full the bar is, and what stands beside it."""
    clock.now_s = now_s
    list(bar.get_renderables())
    (task,) = bar.tasks
    return None if task.total is None else round(
        task.completed / task.total, 6
    ), f"{task.fields['times']}: {task.description}"


def test_it_moves_by_itself_and_an_earlier_end_is_believed(clock: Clock) -> None:
    bar = TimeBar(0, Deadline(clock, 60e9), Console(file=io.StringIO()))
    assert shown(bar, clock, 6) == (0.1, "0:06, 0:54 left: starting")
    bar.tell("reading the data")
    assert shown(bar, clock, 15) == (0.25, "0:15, 0:45 left: reading the data")
    bar.tell("to iteration 100", 5.0)
    assert shown(bar, clock, 15) == (0.75, "0:15, 0:05 left: to iteration 100")
    bar.tell("drawing")
    assert shown(bar, clock, 20) == (1.0, "0:20, finishing: drawing")


def test_nobody_expects_more_than_the_budget_and_without_one_nothing_at_first(clock: Clock) -> None:
    bar = TimeBar(0, Deadline(clock, 60e9), Console(file=io.StringIO()))
    bar.tell("comparing", 500.0)
    assert shown(bar, clock, 30) == (0.5, "0:30, 0:30 left: comparing")
    endless = TimeBar(0, Deadline(clock, math.inf), Console(file=io.StringIO()))
    assert shown(endless, clock, 30) == (None, "0:30: starting")
    endless.tell("iteration 100", 10.0)
    assert shown(endless, clock, 30) == (0.75, "0:30, 0:10 left: iteration 100")


def test_it_fits_80_columns_and_is_shown_on_a_terminal_only(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with time_bar(0, Deadline(clock, 60e9)) as bar:
        bar.tell("reading the data", 3.0)
        bar.console.print("a line")
    assert capsys.readouterr() == ("a line\n", "")
    terminal = io.StringIO()
    with TimeBar(0, Deadline(clock, 3600e9), Console(file=terminal, force_terminal=True, width=80)) as bar:
        bar.tell(f"starting and verifying {', '.join(['numba_parallel'] * 9)}")
        bar.refresh()
    frames = Console(width=200).render_str(terminal.getvalue()).plain.replace("\r", "\n").splitlines()
    assert any("starting and verifying numba_parallel" in frame for frame in frames)


@pytest.mark.parametrize(("seconds", "face"), [(0.4, "0:00"), (7, "0:07"), (754, "12:34"), (3661, "1:01:01")])
def test_a_clock_shows_seconds(seconds: float, face: str) -> None:
    assert clock_face(seconds) == face


def test_what_goes_to_a_file_is_not_drawn_into_the_terminal(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    out = io.StringIO()
    monkeypatch.setattr(module.sys, "stdout", out)
    with TimeBar(0, Deadline(clock, 60e9), Console(file=io.StringIO(), force_terminal=True)):
        print("iteration 0  cost 0.693147")
    assert out.getvalue() == "iteration 0  cost 0.693147\n"
