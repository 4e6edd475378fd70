"""The terminal's report fits 80 columns, with colour and without, and begins with the answer."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from msgspec.structs import replace
from rich.console import Console

from gradrace.bench.results import Absence, Cell, Results
from gradrace.bench.results_file import read, write
from gradrace.bench.text import duration
from gradrace.reports.analysis.analysis import Analysis
from gradrace.reports.analysis.grids import MOST_GLANCED, STAR
from gradrace.reports.analysis.headline import NO_LOOP
from gradrace.reports.analysis.tables import tidy
from gradrace.reports.page.page_data import page_data
from gradrace.reports.report import render
from gradrace.reports.text.terminal import MOST_ANSWERS, show, show_everything, show_headline
from tests.reports.test_one_winner import CASES, QUICK
from tests.results import results_of

MOST_LINES = 25 - 2
"""Lines of a terminal that a report may take, without the two that say where it is."""

Show = Callable[[Analysis, Console], None]


def printed(results: Results, width: int = 80, how: Show = show, **asked: object) -> str:
    out = io.StringIO()
    how(Analysis(results, **asked), Console(file=out, width=width))
    return out.getvalue()


@pytest.mark.parametrize("how", [show, show_headline, show_everything])
def test_every_line_fits_and_nothing_is_cut(results: Results, how: Show) -> None:
    lines = printed(results, how=how).splitlines()
    assert max(map(len, lines)) <= 80
    assert not any("…" in line for line in lines)


def test_the_tables_hold_times_intervals_and_speed_ups(results: Results) -> None:
    row = next(tidy(results).itertuples())
    lines = printed(results, how=show_everything).splitlines()
    line = next(line for line in lines if line.startswith(row.impl))
    assert line.split()[:4] == [row.impl, "*", f"{row.median_s * 1e6:.2f}", "µs"]
    assert f"{row.speedup:.1f}×" in line


def test_everything_lists_what_is_absent_with_the_reason_and_ends_with_the_answer(results: Results) -> None:
    words = " ".join(printed(results, how=show_everything).split())
    assert "skipped: python_loop at m = 100,000, n_x = 100 (plan): a call would take 0.7 s" in words
    assert "failed: numba_parallel at m = 1000, n_x = 12,288 (race): killed by SIGSEGV" in words
    assert "unavailable: jax_jit (import): No module named 'jax'; pip install gradrace[jax]" in words
    assert words.endswith(" ".join(Analysis(results).headline))


def test_the_answer_comes_first_then_one_table_then_what_is_wrong_and_what_is_not_shown(results: Results) -> None:
    words = " ".join(printed(results).split())
    run = Analysis(results)
    assert words.startswith(" ".join([*run.at_fault, *run.summary(most=1)]))
    assert run.at_fault[0].startswith("Wrong gradient, so not timed: ")
    assert run.summary(most=1)[1].startswith("Noise: ")
    assert words.count("1000 × 100") == words.count("209 × 12,288") == 1
    rest = words.partition("* fastest, or may be within 5 % of it. Limit: reading.")[2].split(" In report.md: ")
    assert rest == [
        (
            " wrong: numpy_blocked (verify): dw is 4.2e+10 times the bound from the oracle "
            "failed: numba_parallel at m = 1000, n_x = 12,288 (race): killed by SIGSEGV"
        ),
        "7 more sizes, 1 skipped, 1 unavailable.",
    ]


def test_the_headline_alone_is_the_answer_and_what_is_wrong(results: Results) -> None:
    words = " ".join(printed(results, how=show_headline).split())
    assert words.startswith(Analysis(results).headline[0])
    assert "In the slide's own case" in words
    assert "wrong: numpy_blocked (verify): dw is" in words
    assert "Noise" not in words
    assert "─" not in words


@pytest.mark.parametrize("models", [6, 30])
def test_many_implementations_leave_the_main_ones_in_a_short_table(make: Callable[..., Results], models: int) -> None:
    names = {f"fast_{n}": ("compiled", 1e-6, 0.0, 1e-10 * (n + 1)) for n in range(models)}
    main = {"python_loop": ("loop", 1e-6, 6e-7, 6e-8), "numpy_vectorized": ("vectorized", 2e-5, 0.0, 3e-10)}
    text = printed(make(models=main | names, absences=()))
    rows = [line.split()[0] for line in text.splitlines() if line.startswith(("fast_", "numpy_", "python_"))]
    assert len(rows) == MOST_GLANCED
    assert {*rows} >= {*main, "fast_0"}
    assert f"{models + 2 - MOST_GLANCED} more implementation" in text
    assert len(text.splitlines()) <= MOST_LINES


def test_what_was_asked_comes_first(results: Results) -> None:
    run = Analysis(results, rivals=["numba_loop"])
    words = " ".join(printed(results, rivals=["numba_loop"]).split())
    assert words.startswith(" ".join([*run.at_fault, *run.answers[:MOST_ANSWERS], *run.summary(most=1)]))
    assert all(line.partition(" at ")[2].startswith("m = 1000, n_x = 100 ") for line in run.answers[:MOST_ANSWERS])
    assert f"{len(run.answers) - MOST_ANSWERS} more answers" in words
    told = render(run, {})
    assert all(f"- {line}" in told for line in run.answers)
    alone = printed(results, how=show_headline, rivals=["numba_loop"])
    assert " ".join(alone.split()).startswith(" ".join([*run.at_fault, run.answers[0]]))


@pytest.mark.parametrize("how", [show, show_headline, show_everything])
def test_a_comparison_with_another_implementation_does_not_miss_the_loop(results: Results, how: Show) -> None:
    kept = [one for one in results.measurements if one.impl != "python_loop"]
    without = replace(results, measurements=kept)
    for rivals, missed in (([], True), (["numba_loop"], False)):
        words = " ".join(printed(without, how=how, rivals=rivals).split())
        assert (", the slowest; the slide's loop (python_loop) was not measured." in words) is missed
        assert NO_LOOP not in words


def test_a_run_that_is_repeated_is_shown_there_and_here(results: Results) -> None:
    text = printed(results, theirs=results)
    assert "The repeated run (there) and this one (here)" in text
    assert text.count("1000 × 100") == 1
    assert "209 × 12,288, float64" not in text
    assert "209 × 12,288, float64" in render(Analysis(results, theirs=results), {})


@pytest.mark.parametrize(("all_s", "told"), [(65.0, ""), (81.0, "It took 81 s instead of 60 s: starting took 30 s")])
def test_a_run_that_took_longer_than_its_budget_says_why(results: Results, all_s: float, told: str) -> None:
    late = replace(results, seconds={"starting": 30.0, "all": all_s})
    assert told in printed(late)
    assert ("It took" in printed(late)) is bool(told)


@pytest.mark.parametrize(
    ("outcome", "step"),
    [("skipped", "Next: a larger --budget measures"), ("unavailable", "Next: `gradrace explain"), ("failed", "")],
)
def test_one_next_step_fits_what_happened(make: Callable[..., Results], outcome: str, step: str) -> None:
    absence = Absence(impl="mine", outcome=outcome, stage="plan", message="so", cell=Cell(10, 10))
    cells = [Cell(10, 10), Cell(20, 10)]
    quiet = make(cells=cells, absences=())
    still = [replace(one, samples_s=[min(one.samples_s)] * len(one.samples_s)) for one in quiet.measurements]
    quiet = replace(quiet, measurements=still, absences=[absence])
    assert ("Next: " in printed(quiet)) is bool(step)
    assert step in printed(quiet)
    late = [Absence(impl=name, outcome="skipped", stage="start", message="so") for name in ("b", "a")]
    told = printed(replace(quiet, absences=[absence, *late]))
    assert ("Next: a larger --budget also starts a and b." in told) is (outcome != "failed")
    unsure = replace(quiet, measurements=make(cells=cells).measurements, options={"precision": 1e-6})
    assert printed(unsure).count("Next: less noise") == (outcome != "failed")
    both = " ".join(printed(replace(unsure, absences=[*unsure.absences, *late])).split())
    assert ("also starts a and b; less noise (`gradrace doctor`)" in both) is (outcome != "failed")


def figures(text: str) -> set[str]:
    """Every number in a text, with what stands at it: 1.23, 45×."""
    return {*re.findall(r"\d[\d.,]*(?:e[-+]\d+)?×?", text)}


def told_medians(run: Analysis) -> set[tuple[str, Cell, str]]:
    """The implementations, cells and medians of the table on the terminal."""
    places = [2] if len(run.told) == 1 else [1, 4]
    found = [
        (row[0], cell, row[at].lstrip("*"))
        for row in run.glance.rows
        for at, cell in zip(places, run.told, strict=True)
    ]
    return {one for one in found if one[2][0].isdigit()}


def page_medians(page: Mapping[str, Any]) -> set[tuple[str, Cell, str]]:
    """Return implementation, cell and median of all rows of the page."""
    rows = [dict(zip(one["columns"], row, strict=True)) for one in page["settings"] for row in one["rows"]]
    names = [one["name"] for one in page["impls"]]
    return {(names[row["impl"]], Cell(row["m"], row["n_x"]), duration(row["median_s"])) for row in rows}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(2.1549e-6, "2.15 µs"), (130.500246e-6, "131 µs"), (130.5e-6, "131 µs"), (2.155e-6, "2.16 µs")],
)
def test_a_figure_that_is_rounded_twice_is_the_same(make: Callable[..., Results], seconds: float, words: str) -> None:
    exact = make(cells=[Cell(10, 10)], absences=())
    ones = [replace(one, samples_s=[seconds * (1 + k)] * 6) for k, one in enumerate(exact.measurements)]
    run = Analysis(replace(exact, measurements=ones))
    assert words in {shown for *_, shown in told_medians(run)}
    assert told_medians(run) <= page_medians(page_data([run]))


@settings(QUICK, max_examples=20)
@given(results=CASES["results"])
def test_every_figure_is_the_reports_and_the_lines_are_few(results: Results) -> None:
    with TemporaryDirectory() as folder:
        write(Path(folder) / "results.json", results)
        run = Analysis(read(Path(folder) / "results.json"))
    text, report, page = printed(run.results), render(run, {}), page_data([run])
    assert len(text.splitlines()) <= MOST_LINES
    assert max(map(len, text.splitlines())) <= 80
    words = " ".join(text.partition("In report.md: ")[0].split())
    brief = [*run.at_fault, *run.summary(most=1)]
    assert words.startswith(" ".join(brief))
    assert {*brief} <= {*run.headline}
    assert {*brief} <= {page["headline"], *page["sentences"]}
    assert figures(words) <= figures(report)
    told = told_medians(run)
    assert told <= page_medians(page)
    assert told <= {(one.impl, one.cell, duration(median(one.samples_s))) for one in run.results.measurements}


def test_only_a_colour_terminal_gets_escapes(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    def shown() -> str:
        out = io.StringIO()
        show(Analysis(results), Console(file=out, width=80, force_terminal=True))
        return out.getvalue()

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" in shown()
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b[" not in shown()


@pytest.mark.parametrize("how", [show, show_everything])
@pytest.mark.parametrize("width", [80, 70])
def test_names_give_way_to_figures_where_the_width_is_short(
    make: Callable[..., Results], width: int, how: Show
) -> None:
    name = "an_implementation_with_a_rather_long_name"
    lines = printed(
        make(
            models={
                "numpy_vectorized": ("vectorized", 1e-5, 0, 1e-9),
                "python_loop": ("loop", 1e-5, 0, 6e-8),
                name: ("x", 0.5, 0, 0),  # three samples only
            }
        ),
        width,
        how,
    ).splitlines()
    assert max(map(len, lines)) <= width
    cut = [line for line in lines if line.startswith("an_") and "…" in line]
    assert any("×" in line for line in cut)
    assert any("(75 %)" in line for line in cut) is (how is show_everything)
    assert all(line.split()[0].endswith("…") and line.count("…") == 1 for line in cut)


def test_a_narrow_table_marks_the_fastest_before_it_loses_a_column(make: Callable[..., Results]) -> None:
    results = make(cells=[Cell(10, 100)], absences=())
    lines = {width: printed(results, width, show_everything).splitlines() for width in (90, 80, 78, 70)}
    heads = {width: next(line for line in its if "implementation" in line).split() for width, its in lines.items()}
    assert {width: its.count("interval") for width, its in heads.items()} == {90: 2, 80: 2, 78: 2, 70: 1}
    fastest = {
        width: next(line for line in its if line.startswith("numba_loop")).split() for width, its in lines.items()
    }
    assert {width: its[1] for width, its in fastest.items()} == {90: "fastest", 80: "fastest", 78: "*", 70: "*"}
    explained = {width: STAR in " ".join(" ".join(its).split()) for width, its in lines.items()}
    assert explained == {90: False, 80: False, 78: True, 70: True}


@pytest.mark.parametrize("width", [70, 60, 50, 40, 30])
@pytest.mark.parametrize("how", [show, show_everything])
def test_a_narrower_terminal_shows_fewer_columns_and_whole_names(results: Results, width: int, how: Show) -> None:
    """Names were cut to one letter, and each row took several lines."""
    lines = printed(results, width, how).splitlines()
    assert max(map(len, lines)) <= width
    rows = [line for line in lines if line.startswith("numpy_vectorized") and re.search(r"[µm]s\b", line)]
    assert len(rows) >= 1
    assert any(line.split()[0] == "implementation" for line in lines if line.strip())


def test_a_hostile_name_sends_nothing_to_the_terminal(make: Callable[..., Results]) -> None:
    text = printed(make(models={"\x1b]0;title\x07[bold]x[/bold]\r": ("\x1b[31m", 1e-3, 0, 0)}, absences=()))
    assert not {"\x1b", "\x07", "\r"} & {*text}
    assert "[bold]x[/bold]" in text


def test_an_empty_run_says_so() -> None:
    assert "Nothing was measured." in printed(results_of())


def test_a_run_that_measured_nothing_names_no_more_sizes(results: Results) -> None:
    """Its report holds no table from which sizes could be missing."""
    failed = [Absence(impl="a", outcome="failed", stage="race", message="no", cell=Cell(m, 3)) for m in (10, 20)]
    text = printed(replace(results, measurements=[], absences=failed))
    assert "Nothing was measured." in text
    assert "In report.md" not in text
