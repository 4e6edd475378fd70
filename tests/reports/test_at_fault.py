"""Every form of a report begins with the implementations that are wrong or failed, and then their reasons."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import pytest
from rich.console import Console

from gradrace.bench.results import Results
from gradrace.notebook import Raced
from gradrace.reports.analysis.analysis import Analysis
from gradrace.reports.page.page_data import page_data
from gradrace.reports.report import render
from gradrace.reports.text import terminal

WRONG, FAILED = "Wrong gradient, so not timed: numpy_blocked.", "Failed, so not timed: numba_parallel (at 1 size)."


@pytest.fixture
def faulty(results: Results) -> Analysis:
    return Analysis(results, rivals=["numba_loop"])


@pytest.mark.parametrize("how", [terminal.show, terminal.show_headline])
def test_on_a_terminal(faulty: Analysis, how: Callable[[Analysis, Console], None]) -> None:
    console = Console(file=StringIO(), width=80)
    how(faulty, console)
    assert console.file.getvalue().splitlines()[:2] == [WRONG, FAILED]


def test_where_a_terminal_shows_everything_and_ends_with_the_answer(faulty: Analysis) -> None:
    console = Console(file=StringIO(), width=80)
    terminal.show_everything(faulty, console)
    words = " ".join(console.file.getvalue().split())
    assert words.endswith(" ".join([WRONG, FAILED, *faulty.answers, *faulty.summary()]))


def test_in_markdown(faulty: Analysis) -> None:
    heading, answer, lines = render(faulty, {}).split("\n\n")[:3]
    assert (heading, answer) == ("# gradrace", f"**{WRONG}**")
    starts = ["- wrong: numpy_blocked (verify)", "- failed: numba_parallel at m = 1000", f"- {FAILED}"]
    assert all(line.startswith(start) for line, start in zip(lines.splitlines(), starts, strict=False))


def test_on_the_page_beside_other_runs_and_in_a_notebook(faulty: Analysis, results: Results) -> None:
    page = page_data([faulty])
    assert (page["headline"], page["sentences"][0]) == (WRONG, FAILED)
    assert f"): {WRONG} {FAILED} At m = 1000, n_x = 100 vectorizing" in faulty.answer
    first, second, *why, _, answer = repr(Raced(results)).partition("\nNoise")[0].splitlines()
    assert (first, second) == (WRONG, FAILED)
    assert [line.partition(" at ")[0].partition(" (")[0] for line in why] == [
        "wrong: numpy_blocked",
        "failed: numba_parallel",
    ]
    assert answer.startswith("At m = 1000")
