"""Output of `verify` in 80 columns: a row for each implementation, or each problem."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.console import Console

from gradrace.bench.results import ErrorOverBound
from gradrace.bench.subjects.rows import Row
from gradrace.bench.text import significant
from gradrace.bench.verification.judge import NO_GRADIENT
from gradrace.reports.text.verdicts import show, show_everything, verdict

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


Show = Callable[[Sequence[Row], Console], None]


def printed(*rows: Row, how: Show = show, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width)
    how(rows, console)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_everything_has_every_row_with_its_figures() -> None:
    text = printed(RIGHT, WRONG, SKIPPED, how=show_everything)
    line = next(line for line in text.splitlines() if line.startswith("python_loop"))
    assert line.split() == ["python_loop", "0.0010", "0.25", "0.0020", "15.9", "same"]
    assert "square, 33 × 33" in text
    assert next(line for line in text.splitlines() if line.startswith("half")).split()[1:4] == ["∞", "∞", "∞"]
    assert "skipped: slow on 'square' (float64): would take 30 s" in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("how", [show, show_everything])
def test_what_is_wrong_is_said_in_full_in_every_form(how: Show) -> None:
    text = printed(RIGHT, WRONG, SKIPPED, how=how)
    assert "wrong: half on 'square' (float64): changes X" in text
    assert "[red]raises[/red] an error" in text


def test_problems_with_the_same_fault_are_counted_once() -> None:
    text = printed(replace(WRONG, findings=("changes X",) * 3), replace(WRONG, problem="other"), how=show)
    assert "wrong: half on 'square' (float64) and 1 more: changes X" in text


@pytest.mark.parametrize("how", [show, show_everything])
def test_the_mistake_is_said_before_the_problems_that_show_it(how: Show) -> None:
    lines = printed(replace(WRONG, begins="right up to example 3"), how=how).splitlines()
    faults = [line for line in lines if line.startswith(("half: ", "wrong: "))]
    assert faults[0] == "half: right up to example 3"
    assert len(faults) == 3


def test_a_row_for_each_implementation_counts_what_is_right_and_skipped() -> None:
    single = replace(RIGHT, dtype="float32", same_bits=False, error_over_bound=ErrorOverBound(0.1, 0.5, 0.2))
    text = printed(RIGHT, single, replace(SKIPPED, impl="python_loop"), WRONG, SKIPPED, how=show)
    rows = [line.split() for line in text.splitlines() if line.startswith(("python_loop", "half", "slow"))]
    assert rows == [
        ["python_loop", "0.50", "1", "2", "of", "2", "1"],
        ["half", "∞", "0", "0", "of", "1"],
        ["slow", "—", "0", "0", "of", "0", "1"],
    ]
    assert "Skipped problems; --verbose prints the reasons." in text


def test_what_is_unavailable_is_named() -> None:
    text = printed(RIGHT, replace(SKIPPED, impl="jax_jit", m=0, n_x=0, skipped="unavailable: no jax"))
    assert "Unavailable: jax_jit; --verbose prints the reasons." in text
    assert "no jax" in printed(RIGHT, replace(SKIPPED, m=0, skipped="unavailable: no jax"), how=show_everything)


def test_where_all_is_right_it_takes_30_lines() -> None:
    rows = [
        replace(RIGHT, impl=f"implementation_{impl}", problem=str(problem), dtype=dtype)
        for problem in range(90)
        for impl in range(18)
        for dtype in ("float64", "float32")
    ]
    text = printed(*rows, SKIPPED, replace(SKIPPED, impl="jax_jit", m=0))
    assert len(text.splitlines()) <= 30
    assert max(map(len, text.splitlines())) <= 80


ROWS = st.builds(
    Row,
    impl=st.sampled_from(["python_loop", "numba_loop", "mine"]),
    problem=st.sampled_from(["square", "zeros"]),
    m=st.just(33),
    n_x=st.just(5),
    dtype=st.sampled_from(["float64", "float32"]),
    error_over_bound=st.none() | st.builds(ErrorOverBound, *[st.floats(0, 2)] * 3),
    same_bits=st.none() | st.booleans(),
    findings=st.sampled_from([(), ("changes X",)]),
)


@given(st.lists(ROWS, min_size=1))
def test_every_figure_of_the_short_table_is_that_of_the_rows(rows: list[Row]) -> None:
    rows = [row if row.error_over_bound else replace(row, skipped="slow", findings=()) for row in rows]
    table = {line.split()[0]: line for line in printed(*rows).splitlines() if " of " in line and "wrong" not in line}
    for impl in {row.impl for row in rows}:
        tried = [row for row in rows if row.impl == impl and row.error_over_bound]
        right = sum(not row.findings for row in tried)
        assert f" {right} of {len(tried)}" in table[impl]
        if tried:
            worst = max(row.error_over_bound.worst for row in tried)
            assert f" {significant(worst, 2)} " in table[impl]


def test_the_verdict_is_a_sentence() -> None:
    assert verdict([RIGHT, SKIPPED]) == "python_loop is right on 1 problem: error / bound is at most 0.25."
    assert verdict([SKIPPED]) == "No implementation was verified."
    twice = [RIGHT, replace(RIGHT, impl="numba_loop"), replace(RIGHT, problem="zeros")]
    assert (
        verdict(twice)
        == "All 2 implementations are right on all of their 1 to 2 problems: error / bound is at most 0.25."
    )
    assert verdict([RIGHT, WRONG]) == ("Wrong: half; the lines above name the faults. 1 is right on all problems.")


def test_bits_are_told_only_where_there_are_some_to_compare_with() -> None:
    alone = replace(RIGHT, same_bits=None)
    for rows, told in (([RIGHT, alone], True), ([alone], False)):
        console = Console(file=io.StringIO(), width=80)
        show_everything(rows, console)
        assert (" bits" in console.file.getvalue()) is told


def test_alike_findings_are_told_once() -> None:
    others = [replace(WRONG, problem=f"problem {number}", findings=(f"J is {number}.5e+3",)) for number in range(5)]
    console = Console(file=io.StringIO(), width=80)
    show([*others, replace(WRONG, findings=("changes X",))], console)
    text = console.file.getvalue()
    assert "wrong: half on 'problem 0' (float64) and 4 more: J is 0.5e+3" in text
    assert text.count("wrong: ") == 2


def test_what_returned_nothing_failed_and_is_not_called_wrong() -> None:
    unloaded = replace(WRONG, impl="broken", problem="all", m=0, n_x=0, findings=("SyntaxError while importing",))
    died = replace(WRONG, impl="deadly", findings=("its process was killed by SIGSEGV",), failed=True)
    text = " ".join(printed(unloaded, died, RIGHT).split())
    assert "failed: broken: SyntaxError while importing failed: deadly on 'square' (float64): its process" in text
    assert "∞" not in printed(unloaded)  # a table of what was verified has nothing to show
    assert verdict([unloaded, died, RIGHT]).startswith("Failed: broken and deadly; the lines above name the faults. 1")
    assert verdict([unloaded, WRONG]) == "Wrong: half; failed: broken; the lines above name the faults."


def test_the_heads_of_the_totals_take_one_line() -> None:
    heads = next(line for line in printed(RIGHT, WRONG).splitlines() if line.startswith("implementation"))
    assert heads.split() == ["implementation", "error", "/", "bound", "same", "bits", "right"]
