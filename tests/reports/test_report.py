"""A report in a folder: everything it names is there, or one line says why not."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from gradrace.bench.results import Cell, Results, UnusableInput
from gradrace.reports.report import write_report


def test_report_and_figures_are_written_and_nothing_else(results: Results, tmp_path: Path) -> None:
    written = write_report(results, tmp_path)
    assert written[0] == tmp_path / "report.md"
    assert sorted(written) == sorted(tmp_path.iterdir())
    named = re.findall(r"\(([\w.]+\.(?:png|svg))\)", written[0].read_text(encoding="utf-8"))
    figures = [path.name for path in written if path.suffix in (".png", ".svg")]
    assert sorted(named) == sorted(figures)
    assert named[0] == "time_m1000_n_x100_float64_threads2.png"  # the cell that the answer speaks of


def test_one_cell_alone_is_drawn_once(make: Callable[..., Results], tmp_path: Path) -> None:
    written = write_report(make(cells=[Cell(10, 10)], absences=()), tmp_path)
    figures = [path.name for path in written if path.suffix in (".png", ".svg")]
    assert figures == [f"time_m10_n_x10_float64_threads1.{kind}" for kind in ("png", "svg")]


def test_a_run_without_measurements_has_a_report_too(tmp_path: Path) -> None:
    write_report(Results(measurements=[], absences=[], machine={}, commit={}, datetime=""), tmp_path)
    assert "Nothing was measured." in (tmp_path / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", ["missing", "a_file"])
def test_a_folder_that_cannot_be_written_is_told_in_one_line(results: Results, tmp_path: Path, folder: str) -> None:
    (tmp_path / "a_file").write_text("")
    with pytest.raises(UnusableInput, match=f"{folder}: .*; name a folder that can be written") as told:
        write_report(results, tmp_path / folder)
    assert "\n" not in str(told.value)


def test_a_report_that_cannot_be_replaced_is_told_too(make: Callable[..., Results], tmp_path: Path) -> None:
    (tmp_path / "report.md").mkdir()
    with pytest.raises(UnusableInput, match="name a folder that can be written"):
        write_report(make(cells=[]), tmp_path)


@pytest.mark.slow
def test_a_thousand_cells_are_all_in_the_tables(make: Callable[..., Results], tmp_path: Path) -> None:
    models = {"python_loop": ("loop", 1e-4, 0.0, 1e-7), "numpy_vectorized": ("vectorized", 1e-5, 0.0, 1e-9)}
    cells = [Cell(10 + 37 * i, 10 + 41 * j) for i in range(25) for j in range(40)]
    written = write_report(make(models=models, cells=cells, absences=()), tmp_path)
    text = written[0].read_text(encoding="utf-8")
    # in a slice along m, in one along n_x; once as a first call, once as a model
    assert text.count("| numpy_vectorized |") == 2 * 1000 + 2
    assert len(written) < 45
