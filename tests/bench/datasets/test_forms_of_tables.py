"""Tables in any form that pandas writes as JSON, and tables in which columns share a name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gradrace.bench.datasets.formats.dataset import ReadOptions, Wanted
from gradrace.bench.datasets.read import read, read_features
from gradrace.bench.results import UnusableInput

TABLE = pd.DataFrame(
    {
        "age": [20 + place * 7 % 31 for place in range(40)],
        "height": [150.5 + place * 7 % 40 for place in range(40)],
        "ill": ["yes" if place % 3 else "no" for place in range(40)],
    }
)
HOW = ReadOptions(label="ill", guesses=True)
ORIENTS = ("split", "columns", "index", "records", "table")


def check_whole(path: Path) -> None:
    found = read(str(path), HOW)
    assert (found.m, found.features, found.classes) == (40, ("age", "height"), ("no", "yes"))
    np.testing.assert_array_equal(found.X, TABLE[["age", "height"]].to_numpy().T)
    np.testing.assert_array_equal(found.labels, TABLE["ill"] == "yes")
    (features,) = read_features(str(path), Wanted(2, names=("age", "height")))
    np.testing.assert_array_equal(features.X, found.X)


def test_a_line_may_be_longer_than_the_csv_module_takes_by_default(tmp_path: Path) -> None:
    names = [*(f"feature_{place}" for place in range(20_000)), "class"]
    rows = [[*("0.5" if place % 7 == row else "0" for place in range(20_000)), str(row % 2)] for row in range(4)]
    (tmp_path / "a.csv").write_text("".join(",".join(row) + "\n" for row in [names, *rows]))
    assert read(str(tmp_path / "a.csv"), ReadOptions(guesses=True)).X.shape == (20_000, 4)


@pytest.mark.parametrize("orient", ORIENTS)
@pytest.mark.parametrize("index", [None, "name"])
def test_json_is_read_in_each_form_that_pandas_writes(tmp_path: Path, orient: Any, index: str | None) -> None:
    path = tmp_path / "a.json"
    table = TABLE if index is None else TABLE.set_index(pd.Index([f"p{row}" for row in TABLE.index], name=index))
    table.to_json(path, orient=orient)
    check_whole(path)


@pytest.mark.parametrize("orient", ["list", "dict", "records"])
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_values_that_describe_a_table_in_json_are_no_columns(tmp_path: Path, orient: Any, depth: int) -> None:
    written = TABLE.to_dict(orient)
    inner = {"version": "2.0", "count": 40, **(written if isinstance(written, dict) else {"rows": written})}
    for _ in range(depth):
        inner = {"status": 1, "result": inner, "ok": True}
    (tmp_path / "a.json").write_text(json.dumps(inner))
    check_whole(tmp_path / "a.json")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("lines", [False, True])
def test_json_is_read_in_each_encoding_of_unicode(tmp_path: Path, encoding: str, *, lines: bool) -> None:
    text = TABLE.to_json(orient="records", lines=lines)
    (tmp_path / "a.json").write_bytes(text.encode(encoding))
    check_whole(tmp_path / "a.json")


def test_json_lines_are_read(tmp_path: Path) -> None:
    TABLE.to_json(tmp_path / "a.json", orient="records", lines=True)
    check_whole(tmp_path / "a.json")


def test_records_may_be_one_value_of_an_object(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"source": "x", "rows": TABLE.to_dict("records")}))
    check_whole(path)


def test_rows_may_begin_with_the_names(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([[*TABLE.columns], *TABLE.to_numpy().tolist()]))
    check_whole(path)


def test_records_within_records_are_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(
        json.dumps([{"body": {"age": age, "height": 1.5 * age}, "ill": age % 2} for age in range(3, 99, 5)])
    )
    assert read(str(path), ReadOptions(label="ill", keep=("body.age",))).features == ("body.age", "body.height")


@pytest.mark.parametrize("text", ["[]", "{}", "[[]]", "3", '{"a": {"b": 1}, "c": 2}', '{"columns": ["a"], "data": 3}'])
def test_json_without_a_table_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(UnusableInput):
        read(str(path), HOW)


@pytest.mark.parametrize(
    ("names", "called"),
    [
        ("a,a", ("a", "a.1")),
        ("a,a,a", ("a", "a.1", "a.2")),
        ("a,a.1,a", ("a", "a.1", "a.2")),
        ("b,a,b", ("b", "a", "b.1")),
    ],
)
def test_columns_that_share_a_name_are_numbered_as_pandas_does(
    tmp_path: Path, names: str, called: tuple[str, ...]
) -> None:
    path = tmp_path / "a.csv"
    rows = [
        ",".join([*(str(row * (place + 3) % 7) for place in range(len(called))), "yn"[row % 2]]) for row in range(30)
    ]
    path.write_text("\n".join([f"{names},class", *rows]) + "\n")
    found = read(str(path), ReadOptions(label="class"))
    assert found.features == called == (*pd.read_csv(path).columns[:-1],)
    renamed = ", ".join(name for name in called if name not in names.split(","))
    assert found.readings == (f"columns with the name of another one are called {renamed}",)
    np.testing.assert_array_equal(found.X, pd.read_csv(path).iloc[:, :-1].to_numpy().T)
    (features,) = read_features(str(path), Wanted(len(called), names=called))
    np.testing.assert_array_equal(features.X, found.X)


def test_the_labels_have_a_name_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,class,class\n" + "".join(f"{row % 7},{row % 2},{row % 3}\n" for row in range(30)))
    for how in (ReadOptions(guesses=True), ReadOptions(label="class")):
        with pytest.raises(UnusableInput, match="2 columns are called 'class'; rename all but the labels"):
            read(str(path), how)
