"""An implementation that beats the limit is no headline, no winner and no ratio, in whatever form results are read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gradrace.bench.gate.runs.compare import compare
from gradrace.bench.results import Results
from gradrace.bench.results_file import read, read_all, write
from gradrace.reports.analysis.against import against
from gradrace.reports.analysis.analysis import Analysis
from gradrace.reports.history.series import runs, series
from gradrace.reports.report import write_report
from gradrace.reports.text.gate_text import headline
from tests.reports.conftest import COST_MODELS

LAZY = {**COST_MODELS, "lazy": ("vectorized", 1e-9, 0.0, 4e-12)}
"""Everywhere in a twentieth of the limit's time."""

SIDES = (("honest", "lazy"), ("lazy", "honest"))
"""OLD and NEW."""


@pytest.fixture
def file(make: Callable[..., Results], tmp_path: Path) -> Path:
    """A saved run in which an implementation beats the limit in every cell."""
    write(tmp_path / "results.json", make(models=LAZY))
    return tmp_path / "results.json"


def test_the_file_keeps_what_was_measured(file):
    assert "lazy" in {one.impl for one in read_all(file).measurements}
    assert "lazy" not in {one.impl for one in read(file).measurements}


def test_it_is_no_headline_no_winner_and_overtakes_nobody(file):
    found = Analysis(read(file))
    assert found.at_fault[-1] == "Faster than the limit, so left out: lazy."
    assert "lazy" not in found.summary()[0]
    won = [winner for winners in found.winners.values() for winner in winners]
    assert won
    assert not any("lazy" in winner.standing.order for winner in won)
    assert not any("lazy" in (one.slow, one.fast) for several in found.crossovers.values() for one in several)
    assert "lazy" not in {one.impl for one in found.cost_models}


def test_it_has_no_ratio_against_another(file):
    lines = against(read(file), "numpy_vectorized")
    assert lines
    assert not any("lazy" in line for line in lines)
    assert all("lazy was not measured" in line for line in against(read(file), "lazy"))


def test_tables_and_page_show_the_reason_and_no_figure(file, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    write_report(Analysis(read(file)), out)
    report, page = ((out / name).read_text(encoding="utf-8") for name in ("report.md", "index.html"))
    rows = {line for line in report.splitlines() if "| lazy" in line and "lazy |" in line}
    assert rows
    assert all(row.endswith("| lazy |  | implausible |  |  |  |  |  |") for row in rows)
    assert "implausible: lazy at m = 10 (limit): takes 0.0" in report
    assert "lazy" not in (out / "tidy.csv").read_text(encoding="utf-8")
    data = page.split('<script type="application/json" id="data">')[1].split("</script>")[0]
    assert "Faster than the limit, so left out: lazy." in json.loads(data)["sentences"]
    assert "lazy" not in json.dumps(json.loads(data)["settings"])


def test_compare_fails_where_new_beats_the_limit_and_passes_over_old_that_does(make, tmp_path):
    honest = {**COST_MODELS, "lazy": ("vectorized", 2e-5, 0.0, 4e-9)}
    for seed, (side, models) in enumerate([("honest", honest), ("lazy", LAZY)] * 8):
        (tmp_path / side).mkdir(exist_ok=True)
        write(tmp_path / side / f"{seed}.json", make(models=models, seed=seed, absences=()))
    worse, better = (compare(tmp_path / old, tmp_path / new, 0.05) for old, new in SIDES)
    assert {(one.impl, one.outcome) for one in worse.alarms} == {("lazy", "implausible")}
    assert headline(worse).startswith("Implausible: lazy at m = 10, n_x = 100")
    assert better.alarms == []
    assert {one.outcome for one in better.findings if one.impl == "lazy"} == {"new"}


def test_history_draws_no_run_of_it(file, make, tmp_path):
    write(tmp_path / "results-2.json", make(models=LAZY, seed=1))
    found = {one.impl for one in series(runs(tmp_path)[0])}
    assert "numba_loop" in found
    assert "lazy" not in found
