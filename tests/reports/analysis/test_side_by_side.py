"""Several results side by side: in tables, in the tidy table, on the page."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pandas as pd
import pytest

from gradrace.bench.results import Cell
from gradrace.bench.results_file import write
from gradrace.reports.analysis.analysis import analyses
from gradrace.reports.analysis.side_by_side import side_by_side
from gradrace.reports.page.page_data import page_data
from gradrace.reports.report import write_side_by_side
from gradrace.reports.text.terminal import show_side_by_side
from tests.gradrace.front_door import gradrace

CELLS = [Cell(100, 100), Cell(1000, 100), Cell(10, 10)]


@pytest.fixture
def several(make):
    slower = {"python_loop": ("loop", 1e-6, 0.0, 130e-9), "numba_loop": ("compiled", 1e-6, 0.0, 2e-9)}
    return [
        make(cells=CELLS, absences=()),
        make(models=slower, cells=[*CELLS[:2], Cell(1000, 100, "float32")], absences=()),
    ]


def test_a_table_for_each_size_that_two_have(several):
    grids = side_by_side(analyses(several))
    assert [grid.title for grid in grids] == [
        "Side by side at m = 1000, n_x = 100",
        "Side by side at m = 100, n_x = 100",
    ]
    heads, rows = grids[0].heads, grids[0].rows
    assert heads[1:] == ["A\nfloat64\n1 thread", "B\nfloat32\n1 thread", "B\nfloat64\n1 thread"]
    loop = next(row for row in rows if row[0] == "python_loop")
    assert [word.split()[1] for word in loop[1:]] == ["ms"] * 3
    assert float(loop[3].split()[0]) / float(loop[1].split()[0]) == pytest.approx(2, rel=0.2)
    assert next(row for row in rows if row[0] == "numpy_columns")[2:] == ["—", "—"]


def test_report_page_and_tidy_table_hold_all_of_them(several, tmp_path: Path):
    written = write_side_by_side(analyses(several), tmp_path)
    assert written[0].read_text(encoding="utf-8").startswith("# gradrace: 2 results side by side")
    with (tmp_path / "tidy.csv").open(encoding="utf-8") as file:
        runs = [row["run"] for row in csv.DictReader(file)]
    assert runs.count("A") == 5 * len(CELLS)
    assert runs.count("B") == 2 * 3
    if (tmp_path / "tidy.parquet").exists():
        assert pd.read_parquet(tmp_path / "tidy.parquet").run.tolist() == runs


def test_the_page_offers_each_setting_of_each(several):
    data = page_data(analyses(several))
    assert [one["label"] for one in data["settings"]] == [
        "A, float64, 1 thread",
        "B, float32, 1 thread",
        "B, float64, 1 thread",
    ]
    assert data["headline"] == "2 results side by side"
    assert [sentence[:2] for sentence in data["sentences"]] == ["A ", "B "]
    assert data["start"] == [0, 1000, 100]


def test_several_files_at_the_front_door(several, tmp_path):
    files = [tmp_path / "one" / "results.json", tmp_path / "two.json"]
    files[0].parent.mkdir()
    for file, results in zip(files, several, strict=True):
        write(file, results)
    told = gradrace("report", "one", "two.json", "--out", "out", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    for text in (told.stdout, (tmp_path / "out" / "report.md").read_text(encoding="utf-8")):
        assert "A (one, 2026-" in text
        assert re.search(r"B \(two\\?.json, 2026-", text)
    assert max(map(len, told.stdout.splitlines()[:20])) <= 80
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"report.md", "index.html", "tidy.csv"}


def test_the_terminal_has_what_each_says_last(several, capsys):
    show_side_by_side(analyses(several))
    told = capsys.readouterr().out
    assert "Side by side at m = 1000" in told
    assert told.rstrip().rpartition("B (")[2].startswith("2026-01-31T12:00, AMD EPYC 9R14)")


def test_answers_table_and_page_show_the_same_size(make, capsys):
    """The most informative of the sizes that most results hold: not the first one's 1000 × 100, nor the smallest."""
    each = analyses([make(cells=cells, absences=()) for cells in ([*CELLS, Cell(50, 10)], [CELLS[2], Cell(50, 10)])])
    show_side_by_side(each)
    told = " ".join(capsys.readouterr().out.split())
    assert re.findall(r"at m = (\S+), n_x = (\d+)", told, re.IGNORECASE) == [("50", "10")] * 3
    assert page_data(each)["start"] == [0, 50, 10]


def test_a_result_without_the_common_size_describes_its_own(make):
    *both, own = analyses([make(cells=cells, absences=()) for cells in (CELLS[:1], CELLS[:1], CELLS[1:])])
    assert all("): At m = 100, n_x = 100" in one.answer for one in both)
    assert "): At m = 1000, n_x = 100" in own.answer
