"""Lines of a table that are no examples, and numbers that are none: told, or refused, and never trained on silently."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted
from gradrace.bench.datasets.read import read, read_features
from gradrace.bench.results import UnusableInput
from tests.bench.datasets import sources

ROWS = [f"{20 + place * 7 % 31},{150.5 + place * 7 % 40},{'yes' if place % 3 else 'no'}" for place in range(40)]
NAMES = "age,height,ill"
HOW = ReadOptions(label="ill", guesses=True)


def table(path: Path, *lines: str) -> Dataset:
    path.write_text("\n".join(lines) + "\n")
    return read(str(path), HOW)


def refusal(path: Path, *lines: str) -> str:
    path.write_text("\n".join(lines) + "\n")
    return sources.refusal(path, HOW)


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
    path.write_text("name,age\nAl,20\nBo,30\nTotal,50\n")
    with pytest.raises(UnusableInput, match="no example but a total"):
        list(read_features(str(path), Wanted(1, names=("age",))))


def test_a_class_that_is_called_total_is_one(tmp_path: Path) -> None:
    found = table(tmp_path / "a.csv", NAMES, *(row.replace("no", "total") for row in [*ROWS, ROWS[0]]))
    assert (found.m, set(found.classes)) == (41, {"total", "yes"})


@pytest.mark.parametrize("code", [-9, -99, -999, 999, 9999, 99999])
def test_a_number_that_may_stand_for_a_missing_one_is_named(tmp_path: Path, code: int) -> None:
    rows = [row if place % 9 else f"{code},{row.split(',', 1)[1]}" for place, row in enumerate(ROWS)]
    found = table(tmp_path / "a.csv", NAMES, *rows)
    assert found.readings == (f"numbers that may stand for missing ones: age ({code}); leave them out with --drop age",)


@pytest.mark.parametrize("numbers", ["99,98,97", "0,9,0", "-9,-8,5", "9,19,29"])
def test_numbers_among_others_of_their_size_are_numbers(tmp_path: Path, numbers: str) -> None:
    values = numbers.split(",")
    rows = [f"{values[place % 3]},{row.split(',', 1)[1]}" for place, row in enumerate(ROWS)]
    assert table(tmp_path / "a.csv", NAMES, *rows).readings == ()


def test_a_single_largest_number_is_a_number(tmp_path: Path) -> None:
    assert table(tmp_path / "a.csv", NAMES, *ROWS, "9999,160.5,no").readings == ()


@pytest.mark.parametrize("error", ["#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!"])
def test_the_error_of_a_spreadsheet_is_no_comment(tmp_path: Path, error: str) -> None:
    told = refusal(tmp_path / "a.csv", NAMES, *ROWS, f"{error},160.5,no")
    assert told.startswith("not numeric: age")
    assert "go on with --drop age" in told
    assert table(tmp_path / "b.csv", NAMES, *ROWS, "#N/A,160.5,no").gaps[0].startswith("1 of 41 examples left out")


MARKDOWN = [f"| {row.replace(',', ' | ')} |" for row in [NAMES, *ROWS]]
PADDED = [row.replace(",", " | ") for row in [NAMES, *ROWS]]
TITLE = "line 1 is taken for a title, not for an example (Patients"

BEGINNINGS = {
    "a title": (["Patients", NAMES, *ROWS], TITLE),
    "a title and a blank line": (["Patients of 2023", "", NAMES, *ROWS], TITLE),
    "two titles before semicolons": (
        ["Patients", "of 2023", "", *(row.replace(",", ";") for row in [NAMES, *ROWS])],
        TITLE.replace("line 1 is", "lines 1 to 2 are"),
    ),
    "a title as long as the table": (["Patients,,", NAMES, *ROWS], TITLE),
    "a title with a comma": (["Patients, all", NAMES, *ROWS], TITLE),
    "numbered names": ([",X2,X3", NAMES, *ROWS], "line 1 is taken for a title, not for an example (X2, X3)"),
    "units": ([NAMES, "years,cm,", *ROWS], "line 2 is taken for units, not for an example (years, cm)"),
    "units and what the labels are": ([NAMES, "(years),(cm),yes or no", *ROWS], "line 2 is taken for units"),
    "types and flags of Orange": ([NAMES, "c,continuous,d", ",,class", *ROWS], "line 2 is taken for units"),
    "values and flags of Orange": ([NAMES, "c,c,no yes", ",,class", *ROWS], "line 2 is taken for units"),
    "units below a comment": (["# all", NAMES, "years,cm,-", *ROWS], "line 3 is taken for units"),
}


@pytest.mark.parametrize("name", BEGINNINGS)
def test_lines_before_the_examples_are_none_and_are_told(tmp_path: Path, name: str) -> None:
    lines, told = BEGINNINGS[name]
    found = table(tmp_path / "a.csv", *lines)
    check_whole(found)
    assert found.readings[0].startswith(told)


def test_orange_says_which_column_holds_the_labels(tmp_path: Path) -> None:
    rows = [f"{row % 2},{row * 7 % 11},{row // 2 % 2}" for row in range(30)]
    (tmp_path / "a.tab").write_text("\n".join(["one,age,two", "d,c,d", "class,,", *rows]))
    found = read(str(tmp_path / "a.tab"), ReadOptions(guesses=True))
    assert (found.label, found.features, found.m) == ("one", ("age", "two"), 30)
    assert read(str(tmp_path / "a.tab"), ReadOptions(label="two")).label == "two"


def test_columns_that_orange_says_are_no_features_are_left_out(tmp_path: Path) -> None:
    rows = [f"{row % 7},{row * 7 % 11},name {row},{row // 2 % 2}" for row in range(30)]
    (tmp_path / "a.tab").write_text("\n".join(["age,mass,name,ill", "c,c,string,d", "weight,,meta,class", *rows]))
    found = read(str(tmp_path / "a.tab"), ReadOptions(guesses=True))
    assert (found.features, found.m) == (("mass",), 30)
    assert "left out, as line 3 says: age, name" in found.readings


def test_letters_that_orange_uses_may_be_examples(tmp_path: Path) -> None:
    rows = [f"{'ct'[row % 2]},{'ct'[row // 2 % 2]},{'cm'[row % 3 % 2]}" for row in range(30)]
    (tmp_path / "a.csv").write_text("\n".join(["one,two,class", "c,t,c", "c,c,m", *rows]))
    with pytest.raises(UnusableInput, match=r"--label class after .*read_csv\('[^']*', skipinitialspace"):
        read(str(tmp_path / "a.csv"), ReadOptions(label="class"))
    found = read(str(tmp_path / "a.csv"), ReadOptions(guesses=True))
    assert (found.m, found.features) == (32, ("one=c", "one=t", "two=c", "two=t"))


@pytest.mark.parametrize("name", BEGINNINGS)
def test_predict_leaves_out_the_same_lines(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.csv"
    X = table(path, *BEGINNINGS[name][0]).X
    (found,) = read_features(str(path), Wanted(2, names=("age", "height")))
    np.testing.assert_array_equal(found.X, X)


@pytest.mark.parametrize(
    "lines",
    [
        [MARKDOWN[0], "|---|:---:|--:|", *MARKDOWN[1:]],
        [PADDED[0], "--- | --- | ---", *PADDED[1:]],
        ["+----+----+----+", MARKDOWN[0], "+----+----+----+", *MARKDOWN[1:], "+----+----+----+"],
        ["===  ===  ===", NAMES.replace(",", "  "), "===  ===  ===", *(row.replace(",", "  ") for row in ROWS)],
    ],
)
def test_drawn_lines_are_no_examples(tmp_path: Path, lines: list[str]) -> None:
    found = table(tmp_path / "a.md", *lines)
    check_whole(found)
    assert found.readings == ()


def test_a_first_example_with_text_is_refused_and_not_left_out_as_a_title(tmp_path: Path) -> None:
    assert "not numeric: age ('unknown age')" in refusal(tmp_path / "a.csv", NAMES, "unknown age,160.5,no", *ROWS)
    found = table(tmp_path / "b.csv", NAMES, "NA,,no", *ROWS)
    assert found.gaps[0].startswith("1 of 41 examples left out, as age, height are missing")
    assert found.readings == ()


def test_a_line_that_is_too_short_is_refused_wherever_it_is(tmp_path: Path) -> None:
    for place in (1, 2, 20, 40):
        lines = [NAMES, *ROWS]
        lines.insert(place, "20")
        assert f"line {place + 1} has 1 cells, not 3" in refusal(tmp_path / "a.csv", *lines)


@pytest.mark.parametrize("first", ["2001", "400.5"])
def test_many_numbers_that_increase_are_names(tmp_path: Path, first: str) -> None:
    names = [f"{float(first) + place * (2 if place > 3 else 1):g}" for place in range(12)]
    numbers = [[str(row * row * (place + 1) % 13) for place in range(12)] for row in range(2, 22)]
    rows = [f"p{row},{','.join(numbers[row])}" for row in range(20)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["who," + ",".join(names), *rows]) + "\n")
    found = read(str(path), ReadOptions(label=names[0], positive="4", drop=("who",)))
    assert (found.m, found.features) == (20, (*names[1:],))


def test_a_few_numbers_with_equal_steps_are_names(tmp_path: Path) -> None:
    rows = [f"p{row},{row * 3 % 7},{row * 5 % 11},{row * row % 13},{row * row % 5},{row % 2}" for row in range(20)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["who,1940,1945,1950,1955,1960", *rows]) + "\n")
    assert read(str(path), ReadOptions(label="1960", drop=("who",))).m == 20


def test_a_class_of_that_name_may_end_a_long_sorted_table(tmp_path: Path) -> None:
    rows = [f"{place},{kind}" for kind in ("child", "total") for place in range(2000)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["age,kind", *rows]) + "\n")
    assert read(str(path), ReadOptions(label="kind")).m == 4000


@pytest.mark.parametrize(("separator", "beside"), [("\t", " "), (";", ","), ("|", " ")])
def test_short_lines_leave_the_separator(tmp_path: Path, separator: str, beside: str) -> None:
    rows = [separator.join([f"a{beside}b" if row % 2 else "c", str(row * 7 % 11), str(row % 2)]) for row in range(30)]
    for short in (4, 9, 20):
        rows[short] = rows[short].rpartition(separator)[0]
    told = refusal(tmp_path / "a.csv", separator.join(["town", "age", "ill"]), *rows)
    assert told.startswith("not a table: line 6 has 2 cells, not 3; correct it, or delete line 6, such as by sed")
