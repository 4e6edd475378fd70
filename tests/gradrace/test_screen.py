"""Tests of a terminal's screen: no text is garbled or cut at any moment, and the progress bar leaves no remains."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace
from rich.console import Console

from gradrace.bench.paths import ROOT
from gradrace.bench.results_file import read, write
from gradrace.reports.analysis.analysis import Analysis
from gradrace.reports.text.terminal import show
from tests.gradrace.front_door import gradrace
from tests.gradrace.screen import watch
from tests.reports.conftest import made_up

BAR, ENDS = "━", ("━", "╸", "╺")
"""Characters of a progress bar, and those that may begin its line."""

WIDTHS = pytest.mark.parametrize("columns", [80, 120])
pytestmark = pytest.mark.slow


def whole(lines: list[str]) -> None:
    """The bar begins the last line, if it is shown at all."""
    assert not any(BAR in line for line in lines[:-1]), lines
    assert BAR not in lines[-1] or lines[-1].startswith(ENDS), lines


def watched(tmp_path: Path, columns: int, *words: str, root: Path = ROOT) -> list[str]:
    """The lines that a command leaves in a terminal, once it was whole at every moment and had a bar."""
    bars: list[str] = []

    def each(lines: list[str]) -> None:
        whole(lines)
        bars.extend([lines[-1]] * lines[-1].startswith(ENDS))

    status, lines = watch(words, columns, tmp_path, each, root)
    assert status == 0, lines
    assert bars
    assert not any(BAR in line for line in lines)
    return lines


@WIDTHS
def test_a_run_prints_its_report_at_most_25_lines_long(tmp_path: Path, columns: int) -> None:
    words = ("--m", "10,100", "--nx", "100", "--impl", "python_loop,numpy_vectorized,numba_loop")
    lines = watched(tmp_path, columns, "run", *words, "--budget", "30", "--out", "out")
    out = io.StringIO()
    show(Analysis(read(tmp_path / "out" / "results.json")), Console(file=out, width=columns))
    report = [
        *(line.rstrip() for line in out.getvalue().splitlines()),
        "Report: out/report.md",
        "Page:   out/index.html",
    ]
    assert lines[-len(report) :] == report
    assert len(report) <= 25
    before = lines[: -len(report)]
    assert not before or before[0].startswith("warning: ")


@WIDTHS
def test_verify_prints_what_it_prints_elsewhere(tmp_path: Path, columns: int) -> None:
    words = ("verify", "--quick", "--impl", "python_loop,numba_loop")
    elsewhere = gradrace(*words, cwd=tmp_path, COLUMNS=str(columns)).stdout.splitlines()
    assert watched(tmp_path, columns, *words) == [line.rstrip() for line in elsewhere]
    assert len(elsewhere) <= 30


@pytest.mark.parametrize(
    ("columns", "names"), [(80, "numpy_vectorized"), (80, "numpy_vectorized,numba_loop"), (120, "numpy_vectorized")]
)
def test_costs_of_a_training_stand_above_the_bar(tmp_path: Path, columns: int, names: str) -> None:
    words = ("train", "--data", "breast_cancer", "--scale", "standardize", "--iterations", "300", "--impl", names)
    lines = watched(tmp_path, columns, *words, "--out", f"a_folder_{'with_a_long_name' * 6}")
    elsewhere = gradrace(*words, cwd=tmp_path).stdout.splitlines()
    told = ("m_train", "iteration", "train accuracy  ", "train precision", "train cost", "  malignant", "  benign")
    costs = [line for line in elsewhere if line.startswith(told)]
    assert len(costs) == 10
    assert [line for line in lines if line.startswith(told)] == costs
    assert "".join(lines).endswith("/index.html")


@pytest.mark.parametrize(
    "command",
    [
        "compare runs/1 runs/2",
        "history runs --out site",
        "report runs/1 runs/2 --out beside",
        "run --impl numpy_vectorised",
        "predict no_such_model.npz photo.jpg",
        "make X.npy --m 20 --nx 3",
    ],
)
def test_words_are_whole_and_the_same_as_elsewhere(tmp_path: Path, command: str) -> None:
    """A terminal breaks long lines between words; a pipe gets them unbroken."""
    made = made_up()
    for run in ("1", "2", "3"):
        (tmp_path / "runs" / run).mkdir(parents=True)
        write(tmp_path / "runs" / run / "results.json", replace(made, datetime=f"2026-11-0{run}T12:00:00+00:00"))
    elsewhere = gradrace(*command.split(), cwd=tmp_path)
    for path in (tmp_path / "site", tmp_path / "beside"):
        shutil.rmtree(path, ignore_errors=True)
    for file in tmp_path.glob("X*.npy"):
        file.unlink()
    status, lines = watch(tuple(command.split()), 80, tmp_path, whole)
    assert status == elsewhere.returncode
    assert "\n".join(lines).split() == (elsewhere.stdout + elsewhere.stderr).split()


def test_what_was_decided_is_broken_between_words(tmp_path: Path) -> None:
    names = [f"a_category_{place}" for place in range(9)]
    rows = [",".join([*("xyz"[(row + place) % 3] for place in range(9)), str(row % 2)]) for row in range(30)]
    (tmp_path / "a.csv").write_text("\n".join([",".join([*names, "a\x1b[31mclass"]), *rows]))
    for words in (
        ("train", "a.csv", "--iterations", "5"),
        ("verify", "--quick", "--impl", "numpy_vectorized", "--data"),
    ):
        lines = watched(tmp_path, 80, *words, *(["a.csv"] if words[-1] == "--data" else []))
        told = " ".join(lines)
        assert "columns of 0 and 1 for each value of a_category_0 (3 values), a_category_1 (3 values)," in told
        assert "(a [31mclass" not in told
        assert all(line.count("a_category_") * len("a_category_0") <= len(line) for line in lines)


def test_a_garbled_screen_is_seen() -> None:
    whole(["iteration 0  cost 0.693147", f"{BAR * 20} 0:03 iteration 100"])
    for garbled in ([f"{BAR * 20} 0:03iteration 0", "more"], ["2/6 ━━ 0:03"], [f"{BAR * 20} 0:03", f"{BAR * 20} 0:04"]):
        with pytest.raises(AssertionError):
            whole(garbled)
