"""Files with very many columns, names or entries: what they hold is known without a look at each part of the rest."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from gradrace.bench.datasets.columns.gathered import Column, Gathered
from gradrace.bench.datasets.dialects.arff import arff_of
from gradrace.bench.datasets.doubts.texts import Texts
from gradrace.bench.datasets.layouts import flat
from gradrace.bench.datasets.layouts.listing import files_in, folders_in
from gradrace.bench.datasets.read import read
from gradrace.bench.results import UnusableInput
from tests.bench.datasets.sources import GUESSES, refusal

WIDE = 30_000
"""Number of attributes whose list is longer than the first bytes that are read."""


@pytest.mark.parametrize("rows", ["{0 1.5}\n{1 2,30000 yes}\n{0 -3}\n", "1.5,2,REST,no\n3,4,REST,yes\n"])
def test_a_list_of_attributes_may_be_long(tmp_path: Path, rows: str) -> None:
    names = "".join(f"@attribute 'the number of the word {place}' numeric\n" for place in range(WIDE))
    rows = rows.replace("REST", ",".join(["0"] * (WIDE - 2)))
    (tmp_path / "a.arff").write_text(f"@relation words\n{names}@attribute class {{no,yes}}\n@data\n{rows}")
    dataset = read(str(tmp_path / "a.arff"), GUESSES)
    assert (dataset.m, dataset.n_x, dataset.label) == (rows.count("\n"), WIDE, "class")
    assert dataset.X[0, 0] == 1.5


@pytest.mark.parametrize("first", ["1" * 5000, "0," + "1" * 5000])
def test_whole_numbers_of_very_many_digits_are_no_names(tmp_path: Path, first: str) -> None:
    """Python refuses to convert them: a fuzzed ARFF file ended in a traceback."""
    rows = [first, *(first.replace("1" * 5000, str(row)) for row in range(12))]
    (tmp_path / "a.csv").write_text("".join(f"{row},{place % 2}\n" for place, row in enumerate(rows)))
    with pytest.raises(UnusableInput):
        read(str(tmp_path / "a.csv"), GUESSES)


def test_an_arff_file_without_attributes_is_refused() -> None:
    with pytest.raises(UnusableInput, match="an ARFF file without attributes"):
        arff_of(Path("a.arff"), "@relation x\n@data\n1,2\n")


def test_records_with_a_name_each_that_exceed_the_memory_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [{f"name {place}": place, "y": place % 2} for place in range(2000)]
    (tmp_path / "a.json").write_text(json.dumps(records))
    monkeypatch.setattr("gradrace.bench.machine.available.memory_bytes", lambda: 10_000_000)
    with pytest.raises(UnusableInput, match=r"2000 records with 2001 different names need about 0\.1 GB"):
        read(str(tmp_path / "a.json"), GUESSES)


def test_columns_of_0_and_1_find_room_where_their_texts_lie() -> None:
    """Making room copies all of X in some systems, which sets the peak of a training's memory."""
    m, texts = 100, {"t": Texts()}
    table = Gathered.of(Path("a.csv"), ("a", "t"), m, texts=texts)
    X, shape = table.X, table.X.shape
    table.take(pd.DataFrame({0: np.arange(m) * 1.5, 1: [f"text {place % 9}" for place in range(m)]}))
    table.rebuild([Column("a", 0), *(Column(f"t=text {code}", 1, code) for code in range(9))])
    assert X.shape == shape
    assert table.X.base is not None
    np.testing.assert_array_equal(table.X[:m, 1:], np.eye(9)[np.arange(m) % 9])


def test_many_arrays_are_not_all_named(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for place in range(30):
            file[f"g{place}/x"] = np.zeros(2)
    told = refusal(tmp_path / "a.h5")
    assert "g0/x, g1/x" in told
    assert len(told) < 300


def test_links_are_listed_as_what_they_lead_to(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "a.png").write_bytes(b"x")
    for name, target in {"c": "b", "d.png": "a.png", "nowhere": "absent", "itself": "itself"}.items():
        (tmp_path / name).symlink_to(tmp_path / target)
    assert [one.name for one in folders_in(tmp_path)] == ["b", "c"]
    assert [one.name for one in files_in(tmp_path)] == ["a.png", "d.png"]


@pytest.mark.parametrize("others", ["1,2,3\n" + "4,5,6\n" * 9, "1," * 10_000])
def test_another_table_near_images_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, others: str
) -> None:
    (tmp_path / "a.csv").write_text(f"a,b,c\n{others}" if "\n" in others else others)
    rows, reader = list[list[str]](), csv.reader
    monkeypatch.setattr(csv, "reader", lambda stream: (rows.append(row) or row for row in reader(stream)))
    assert flat._kinds_of(tmp_path / "a.csv", ["a.png"]) == {}
    assert len(rows) <= 2
    assert sum(map(len, rows)) < 10
