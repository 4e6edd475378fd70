"""Lines of a table that are no examples, and numbers that are none: told, or refused, and never trained on silently."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted
from gradrace.bench.datasets.read import read, read_features
from gradrace.bench.results import UnusableInput

ROWS = [f"{20 + place},{150.5 + place * 7 % 40},{'yes' if place % 3 else 'no'}" for place in range(40)]
NAMES = "age,height,ill"
HOW = ReadOptions(label="ill", guesses=True)


def table(path: Path, *lines: str) -> Dataset:
    path.write_text("\n".join(lines) + "\n")
    return read(str(path), HOW)


def refusal(path: Path, *lines: str) -> str:
    with pytest.raises(UnusableInput) as refused:
        table(path, *lines)
    return str(refused.value).removeprefix(f"{path}: ")


def check_whole(found: Dataset) -> None:
    assert (found.m, found.n_x, found.features) == (40, 2, ("age", "height"))
    assert found.labels.sum() == sum(row.endswith("yes") for row in ROWS)
    np.testing.assert_array_equal(found.X, [[float(row.split(",")[place]) for row in ROWS] for place in (0, 1)])


@pytest.mark.parametrize("last", ["Total,9999,", "2700,10200.0,Total", "Average,32,yes", "grand total:,1,no"])
def test_a_total_in_the_last_line_is_no_example(tmp_path: Path, last: str) -> None:
    told = refusal(tmp_path / "a.csv", NAMES, *ROWS, last, "")
    assert told.startswith("its last line is no example but a total")
    assert "; delete line 42, such as by sed -i 42d " in told


def test_a_total_is_found_in_a_compressed_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress("\n".join([NAMES, *ROWS, "Sum,9999,"]).encode()))
    with pytest.raises(UnusableInput, match="no example but a total"):
        read(str(path), HOW)


def test_a_total_is_no_example_for_predict(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["name,age", "Al,20", "Bo,30", "Total,50"]) + "\n")
    with pytest.raises(UnusableInput, match="no example but a total"):
        list(read_features(str(path), Wanted(1, names=("age",))))


def test_a_class_that_is_called_total_is_one(tmp_path: Path) -> None:
    found = table(tmp_path / "a.csv", NAMES, *(row.replace("no", "total") for row in [*ROWS, ROWS[0]]))
    assert (found.m, set(found.classes)) == (41, {"total", "yes"})


@pytest.mark.parametrize("code", [-9, -99, -999, 999, 9999, 99999])
def test_a_number_that_may_stand_for_a_missing_one_is_named(tmp_path: Path, code: int) -> None:
    rows = [row if place % 9 else f"{code},{row.split(',', 1)[1]}" for place, row in enumerate(ROWS)]
    found = table(tmp_path / "a.csv", NAMES, *rows)
    assert found.readings == (
        f"numbers that may stand for missing ones: age ({code}); leave them out with --drop age",
    )


@pytest.mark.parametrize("numbers", ["99,98,97", "0,9,0", "-9,-8,5", "9,19,29"])
def test_numbers_among_others_of_their_size_are_numbers(tmp_path: Path, numbers: str) -> None:
    values = numbers.split(",")
    rows = [f"{values[place % 3]},{row.split(',', 1)[1]}" for place, row in enumerate(ROWS)]
    assert table(tmp_path / "a.csv", NAMES, *rows).readings == ()


def test_a_single_largest_number_is_a_number(tmp_path: Path) -> None:
    assert table(tmp_path / "a.csv", NAMES, *ROWS, "9999,160.5,no").readings == ()


@pytest.mark.parametrize("error", ["#DIV/0!", "#N/A", "#REF!", "#VALUE!", "#NAME?", "#NUM!"])
def test_the_error_of_a_spreadsheet_is_no_comment(tmp_path: Path, error: str) -> None:
    told = refusal(tmp_path / "a.csv", NAMES, *ROWS, f"{error},160.5,no")
    assert told.startswith(("not numeric: age", "numbers are missing: age"))
    assert "go on with --drop age" in told
