"""The table of `verify` in 80 columns."""

from __future__ import annotations

import io

from msgspec.structs import replace
from rich.console import Console

from gradrace.bench.results import ErrorOverBound
from gradrace.bench.verification.judge import NO_GRADIENT
from gradrace.bench.verify import Row
from gradrace.reports.text.verdicts import show, verdict

RIGHT = Row(
    impl="python_loop",
    problem="square",
    m=33,
    n_x=33,
    dtype="float64",
    error_over_bound=ErrorOverBound(0.001, 0.25, 0.002),
    digits=15.9,
    same_bits=True,
)
WRONG = Row(
    impl="half",
    problem="square",
    m=33,
    n_x=33,
    dtype="float64",
    error_over_bound=NO_GRADIENT,
    digits=0.0,
    same_bits=False,
    findings=("changes X", "[red]raises[/red] an error"),
)
SKIPPED = Row(impl="slow", problem="square", m=33, n_x=33, dtype="float64", skipped="would take 30 s")


def printed(*rows: Row) -> str:
    console = Console(file=io.StringIO(), width=80)
    show(rows, console)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_every_row_is_there_with_its_figures() -> None:
    text = printed(RIGHT, WRONG, SKIPPED)
    line = next(line for line in text.splitlines() if line.startswith("python_loop"))
    assert line.split() == ["python_loop", "0.0010", "0.25", "0.0020", "15.9", "same"]
    assert "square, 33 × 33" in text
    assert next(line for line in text.splitlines() if line.startswith("half")).split()[1:4] == ["∞", "∞", "∞"]
    assert max(map(len, text.splitlines())) <= 80


def test_what_is_wrong_or_skipped_is_said_in_words() -> None:
    text = printed(RIGHT, WRONG, SKIPPED)
    assert "wrong: half on 'square' (float64): changes X" in text
    assert "[red]raises[/red] an error" in text
    assert "skipped: slow on 'square' (float64): would take 30 s" in text


def test_the_summary_counts_what_is_right() -> None:
    summary = printed(RIGHT, WRONG, SKIPPED).split("In all")[1]
    assert "python_loop" in summary
    assert "1 of 1" in summary
    assert "0 of 1" in summary
    assert "slow" not in summary


def test_the_verdict_is_a_sentence() -> None:
    assert verdict([RIGHT, SKIPPED]) == "python_loop is right on 1 problem: error / bound is at most 0.25."
    assert verdict([SKIPPED]) == "Nobody was tried."
    twice = [RIGHT, replace(RIGHT, impl="numba_loop"), replace(RIGHT, problem="zeros")]
    assert verdict(twice) == "All 2 implementations are right on 2 problems: error / bound is at most 0.25."
    assert verdict([RIGHT, WRONG]) == ("Wrong: half; the lines above say what, and where. 1 is right on all problems.")


def test_bits_are_told_only_where_there_are_some_to_compare_with() -> None:
    alone = replace(RIGHT, same_bits=None)
    for rows, told in (([RIGHT, alone], True), ([alone], False)):
        console = Console(file=io.StringIO(), width=80)
        show(rows, console)
        assert (" bits" in console.file.getvalue()) is told


def test_alike_findings_are_told_once() -> None:
    others = [replace(WRONG, problem=f"problem {number}", findings=(f"J is {number}.5e+3",)) for number in range(5)]
    console = Console(file=io.StringIO(), width=80)
    show([*others, replace(WRONG, findings=("changes X",))], console)
    text = console.file.getvalue()
    assert "wrong: half on 'problem 0' (float64) and 4 more: J is 0.5e+3" in text
    assert text.count("wrong: ") == 2
