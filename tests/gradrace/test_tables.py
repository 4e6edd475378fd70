"""Tables on the command line: what `train` was told and recognised, `predict` and `run` agree with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.gradrace.front_door import gradrace, refused

M = 40
FRAME = pd.DataFrame(np.random.default_rng(0).normal(size=(M, 3)).round(4), columns=["a", "b", "c"])
FRAME = FRAME.assign(y=np.where(FRAME.a + FRAME.b > 0, "yes", "no"), id=range(M))
SHORT = ("--iterations", "20", "--alpha", "0.5")


def probabilities(model: Path, table: Path) -> list[str]:
    """Return what `predict` prints for each example, without the name of the file."""
    told = gradrace("predict", model, table)
    assert told.returncode == 0, told.stderr
    return [line.split(table.name)[0].strip() for line in told.stdout.splitlines()]


def test_a_model_takes_the_same_examples_in_any_dialect_and_order(tmp_path: Path) -> None:
    train, model = tmp_path / "train.csv", tmp_path / "m.npz"
    FRAME.to_csv(train, index=False)
    FRAME[["y", "c", "b", "a"]].to_csv(tmp_path / "test.csv", index=False, sep=";", decimal=",")
    FRAME[["b", "c", "a"]].to_csv(tmp_path / "new.txt", index=False, sep="\t", encoding="utf-16")
    given = ("--data", train, "--label", "y", *SHORT)
    told = gradrace("train", *given, "--test-data", tmp_path / "test.csv", "--model", model)
    assert told.returncode == 0, told.stderr
    assert "left out: id (number of the example); to train with it: --keep id" in told.stderr.splitlines()
    accuracies = [line.split()[-2] for line in told.stdout.splitlines() if " accuracy " in line]
    assert accuracies[0] == accuracies[1]
    expected = probabilities(model, train)
    assert len(expected) == M
    assert probabilities(model, tmp_path / "test.csv") == probabilities(model, tmp_path / "new.txt") == expected


def test_a_model_of_a_table_without_names_takes_others_without_names(tmp_path: Path) -> None:
    train, model, frame = tmp_path / "train.data", tmp_path / "m.npz", FRAME[["id", "y", "a", "b", "c"]]
    for name, table in {"train": frame, "new": frame.drop(columns="y"), "features": frame[["a", "b", "c"]]}.items():
        table.to_csv(tmp_path / f"{name}.data", index=False, header=False)
    refused(gradrace("train", "--data", train, *SHORT), "go on with --no-header --label 2, or")
    given = ("--data", train, "--no-header", "--label", "2", *SHORT)
    told = gradrace("train", *given, "--test-data", train, "--model", model)
    assert told.returncode == 0, told.stderr
    expected = probabilities(model, train)
    assert len(expected) == M
    assert probabilities(model, tmp_path / "new.data") == probabilities(model, tmp_path / "features.data") == expected


@pytest.mark.parametrize("impl", ["numpy_vectorized", "numpy_vectorized,numpy_columns"])
def test_labels_that_are_certain_need_no_name_and_are_said(tmp_path: Path, impl: str) -> None:
    train = FRAME.drop(columns="id")
    train.to_csv(tmp_path / "train.csv", index=False)
    train[["y", "c", "b", "a"]].to_csv(tmp_path / "test.csv", index=False)
    given = ("train", "--data", tmp_path / "train.csv", *SHORT, "--impl", impl, "--test-data", tmp_path / "test.csv")
    told = gradrace(*given)
    assert told.returncode == 0, told.stderr
    assert "label: the last column 'y' (no, yes); another: --label NAME" in told.stderr.splitlines()
    named = gradrace(*given, "--label", "y")
    assert "another: --label" not in named.stderr
    accuracies = [[line for line in one.stdout.splitlines() if "accuracy" in line] for one in (told, named)]
    assert accuracies[0] == accuracies[1] != []


def test_options_may_be_repeated(tmp_path: Path) -> None:
    FRAME.rename(columns={"c": "c, in m"}).to_csv(tmp_path / "a.csv", index=False)
    given = ("train", "--data", tmp_path / "a.csv", "--label", "y", *SHORT)
    assert gradrace(*given, "--drop", "id", "--drop", '"c, in m",b').returncode == 0
    assert gradrace(*given, "--keep", "id").returncode == 0


def test_svmlight_is_padded_to_the_features_of_training(tmp_path: Path) -> None:
    (tmp_path / "a.svm").write_text("1 1:0.5 3:2\n-1 2:1\n")
    (tmp_path / "b.svm").write_text("-1 1:0.5 2:2\n1 1:1\n")
    model = tmp_path / "m.npz"
    given = ("--data", tmp_path / "a.svm", "--test-data", tmp_path / "b.svm")
    told = gradrace("train", *given, *SHORT, "--model", model)
    assert told.returncode == 0, told.stderr
    assert len(probabilities(model, tmp_path / "b.svm")) == 2


@pytest.mark.parametrize("verb", ["run", "verify"])
def test_others_take_the_same_options(tmp_path: Path, verb: str) -> None:
    FRAME.to_csv(tmp_path / "a.csv", index=False, header=False)
    given = ("--data", "a.csv", "--impl", "numpy_vectorized")
    refused(gradrace(verb, *given, cwd=tmp_path), "go on with --no-header --label 4 --drop 5, or")
    refused(
        gradrace(verb, *given, "--no-header", "--label", "4", "--drop", "6", cwd=tmp_path),
        "no column is called '6'; the columns are '1', '2', '3', '4', '5'",
    )
