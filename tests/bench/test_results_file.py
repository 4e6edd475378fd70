"""Results survive the disk, and other tools read them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gradrace.bench import results_file
from gradrace.bench.results import Absence, Cell, ErrorOverBound, Extra, Measurement, Results, UnusableInput

CELL = Cell(1000, 100, "float32", 2)
SAMPLE = Results(
    measurements=[
        Measurement(
            impl="numpy_vectorized",
            cell=CELL,
            samples_s=[1e-5, 1.1e-5, 0.9e-5],
            calls=400,
            extra=Extra(
                technique="vectorized",
                rounds=[0, 1, 2],
                startup_s=0.2,
                prepare_s=1e-6,
                first_call_s=2e-4,
                peak_rss_bytes=40_000_000,
                error_over_bound=ErrorOverBound(1e-3, 2e-3, 5e-4),
            ),
        )
    ],
    absences=[Absence(impl="python_loop", outcome="skipped", stage="plan", message="over the budget", cell=CELL)],
    machine={"node": "here", "gradrace": {"cores_allowed": 2}},
    commit={"id": "abc", "dirty": False},
    datetime="2026-11-23T12:00:00+00:00",
    options={"seed": 0},
)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    results_file.write(file, SAMPLE)
    assert results_file.read(file) == SAMPLE
    assert list(tmp_path.iterdir()) == [file]


def test_pytest_benchmark_compare_prints_its_table(tmp_path: Path) -> None:
    results_file.write(tmp_path / "results.json", SAMPLE)
    command = [sys.executable, "-m", "pytest_benchmark", "compare", "results.json"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "numpy_vectorized[1000-100-float32-2]" in told.stdout


def test_statistics_are_those_of_the_samples(tmp_path: Path) -> None:
    results_file.write(tmp_path / "results.json", SAMPLE)
    stats = json.loads((tmp_path / "results.json").read_text())["benchmarks"][0]["stats"]
    assert (stats["min"], stats["median"], stats["max"]) == (0.9e-5, 1e-5, 1.1e-5)
    assert (stats["rounds"], stats["iterations"]) == (3, 400)


def test_benchmarks_of_the_plug_in_are_read_without_what_is_ours(tmp_path: Path) -> None:
    results_file.write(tmp_path / "results.json", SAMPLE)
    file = json.loads((tmp_path / "results.json").read_text())
    del file["gradrace"]
    file["benchmarks"][0]["extra_info"] = {"somebody's": "own"}
    (tmp_path / "plain.json").write_text(json.dumps(file))
    read = results_file.read(tmp_path / "plain.json")
    assert read.measurements[0].samples_s == SAMPLE.measurements[0].samples_s
    assert read.measurements[0].extra == Extra()
    assert read.absences == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"benchmarks": 3}', '{"machine_info": {}}', "\x00\xff"])
def test_anything_else_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "no.json"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(UnusableInput, match=r"^[^\n]*no\.json: not a results file[^\n]*$"):
        results_file.read(file)


def test_a_missing_file_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="No such file"):
        results_file.read(tmp_path / "none.json")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "results.json"
    results_file.write(file, SAMPLE)

    def disk_full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", disk_full)  # also shows that the contents are on disk before the rename
    with pytest.raises(OSError, match="No space"):
        results_file.write(file, msgspec.structs.replace(SAMPLE, datetime="later"))
    assert results_file.read(file) == SAMPLE
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("key", "value", "cause"),
    [
        ("params", {"m": 0}, "`int` >= 1"),
        ("params", {"n_x": -5}, "`int` >= 1"),
        ("params", {"m": 2**60}, "`int` <= 9007199254740992"),
        ("stats", {"data": [1e-5, -1e-5, 1e-5]}, "`float` >= 0"),
        ("stats", {"iterations": 0}, "`int` >= 1"),
        ("extra_info", {"startup_s": -1.0}, "`float` >= 0"),
        ("extra_info", {"peak_rss_bytes": 10**400}, "`int` <= 9007199254740992"),
        ("extra_info", {"rounds": [0, 1]}, "not one sample a round"),
    ],
)
def test_figures_that_nothing_measures_are_refused(tmp_path: Path, key: str, value: dict[str, Any], cause: str) -> None:
    results_file.write(tmp_path / "results.json", SAMPLE)
    file = json.loads((tmp_path / "results.json").read_text())
    file["benchmarks"][0][key].update(value)
    (tmp_path / "odd.json").write_text(json.dumps(file))
    with pytest.raises(UnusableInput, match=rf"^[^\n]*odd\.json: not a results file[^\n]*{cause}[^\n]*$"):
        results_file.read(tmp_path / "odd.json")


@pytest.mark.parametrize("levels", [25, 900, 5_000, 100_000])
@pytest.mark.parametrize(("opens", "closes"), [("[", "]"), ('{"a":', "}")])
def test_facts_nested_without_end_are_refused(tmp_path: Path, levels: int, opens: str, closes: str) -> None:
    deep = opens * levels + "1" + closes * levels
    text = f'{{"machine_info": {{"a": {deep}}}, "commit_info": {{}}, "benchmarks": [], "datetime": ""}}'
    (tmp_path / "deep.json").write_text(text)
    with pytest.raises(UnusableInput, match=r"^[^\n]*deep\.json: not a results file[^\n]*$"):
        results_file.read(tmp_path / "deep.json")
