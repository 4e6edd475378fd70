"""Cells of JSON, Parquet and Feather that hold a list of numbers, or a record."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gradrace.bench.datasets.formats.dataset import ReadOptions, Wanted
from gradrace.bench.datasets.read import read, read_features
from gradrace.bench.results import UnusableInput
from tests.bench.datasets.sources import GUESSES, refusal

M = 30
X = np.random.default_rng(0).normal(size=(M, 4))
Y = np.arange(M) % 2

FORMS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "records with a list": (
        [{"features": row, "label": int(y)} for row, y in zip(X.tolist(), Y, strict=True)],
        ("features.0", "features.1", "features.2", "features.3"),
    ),
    "records with an image": (
        [{"pixels": row.reshape(2, 2).tolist(), "label": int(y)} for row, y in zip(X, Y, strict=True)],
        ("pixels.0", "pixels.1", "pixels.2", "pixels.3"),
    ),
    "records in records": (
        [{"a": {"b": r[0], "c": {"d": r[1]}}, "e": r[2:], "y": int(y)} for r, y in zip(X.tolist(), Y, strict=True)],
        ("a.b", "a.c.d", "e.0", "e.1"),
    ),
    "rows without names": ([[*row, int(y)] for row, y in zip(X.tolist(), Y, strict=True)], ("0", "1", "2", "3")),
    "X and y": ({"X": X.tolist(), "y": Y.tolist()}, ("X.0", "X.1", "X.2", "X.3")),
    "records in an object in an object": (
        {"response": {"count": M, "rows": [{"X": r, "y": int(y)} for r, y in zip(X.tolist(), Y, strict=True)]}},
        ("X.0", "X.1", "X.2", "X.3"),
    ),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("suffix", [".json", ".json.gz"])
def test_each_number_has_a_column(tmp_path: Path, form: str, suffix: str) -> None:
    written, names = FORMS[form]
    path = tmp_path / f"a{suffix}"
    text = json.dumps(written).encode()
    path.write_bytes(gzip.compress(text) if suffix.endswith(".gz") else text)
    dataset = read(str(path), GUESSES)
    np.testing.assert_array_equal(dataset.X.T, X)
    np.testing.assert_array_equal(dataset.labels, Y)
    assert dataset.features == names
    np.testing.assert_array_equal(next(read_features(str(path), Wanted(4, names=names))).X.T, X)


@pytest.mark.parametrize("suffix", ["parquet", "feather"])
def test_columns_of_arrow_are_read(tmp_path: Path, suffix: str) -> None:
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"x": X[:, :2].tolist(), "body": [{"b": b, "c": c} for b, c in X[:, 2:]], "y": Y})
    getattr(frame, f"to_{suffix}")(tmp_path / f"a.{suffix}")
    dataset = read(str(tmp_path / f"a.{suffix}"), GUESSES)
    np.testing.assert_array_equal(dataset.X.T, X)
    assert dataset.features == ("x.0", "x.1", "body.b", "body.c")


@pytest.mark.parametrize("cells", [[[1, 2], [3]], [["a", "b"], ["c", "d"]], [[], []], [[1, None], [2, 3]]])
def test_lists_of_other_kinds_are_named(tmp_path: Path, cells: list[list[Any]]) -> None:
    records = [{"a": cells[row % 2], "b": row % 7, "y": row % 2} for row in range(M)]
    (tmp_path / "a.json").write_text(json.dumps(records))
    assert "not numeric: a " in refusal(tmp_path / "a.json")


def test_a_record_that_is_missing_is_a_missing_number(tmp_path: Path) -> None:
    records = [{"a": {"b": row % 5} if row else None, "c": row % 7, "y": row % 2} for row in range(M)]
    (tmp_path / "a.json").write_text(json.dumps(records))
    with pytest.raises(UnusableInput, match=r"numbers are missing: a\.b"):
        read(str(tmp_path / "a.json"), ReadOptions(label="y"))
    assert read(str(tmp_path / "a.json"), GUESSES).m == M - 1


@pytest.mark.parametrize("suffix", ["json", "parquet"])
def test_a_list_of_one_value_is_that_value(tmp_path: Path, suffix: str) -> None:
    rows = [{"x": [row * 7 % 5, row], "age": [row % 3], "label": [row % 2]} for row in range(12)]
    if suffix == "json":
        (tmp_path / "a.json").write_text(json.dumps(rows))
    else:
        pd.DataFrame(rows).to_parquet(tmp_path / "a.parquet")
    dataset = read(str(tmp_path / f"a.{suffix}"), ReadOptions(guesses=True, keep=("x.1",)))
    assert (dataset.label, dataset.features) == ("label", ("x.0", "x.1", "age"))
    assert dataset.labels.tolist() == [row % 2 for row in range(12)]
