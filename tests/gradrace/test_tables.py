"""Tables on the command line: what `train` was told and recognised, `predict` and `run` agree with."""

from __future__ import annotations

import json
import re
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
    assert "left out: id (number of the example); to use it: --keep id" in told.stderr.splitlines()
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
    refused(
        gradrace(verb, *given, "--no-header", "--label", "4", "--drop", "6", cwd=tmp_path),
        "no column is called '6'; the columns are '1', '2', '3', '4', '5'",
    )


class TestTextAndMissing:
    """A table with text and missing numbers is trained as the one that pandas makes of it."""

    TABLE = FRAME.drop(columns="id").assign(
        a=FRAME.a.where(FRAME.index % 9 != 4),
        sex=np.where(FRAME.index % 3 > 0, "m", "f"),
        name=[f"name {place}" for place in range(M)],
    )

    def weights(self, model: Path) -> dict[str, float]:
        with np.load(model) as found:
            return dict(zip(found["features"].tolist(), found["w"].tolist(), strict=True))

    @pytest.mark.parametrize("more", [(), ("--test-share", "0.25"), ("--scale", "standardize")])
    def test_the_weights_are_the_same(self, tmp_path: Path, more: tuple[str, ...]) -> None:
        self.TABLE.to_csv(tmp_path / "a.csv", index=False)
        made = pd.get_dummies(self.TABLE.drop(columns="name").dropna(), columns=["sex"], prefix_sep="=", dtype=int)
        made.to_csv(tmp_path / "made.csv", index=False)
        for name in ("a", "made"):
            given = ("--label", "y", *SHORT, *more, "--model", tmp_path / f"{name}.npz")
            told = gradrace("train", tmp_path / f"{name}.csv", *given)
            assert told.returncode == 0, told.stderr
            assert f"m_train {27 if '--test-share' in more else 36}" in told.stdout
            assert "n_x 5" in told.stdout
        assert self.weights(tmp_path / "a.npz") == self.weights(tmp_path / "made.npz")
        assert [*self.weights(tmp_path / "a.npz")] == ["a", "b", "c", "sex=f", "sex=m"]

    def test_test_data_are_read_in_the_same_way(self, tmp_path: Path) -> None:
        self.TABLE.to_csv(tmp_path / "a.csv", index=False)
        test = self.TABLE[["sex", "y", "c", "b", "a"]].assign(sex=["x", *self.TABLE.sex[1:]])
        test.assign(y=test.y.where(test.index != 7)).to_csv(tmp_path / "b.csv", index=False, sep=";")
        told = gradrace("train", tmp_path / "a.csv", "--label", "y", *SHORT, "--test-data", tmp_path / "b.csv")
        assert told.returncode == 0, told.stderr
        assert "m_train 36, m_test 35, n_x 5" in told.stdout
        assert told.stderr.splitlines()[:6] == [
            "left out as text: name (40 values)",
            "columns of 0 and 1 for each value of sex (2 values)",
            "4 of 40 examples left out, as a is missing; to use them: --drop a",
            f"{tmp_path / 'b.csv'}: 1 of 40 examples left out, as they have no label",
            f"{tmp_path / 'b.csv'}: 4 of 40 examples left out, as a is missing",
            f"{tmp_path / 'b.csv'}: sex: values that the training didn't have count as missing: 'x' (1)",
        ]

    def test_a_model_says_which_values_it_lacks(self, tmp_path: Path) -> None:
        self.TABLE.dropna().to_csv(tmp_path / "a.csv", index=False)
        model = tmp_path / "m.npz"
        assert gradrace("train", tmp_path / "a.csv", "--label", "y", *SHORT, "--model", model).returncode == 0
        self.TABLE[:1].assign(sex="x").to_csv(tmp_path / "one.csv", index=False)
        told = gradrace("predict", model, tmp_path / "one.csv", "--json")
        assert (told.returncode, len(told.stdout.splitlines())) == (0, 1)
        assert told.stderr == (
            f"{tmp_path / 'one.csv'}: sex: values that the training didn't have count as missing: 'x' (1)\n"
        )
        self.TABLE.to_csv(tmp_path / "all.csv", index=False)
        told = gradrace("predict", model, tmp_path / "all.csv")
        lines, lacks = told.stdout.splitlines(), self.TABLE.a.isna()
        assert "no prediction for " in told.stderr
        assert [line.split()[0] == "–" for line in lines] == lacks.tolist()
        rows = map(json.loads, gradrace("predict", model, tmp_path / "all.csv", "--json").stdout.splitlines())
        assert [(row["probability"], row["class"]) == (None, None) for row in rows] == lacks.tolist()

    @pytest.mark.parametrize("more", [("run", "--budget", "30"), ("verify", "--quick", "--verbose")])
    @pytest.mark.parametrize("given", [(), ("--keep", "id", "--positive", "x")])
    def test_all_verbs_take_the_same_features(self, tmp_path: Path, more: tuple[str, ...], given: tuple[str, ...]):
        y = np.array(["x", "y", "z"])[FRAME.index % 3]
        self.TABLE.assign(id=range(M), y=y).to_csv(tmp_path / "a.csv", index=False)
        words = ("--data", "a.csv", "--label", "y", *given)
        told = gradrace("train", *words, *SHORT, cwd=tmp_path)
        assert told.returncode == 0, told.stderr
        notes, end, _ = told.stderr.partition("4 of 40 examples left out, as a is missing; to use them: --drop a\n")
        m, n_x = told.stdout.split()[1].strip(","), told.stdout.split()[3].strip(";")
        told = gradrace(*more, *words, "--impl", "numpy_vectorized", cwd=tmp_path)
        assert told.returncode == 0, told.stderr
        assert end
        assert told.stderr.startswith(notes + end)
        assert told.stderr.count(end) == 1
        assert re.search(rf"\b{m} × {n_x}\b|m = {m}, n_x = {n_x}\b", told.stdout)

    def test_several_classes_need_one_option(self, tmp_path: Path) -> None:
        table = self.TABLE.assign(y=np.array(["x", "y", "z"])[FRAME.index % 3], sex=self.TABLE.sex[::-1].to_numpy())
        table.to_csv(tmp_path / "a.csv", index=False)
        told = gradrace("train", tmp_path / "a.csv", "--label", "y", "--positive", "x", *SHORT)
        assert told.returncode == 0, told.stderr
        assert "m_train 36, n_x 5; class 1: x, class 0: not x" in told.stdout
