"""Results survive the disk, and other tools read them."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gradrace.bench import results_file
from gradrace.bench.results import (
    ARITHMETIC,
    FLOOR,
    LIMITED_BY,
    OTHER_PERMILLE,
    READING,
    Absence,
    Cell,
    ErrorOverBound,
    Extra,
    Measurement,
    Results,
    UnusableInput,
    limited_by,
    reading_share,
)

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


def two_and_the_limit(folder: Path) -> Path:
    """A file of two implementations and the limit in one cell, and one implementation in another."""
    (one,) = SAMPLE.measurements
    more = [msgspec.structs.replace(one, impl=impl) for impl in ("numba_loop", FLOOR)]
    elsewhere = msgspec.structs.replace(one, cell=Cell(10, 10))
    results_file.write(folder / "results.json", msgspec.structs.replace(SAMPLE, measurements=[one, *more, elsewhere]))
    return folder / "results.json"


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("param", {"1000-100-float32-2": 3, "10-10-float64-1": 1}),
        ("group", {str(CELL): 3, str(Cell(10, 10)): 1}),
        ("func", {"numpy_vectorized": 2, "numba_loop": 1, "limit_of_reading_X": 1}),
        ("param:m", {"m=1000": 3, "m=10": 1}),
    ],
)
def test_pytest_benchmark_compare_groups_as_it_does_its_own(tmp_path: Path, by: str, groups: dict[str, int]) -> None:
    two_and_the_limit(tmp_path)
    command = [sys.executable, "-m", "pytest_benchmark", "compare", "results.json", f"--group-by={by}"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    shown = re.findall(r"benchmark '([^']*)': (\d+) tests", told.stdout)
    assert {name: int(number) for name, number in shown} == groups


def test_the_limit_says_what_it_is(tmp_path: Path) -> None:
    file = two_and_the_limit(tmp_path)
    limit = json.loads(file.read_text())["benchmarks"][2]
    assert limit["fullname"] == "gradrace::limit_of_reading_X[1000-100-float32-2]"
    assert limit["extra_info"]["what"].endswith("not an implementation")
    assert results_file.read_all(file).measurements[2].impl == FLOOR


def test_a_limit_of_arithmetic_says_so_and_is_read_back(tmp_path: Path) -> None:
    (one,) = SAMPLE.measurements
    facts: dict[str, str | int] = {LIMITED_BY: ARITHMETIC, OTHER_PERMILLE: 620}
    floor = msgspec.structs.replace(one, impl=FLOOR, extra=msgspec.structs.replace(one.extra, facts=facts))
    results_file.write(tmp_path / "results.json", msgspec.structs.replace(SAMPLE, measurements=[floor]))
    (written,) = json.loads((tmp_path / "results.json").read_text())["benchmarks"]
    assert written["name"] == "limit_of_arithmetic[1000-100-float32-2]"
    assert "arithmetic alone" in written["extra_info"]["what"]
    (read,) = results_file.read_all(tmp_path / "results.json").measurements
    assert (limited_by(read), reading_share(read)) == (ARITHMETIC, 0.62)


@pytest.mark.parametrize(
    ("facts", "share"),
    [
        (None, 1.0),  # older versions, and the GPU's
        ({LIMITED_BY: READING, OTHER_PERMILLE: 300}, 1.0),
        ({LIMITED_BY: ARITHMETIC}, 0.0),
        ({LIMITED_BY: ARITHMETIC, OTHER_PERMILLE: "all"}, 0.0),
        ({LIMITED_BY: ARITHMETIC, OTHER_PERMILLE: -3}, 0.0),
        ({LIMITED_BY: ARITHMETIC, OTHER_PERMILLE: 10**9}, 1.0),
    ],
)
def test_a_files_limit_is_reading_unless_it_says_otherwise(facts: dict[str, str | int] | None, share: float) -> None:
    (one,) = SAMPLE.measurements
    assert reading_share(msgspec.structs.replace(one, extra=msgspec.structs.replace(one.extra, facts=facts))) == share


@pytest.mark.parametrize(("ops", "seconds"), [("median", 1e-5), ("min", 0.9e-5)])
def test_ops_are_those_of_a_robust_statistic(tmp_path: Path, ops: results_file.Ops, seconds: float) -> None:
    results_file.write(tmp_path / "results.json", SAMPLE, ops)
    stats = json.loads((tmp_path / "results.json").read_text())["benchmarks"][0]["stats"]
    assert stats["ops"] == pytest.approx(1 / seconds)


def test_what_was_skipped_is_listed_by_the_names_that_it_would_have(tmp_path: Path) -> None:
    results_file.write(tmp_path / "results.json", SAMPLE)
    (skipped,) = json.loads((tmp_path / "results.json").read_text())["gradrace"]["absences"]
    assert (skipped["fullname"], skipped["outcome"]) == ("gradrace::python_loop[1000-100-float32-2]", "skipped")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_a_byte_order_mark_is_read(tmp_path: Path, encoding: str) -> None:
    results_file.write(tmp_path / "results.json", SAMPLE)
    (tmp_path / "other.json").write_text((tmp_path / "results.json").read_text(), encoding=encoding)
    assert results_file.read(tmp_path / "other.json") == SAMPLE
    assert results_file.files_in(tmp_path) == [tmp_path / "other.json", tmp_path / "results.json"]


OTHERS: dict[str, Any] = {
    "without parameters": {"name": "test_fib", "params": None, "stats": {"data": [1.0]}},
    "with parameters": {"name": "test_fib[3]", "params": {"n": 3}, "stats": {"min": 1.0}},
    "with parameters of a name of ours": {"name": "test_fib[3]", "params": {"m": 3}, "stats": {"mean": math.nan}},
    "of an old version": {"name": "test_fib", "fullname": "tests/test_fib.py::test_fib", "stats": {}},
}


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("beside", [True, False])
def test_results_of_other_tests_are_called_so(tmp_path: Path, name: str, beside: bool) -> None:
    file = two_and_the_limit(tmp_path)
    contents = json.loads(file.read_text())
    contents["benchmarks"] = [*(contents["benchmarks"] if beside else []), OTHERS[name]]
    file.write_text(json.dumps(contents))
    with pytest.raises(UnusableInput, match=r"results of other tests, not of gradrace's \(test_fib"):
        results_file.read(file)


def test_a_file_without_samples_names_the_option_that_saves_them(tmp_path: Path) -> None:
    file = two_and_the_limit(tmp_path)
    contents = json.loads(file.read_text())
    for one in contents["benchmarks"]:
        del one["stats"]["data"]
    file.write_text(json.dumps(contents))
    with pytest.raises(UnusableInput, match="has no samples; give pytest the option `--benchmark-save-data`"):
        results_file.read(file)


def test_a_measurement_given_twice_is_refused(tmp_path: Path) -> None:
    file = two_and_the_limit(tmp_path)
    contents = json.loads(file.read_text())
    contents["benchmarks"].append(contents["benchmarks"][1])
    file.write_text(json.dumps(contents))
    with pytest.raises(UnusableInput, match=r"two measurements of one implementation \(numba_loop\)"):
        results_file.read(file)


def test_files_of_any_name_are_found_and_other_json_is_not(tmp_path: Path) -> None:
    contents = two_and_the_limit(tmp_path).read_text()
    found = ["a.json", ".benchmarks/Linux/0001_x.json", "deep/er/b.json", "results-broken.json"]
    others = [".git/a.json", ".venv/lib/b.json", "readme.txt"]
    for name in [*found, *others]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{" if "broken" in name else contents)
    (tmp_path / "package.json").write_text('{"name": "other"}')
    assert {*results_file.files_in(tmp_path)} == {tmp_path / name for name in [*found, "results.json"]}
    empty = tmp_path / "empty"
    empty.mkdir()
    assert results_file.files_of([tmp_path, empty, tmp_path]) == ([tmp_path, tmp_path], [empty])
    (tmp_path / "results.json").unlink()
    assert len(results_file.files_of([tmp_path])[0]) == len(found)
    with pytest.raises(UnusableInput, match=r"empty: no results\.json in it"):
        results_file.files_of([empty])


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


def test_a_link_is_written_to(tmp_path: Path) -> None:
    """It may be /dev/stdout."""
    (tmp_path / "link").symlink_to("target.json")
    results_file.write(tmp_path / "link", SAMPLE)
    assert (tmp_path / "link").is_symlink()
    assert results_file.read(tmp_path / "target.json").measurements == SAMPLE.measurements


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
