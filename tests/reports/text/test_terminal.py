"""The terminal's report fits 80 columns, with colour and without, and ends with the answer."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.console import Console

from gradrace.bench.results import Cell, Results
from gradrace.reports.analysis.analysis import Analysis
from gradrace.reports.analysis.tables import tidy
from gradrace.reports.text.terminal import MAX_SECTIONS, show


def printed(results: Results, width: int = 80) -> str:
    out = io.StringIO()
    show(results, Console(file=out, width=width))
    return out.getvalue()


def test_every_line_fits_and_nothing_is_cut(results: Results) -> None:
    lines = printed(results).splitlines()
    assert max(map(len, lines)) <= 80
    assert not any("…" in line for line in lines)


def test_the_tables_hold_times_intervals_and_speed_ups(results: Results) -> None:
    row = next(tidy(results).itertuples())
    line = next(line for line in printed(results).splitlines() if line.startswith(row.impl))
    assert line.split()[:4] == [row.impl, "*", f"{row.median_s * 1e6:.2f}", "µs"]
    assert f"{row.speedup:.1f}×" in line


def test_what_is_absent_is_listed_with_the_reason(results: Results) -> None:
    words = " ".join(printed(results).split())
    assert "skipped: python_loop at m = 100,000, n_x = 100 (plan): a call would take 0.7 s" in words
    assert "failed: numba_parallel at m = 1000, n_x = 12,288 (race): killed by SIGSEGV" in words
    assert "unavailable: jax_jit (import): No module named 'jax'; pip install gradrace[jax]" in words


def test_the_answer_comes_last(results: Results) -> None:
    words = " ".join(printed(results).split())
    assert words.endswith(" ".join(Analysis(results).headline))
    assert Analysis(results).headline[1].startswith("Noise: of 9 cells ")


def test_only_a_colour_terminal_gets_escapes(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    def shown() -> str:
        out = io.StringIO()
        show(results, Console(file=out, width=80, force_terminal=True))
        return out.getvalue()

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" in shown()
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b[" not in shown()


@pytest.mark.parametrize("width", [80, 70])
def test_names_give_way_to_figures_where_the_width_is_short(make: Callable[..., Results], width: int) -> None:
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
    ).splitlines()
    assert max(map(len, lines)) <= width
    cut = [line for line in lines if line.startswith("an_") and "…" in line]
    assert any("×" in line for line in cut)
    assert all(line.split()[0].endswith("…") and line.count("…") == 1 for line in cut)
    assert all(line.count("(75 %)") == 1 for line in cut if "×" in line)


def test_a_narrow_table_marks_the_fastest_before_it_loses_a_column(make: Callable[..., Results]) -> None:
    results = make(cells=[Cell(10, 100)], absences=())
    lines = {width: printed(results, width).splitlines() for width in (90, 80, 78, 70)}
    heads = {width: next(line for line in its if "implementation" in line).split() for width, its in lines.items()}
    assert {width: its.count("interval") for width, its in heads.items()} == {90: 2, 80: 2, 78: 2, 70: 1}
    fastest = {width: next(line for line in its if "numba_loop" in line).split() for width, its in lines.items()}
    assert {width: its[1] for width, its in fastest.items()} == {90: "fastest", 80: "fastest", 78: "*", 70: "*"}


def test_a_hostile_name_sends_nothing_to_the_terminal(make: Callable[..., Results]) -> None:
    text = printed(make(models={"\x1b]0;title\x07[bold]x[/bold]\r": ("\x1b[31m", 1e-3, 0, 0)}, absences=()))
    assert not {"\x1b", "\x07", "\r"} & {*text}
    assert "[bold]x[/bold]" in text


def test_a_grid_of_many_slices_is_cut_short(make: Callable[..., Results]) -> None:
    cells = [Cell(m, n_x) for m in (1, 2, 3, 4, 5) for n_x in (1, 2, 3, 4)]
    text = printed(make(cells=cells, absences=()))
    assert text.count("Against ") == MAX_SECTIONS
    assert f"{9 - MAX_SECTIONS} more tables are in report.md" in text


def test_an_empty_run_says_so() -> None:
    assert "Nothing was measured." in printed(Results(measurements=[], absences=[], machine={}, commit={}, datetime=""))
