"""Trainings on several classes: the most frequent one against all others, also where the test data differ."""

from __future__ import annotations

import re
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits, load_iris
from sklearn.metrics import confusion_matrix

from gradrace.bench.training.model import load
from tests.gradrace.front_door import gradrace, refused

IRIS = load_iris(as_frame=True)
FLOWERS = IRIS.data.set_axis([*"abcd"], axis=1).assign(species=IRIS.target_names[IRIS.target])
UNEVEN = pd.concat([FLOWERS, FLOWERS[FLOWERS.species == "versicolor"][:10]], ignore_index=True)
"""60 versicolor, 50 of each other species."""

WORDS = ("--iterations", "300", "--alpha", "0.05")
SAID = "3 classes: 'versicolor' counts as 1 (60 of 160), all others as 0; another: --positive setosa"


def descended(X: NDArray[np.float64], y: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
    """w and b after 300 steps of rate 0.05 from zero, by the formulas of the lecture. X: (m, n_x)."""
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(300):
        off = 1 / (1 + np.exp(-(X @ w + b))) - y
        w, b = w - 0.05 * X.T @ off / len(y), b - 0.05 * off.mean()
    return w, b


def called(train: pd.DataFrame, test: pd.DataFrame, one: str) -> NDArray[np.bool_]:
    """The examples of `test` that are called `one` after such a training."""
    w, b = descended(train[[*"abcd"]].to_numpy(), (train.species == one).to_numpy())
    return np.asarray(test[[*"abcd"]].to_numpy() @ w + b > 0)


def holds(told: CompletedProcess[str], part: str, actual: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> None:
    """Assert that the printed counts, accuracy and majority are those of these labels and predictions."""
    assert told.returncode == 0, told.stderr
    text = told.stdout[told.stdout.index(f"{part} accuracy") :]
    counts = [[int(count) for count in line.split()[-2:]] for line in text.splitlines()[4:6]]
    assert counts == confusion_matrix(actual, predicted).tolist()
    majority = max(actual.mean(), 1 - actual.mean())
    name = r"not \w+" if actual.mean() <= 0.5 else r"\w+"
    expected = f"{part} accuracy  {100 * (actual == predicted).mean():.2f} %; always predicting {name}: "
    assert re.match(f"{expected}{100 * majority:.2f} %\n", text), text


def written(folder: Path, name: str, frame: pd.DataFrame) -> Path:
    frame.to_csv(folder / name, index=False)
    return folder / name


def test_the_first_command_trains_and_says_both_decisions(tmp_path: Path) -> None:
    told = gradrace("train", written(tmp_path, "iris.csv", UNEVEN), *WORDS)
    lines = told.stderr.splitlines()
    assert lines[0] == "label: the last column 'species' (setosa, versicolor, virginica); another: --label NAME"
    assert lines[1] == SAID
    assert sum("counts as 1" in line for line in lines) == 1
    assert told.stdout.startswith("m_train 160, n_x 4; class 1: versicolor, class 0: not versicolor\n")
    one = "versicolor"
    holds(told, "train", (UNEVEN.species == one).to_numpy(), called(UNEVEN, UNEVEN, one))
    assert max(map(len, told.stdout.splitlines())) <= 80
    even = gradrace("train", written(tmp_path, "even.csv", FLOWERS), *WORDS)
    assert "3 classes: 'setosa' counts as 1 (50 of 150), all others as 0; another: --positive versicolor" in even.stderr
    assert "always predicting not setosa: 66.67 %" in even.stdout
    another = gradrace(
        "train", tmp_path / "even.csv", *WORDS, *even.stderr.splitlines()[1].split("another: ")[1].split()
    )
    assert "counts as 1" not in another.stderr
    holds(another, "train", (FLOWERS.species == one).to_numpy(), called(FLOWERS, FLOWERS, one))


def test_digits_need_no_option() -> None:
    told = gradrace("train", "digits", "--iterations", "20")
    assert told.returncode == 0, told.stderr
    assert "10 classes: '3' counts as 1 (183 of 1797), all others as 0; another: --positive 1\n" in told.stderr
    share = (load_digits().target != 3).mean()
    assert f"always predicting not 3: {100 * share:.2f} %" in told.stdout


@pytest.mark.parametrize("suffix", ["csv", "npz"])
def test_test_data_take_the_class_of_the_training(tmp_path: Path, suffix: str) -> None:
    """In the test data, another class is the most frequent one, and one is absent."""
    test = FLOWERS[FLOWERS.species != "virginica"][20:]
    assert test.species.value_counts().idxmax() == "versicolor"
    train, one = FLOWERS, "setosa"
    paths = []
    for name, frame in (("train", train), ("test", test)):
        paths.append(tmp_path / f"{name}.{suffix}")
        if suffix == "csv":
            written(tmp_path, f"{name}.csv", frame)
        else:
            words = frame.species.to_numpy(dtype="U")
            np.savez(paths[-1], **{f"x_{name}": frame[[*"abcd"]].to_numpy(), f"y_{name}": words})
    told = gradrace("train", paths[0], "--test-data", paths[1], *WORDS)
    holds(told, "train", (train.species == one).to_numpy(), called(train, train, one))
    holds(told, "test", (test.species == one).to_numpy(), called(train, test, one))
    assert told.stderr.count("counts as 1") == 1


def test_labels_of_test_data_in_a_file_of_their_own_take_it_too(tmp_path: Path) -> None:
    test = FLOWERS[30:]
    for part, frame in (("train", FLOWERS), ("test", test)):
        np.save(tmp_path / f"X_{part}.npy", frame[[*"abcd"]].to_numpy())
        np.save(tmp_path / f"y_{part}.npy", frame.species.to_numpy(dtype="U"))
    told = gradrace("train", tmp_path / "X_train.npy", "--test-data", tmp_path / "X_test.npy", *WORDS)
    holds(told, "test", (test.species == "setosa").to_numpy(), called(FLOWERS, test, "setosa"))
    assert told.stderr.count("counts as 1") == 1


def test_test_data_without_the_class_are_refused(tmp_path: Path) -> None:
    train, test = written(tmp_path, "a.csv", FLOWERS), written(tmp_path, "b.csv", FLOWERS[FLOWERS.species != "setosa"])
    words = ("train", train, "--test-data", test, *WORDS)
    told = gradrace(*words)
    refused(told, "b.csv: no example of 'setosa', the class that counts as 1; its classes are versicolor, virginica; ")
    assert told.stderr.endswith("add such examples, or go on with --positive versicolor\n")
    followed = gradrace(*words, "--positive", "versicolor")
    holds(
        followed, "test", (FLOWERS.species[50:] == "versicolor").to_numpy(), called(FLOWERS, FLOWERS[50:], "versicolor")
    )
    written(tmp_path, "b.csv", FLOWERS.assign(species=IRIS.target))
    refused(gradrace(*words), "its classes are 0, 1, 2; give both the same classes")
    refused(gradrace(*words, "--positive", "virginica"), "no example of 'virginica', the class that counts as 1")
    written(tmp_path, "b.csv", FLOWERS[:50])
    refused(gradrace(*words), "b.csv: all labels are setosa; a classifier needs two classes")


@pytest.mark.parametrize("given", [(), ("--positive", "setosa")])
def test_classes_that_only_the_test_data_have_are_said(tmp_path: Path, given: tuple[str, ...]) -> None:
    kinds = [*FLOWERS.species[:140], *["rose"] * 10]
    train, test = written(tmp_path, "a.csv", FLOWERS), written(tmp_path, "b.csv", FLOWERS.assign(species=kinds))
    told = gradrace("train", train, "--test-data", test, *WORDS, *given)
    holds(told, "test", (FLOWERS.species == "setosa").to_numpy(), called(FLOWERS, FLOWERS, "setosa"))
    assert f"{test}: classes that {train} lacks count as 0: rose\n" in told.stderr
    assert "lacks" not in gradrace("train", train, "--test-data", train, *WORDS, *given).stderr


def test_of_two_classes_the_test_data_may_have_no_third(tmp_path: Path) -> None:
    train, test = written(tmp_path, "a.csv", FLOWERS[:100]), written(tmp_path, "b.csv", FLOWERS)
    refused(gradrace("train", train, "--test-data", test, *WORDS), "b.csv: 3 classes (setosa, versicolor, virginica)")


def test_a_share_is_set_apart_after_the_decision(tmp_path: Path) -> None:
    told = gradrace("train", written(tmp_path, "a.csv", UNEVEN), "--test-share", "0.25", *WORDS)
    assert told.stdout.startswith("m_train 120, m_test 40, n_x 4; class 1: versicolor, class 0: not versicolor")
    assert SAID in told.stderr
    counts = [line.split()[-2:] for line in told.stdout.splitlines()[-2:]]
    assert [sum(map(int, pair)) for pair in counts] == [25, 15]


def test_a_model_keeps_the_class_and_a_training_goes_on_with_it(tmp_path: Path) -> None:
    data, words = written(tmp_path, "a.csv", UNEVEN), ("--alpha", "0.05", "--model", "m.npz")
    whole = gradrace("train", data, *WORDS, "--model", "whole.npz", cwd=tmp_path)
    gradrace("train", data, *words, "--iterations", "100", cwd=tmp_path)
    resumed = gradrace("train", data, *words, "--iterations", "300", "--resume", cwd=tmp_path)
    assert "resumed at iteration 100" in resumed.stdout
    assert resumed.stdout.splitlines()[-8:-1] == whole.stdout.splitlines()[-8:-1]
    assert load(tmp_path / "m.npz").classes == ("not versicolor", "versicolor")
    np.testing.assert_array_equal(load(tmp_path / "m.npz").w, load(tmp_path / "whole.npz").w)
    predicted = gradrace("predict", "m.npz", "a.csv", cwd=tmp_path).stdout.splitlines()
    ones = ["  versicolor  " in line for line in predicted]
    np.testing.assert_array_equal(ones, called(UNEVEN, UNEVEN, "versicolor"))
    assert sum("  not versicolor  " in line for line in predicted) == 160 - sum(ones)
    written(tmp_path, "more.csv", pd.concat([UNEVEN, *[FLOWERS[:50]] * 2]))  # now another one is the most frequent
    told = gradrace("train", "more.csv", *words, "--resume", cwd=tmp_path)
    advice = "go on with --positive versicolor, or leave out --resume"
    assert (told.returncode, told.stdout.count("\n")) == (2, 1)
    assert told.stderr.endswith(f"gradrace: m.npz: trained with the class 'versicolor' as 1; {advice}\n")


def test_a_training_goes_on_only_with_its_class(tmp_path: Path) -> None:
    data, words = written(tmp_path, "a.csv", FLOWERS), ("--alpha", "0.05", "--model", "m.npz")
    gradrace("train", data, *words, "--iterations", "100", "--positive", "virginica", cwd=tmp_path)
    told = gradrace("train", data, *words, "--iterations", "200", "--resume", cwd=tmp_path)
    advice = "go on with --positive virginica, or leave out --resume"
    assert told.stderr.endswith(f"gradrace: m.npz: trained with the class 'virginica' as 1; {advice}\n")
    again = gradrace("train", data, *words, "--iterations", "200", "--resume", "--positive", "virginica", cwd=tmp_path)
    assert again.returncode == 0, again.stderr


def test_a_race_trains_with_the_same_class(tmp_path: Path) -> None:
    data = written(tmp_path, "a.csv", UNEVEN)
    told = gradrace("train", data, *WORDS, "--impl", "numpy_vectorized,numba_loop")
    assert told.returncode == 0, told.stderr
    assert SAID in told.stderr
    assert "class 1: versicolor, class 0: not versicolor" in told.stdout


def test_other_verbs_take_the_same_class(tmp_path: Path) -> None:
    data = written(tmp_path, "a.csv", FLOWERS)
    words = ("--data", data, "--label", "species", "--impl", "numpy_vectorized")
    for verb in (("run", "--budget", "30", "--out", tmp_path / "out"), ("verify", "--quick")):
        told = gradrace(*verb, *words)
        assert told.returncode == 0, told.stderr
        assert told.stderr.startswith("3 classes: 'setosa' counts as 1 (50 of 150), all others as 0; another: --pos")


@pytest.mark.parametrize("kinds", [np.arange(150) % 73 + 18, np.arange(150) % 100 + 1, np.arange(150) % 3 / 2])
def test_numbers_to_predict_are_asked_about(tmp_path: Path, kinds: NDArray[np.generic]) -> None:
    data = written(tmp_path, "a.csv", FLOWERS.assign(species=kinds))
    told = gradrace("train", data, "--label", "species", *WORDS)
    refused(told, " classes (")
    assert "go on with --positive " in told.stderr
