"""Classifiers at the front door: train, predict, make."""

from __future__ import annotations

import json
import re
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tests.gradrace.front_door import gradrace, refused


def images(path: Path, m: int, part: str) -> Path:
    """A file of the course's layout whose class can be seen: images of class 1 are brighter."""
    rng = np.random.default_rng(m)
    labels = rng.integers(0, 2, m)
    pixels = rng.integers(0, 128, (m, 8, 8, 3)) + 100 * labels[:, np.newaxis, np.newaxis, np.newaxis]
    with h5py.File(path, "w") as file:
        file[f"{part}_set_x"] = pixels.astype(np.uint8)
        file[f"{part}_set_y"] = labels
        file["list_classes"] = np.array([b"non-cat", b"cat"])
    return path


def test_training_tells_costs_that_fall_and_how_good_it_became(tmp_path: Path) -> None:
    data, test_data = images(tmp_path / "a.h5", 40, "train"), images(tmp_path / "b.h5", 20, "test")
    words = ["train", "--data", data, "--test-data", test_data, "--alpha", "0.05", "--iterations", "150"]
    told = gradrace(*words, "--impl", "numpy_vectorized")
    assert told.returncode == 0, told.stderr
    sizes, *costs, train, _, cost_and_area, heads, zeros, ones, test = told.stdout.splitlines()[:11]
    assert sizes == "m_train 40, m_test 20, n_x 192; class 1: cat, class 0: non-cat"
    assert [line.split()[:3] for line in costs] == [["iteration", n, "cost"] for n in ("0", "100", "150")]
    assert costs[0] == "iteration 0  cost 0.693147"
    assert float(costs[-1].split()[-1]) < 0.5
    assert (heads.split()[:2], zeros.split()[0], ones.split()[0]) == (["called", "non-cat"], "non-cat", "cat")
    assert test.startswith("test accuracy  ")
    with h5py.File(data) as file:
        share = np.mean(file["train_set_y"][()])
    kind, most = ("cat", share) if share > 0.5 else ("non-cat", 1 - share)
    assert train == f"train accuracy  100.00 %; always predicting {kind}: {100 * most:.2f} %"
    assert cost_and_area == f"train cost {costs[-1].split()[-1]}, ROC AUC 1.0000"
    assert told.stdout == gradrace(*words, "--impl", "python_loop").stdout


@pytest.mark.slow
def test_several_implementations_make_the_same_descent(tmp_path: Path) -> None:
    data = images(tmp_path / "a.h5", 40, "train")
    words = ("train", "--data", data, "--alpha", "0.05", "--iterations", "150", "--test-share", "0.2")
    several = (*words, "--impl", "numpy_vectorized,numba_loop,python_loop")
    told = gradrace(*several, "--budget", "300", "--target", "0.5", "--out", tmp_path / "out")
    assert told.returncode == 0, told.stderr
    assert "One curve: the costs from 3 implementations agree" in told.stdout
    assert "All printed digits are" in " ".join(told.stdout.split())
    assert max(len(line) for line in told.stdout.splitlines() if not line.startswith(("Report:", "Page:"))) <= 80
    assert "  called non-cat  called cat" in told.stdout
    alone = gradrace(*words).stdout.splitlines()
    assert [line for line in told.stdout.splitlines() if line.startswith("iteration")] == alone[1:4]
    assert {"report.md", "index.html", "training.json"} <= {file.name for file in (tmp_path / "out").iterdir()}
    refused(gradrace(*several, "--resume", "--model", tmp_path / "m.npz"), "--resume is for one implementation")
    refused(gradrace(*several, "--target", "nan"), "--target")
    refused(gradrace(*words, "--impl", "python_graph,python_loop", "--budget", "0.001"), "no time is left for a single")


def test_one_implementation_stops_at_its_budget_and_goes_on(tmp_path: Path) -> None:
    """The budget is the whole command's, so that it may be over before the first step; then nothing is trained."""
    data, model = images(tmp_path / "a.h5", 40, "train"), tmp_path / "cat.npz"
    words = ("train", "--data", data, "--alpha", "0.001", "--impl", "python_loop", "--model", model)
    refused(
        gradrace(*words, "--budget", "0.001"),
        "--budget: used up while python_loop was starting, compiling or in a step",
    )
    assert not model.exists()
    told = gradrace(*words, "--budget", "8", "--iterations", "1000000")
    assert told.returncode == 0, told.stderr
    made = int(told.stdout.split("iteration ")[-1].split()[0])
    assert 0 < made < 1_000_000
    assert f"stopped at iteration {made} of 1000000: --budget is used up" in told.stderr
    more = gradrace(*words, "--resume", "--iterations", str(made + 10))
    assert f"resumed at iteration {made}" in more.stdout
    assert f"iteration {made + 10} " in more.stdout


def test_a_model_that_was_trained_predicts(tmp_path: Path) -> None:
    data, model = images(tmp_path / "a.h5", 40, "train"), tmp_path / "cat.npz"
    told = gradrace("train", "--data", data, "--alpha", "0.05", "--iterations", "150", "--model", model)
    assert told.returncode == 0, told.stderr
    Image.new("RGB", (30, 20), "white").save(tmp_path / "bright.png")
    assert told.stdout.endswith(f"Model:  {model}, for `gradrace predict {model} FILE`\n")
    told = gradrace("predict", model, tmp_path / "bright.png", data)
    assert (told.returncode, told.stderr) == (0, "P(cat)  class    example  source\n")
    first, *others = told.stdout.splitlines()
    assert first.split()[1] == "cat"
    assert first.endswith("bright.png")
    with h5py.File(data) as file:
        labels = file["train_set_y"][()]
    assert [line.split()[1] for line in others] == [("non-cat", "cat")[label] for label in labels]
    assert others[0].endswith(f"      1  {data}")
    assert {line.index(str(tmp_path)) for line in (first, *others)} == {len("P(cat)  class    example  ")}
    row = json.loads(gradrace("predict", model, tmp_path / "bright.png", "--json").stdout)
    assert row["class"] == "cat"
    assert f"{row['probability']:.4f}" == first.split()[0]


def test_predictions_are_written_for_a_spreadsheet(tmp_path: Path) -> None:
    kinds = ('"ja, nein"', "größer")
    rows = [f"{row},{row * 7 % 31},{kinds[row % 3 > 0]}" for row in range(30)]
    (tmp_path / "ä.csv").write_text("\n".join(["age,pulse,ill", *rows]))
    told = gradrace("train", "ä.csv", "--keep", "age", "--iterations", "5", "--model", "m.npz", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    (tmp_path / "b.csv").write_text("age,pulse\n1,2\n,3\n")
    told = gradrace("predict", "m.npz", "ä.csv", "b.csv", "--csv", "p.csv", cwd=tmp_path)
    assert (told.returncode, told.stdout) == (0, "Predictions: p.csv (32 examples, 1 without a prediction)\n")
    found = pd.read_csv(tmp_path / "p.csv")
    lines = gradrace("predict", "m.npz", "ä.csv", "b.csv", "--json", cwd=tmp_path).stdout.splitlines()
    wanted = pd.DataFrame([json.loads(line) for line in lines])
    pd.testing.assert_frame_equal(found, wanted, check_exact=False, rtol=1e-12)
    assert (tmp_path / "p.csv").read_bytes().startswith(b"\xef\xbb\xbfsource,example,probability,class\n")
    before = (tmp_path / "p.csv").read_bytes()
    for words, why in (
        (("b.csv", "--csv", "b.csv"), "--csv: b.csv is read here, and would be lost; name another file"),
        (("b.csv", "--csv", "m.npz"), "--csv: m.npz is read here, and would be lost; name another file"),
        (("b.csv", "--csv", "none/p.csv"), "none/p.csv can't be written (No such file or directory); name another"),
        (("b.csv", "--csv", "/dev/full"), "--csv: /dev/full can't be written (No space left on device); name another"),
        (("b.csv", "--csv", "p.csv", "--json"), "--csv writes only its file; leave out --json"),
        (("gone.csv", "--csv", "p.csv"), "gone.csv: no such file"),
    ):
        told = gradrace("predict", "m.npz", *words, cwd=tmp_path)
        assert told.returncode == 2
        assert why in told.stderr
        assert told.stderr.count("gradrace: ") == 1
    assert (tmp_path / "p.csv").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"ä.csv", "b.csv", "m.npz", "p.csv"}


def test_a_model_refuses_what_does_not_fit(tmp_path: Path) -> None:
    table, model = tmp_path / "a.csv", tmp_path / "m.npz"
    table.write_text("age,pulse,ill\n1,5,yes\n2,3,no\n4,9,yes\n7,1,no\n")
    told = gradrace("train", "--data", table, "--label", "ill", "--scale", "standardize", "--model", model)
    assert told.returncode == 0, told.stderr
    told = gradrace("predict", model, table)
    assert [line.split()[1] for line in told.stdout.splitlines()] == ["yes", "no", "yes", "no"]
    (tmp_path / "b.csv").write_text("age,ill\n1,yes\n")
    (tmp_path / "none.csv").write_text("age,pulse\n")
    refused(gradrace("predict", model, tmp_path / "none.csv"), "none.csv: holds no example; name a file with some")
    (tmp_path / "none.csv").write_text("age,pulse\n1,\n,2\n")
    told = gradrace("predict", model, tmp_path / "none.csv")
    assert (told.returncode, len(told.stdout.splitlines())) == (2, 2)
    assert "no example could be predicted, as each lacks a number; fill in the missing numbers" in told.stderr
    refused(gradrace("predict", model, tmp_path / "b.csv"), "column 'pulse' is missing; the columns are 'age', 'ill'")
    np.save(tmp_path / "X.npy", np.ones((5, 3)))
    refused(gradrace("predict", model, tmp_path / "X.npy"), "the model takes 2 features")
    Image.new("RGB", (9, 9)).save(tmp_path / "a.png")
    for place, kind in (("a.png", "an image"), (".", "a folder")):
        told = gradrace("predict", model, tmp_path / place)
        refused(told, f"is {kind}, but the model takes tables with the columns age, pulse; name files of that kind")
    refused(gradrace("predict", tmp_path / "a.png", table), "not a model (no .npz file); name a file")
    bundled = ("train", "--data", "breast_cancer", "--iterations", "1", "--model")
    refused(gradrace(*bundled, model), "m.npz exists; resume it with --resume, name another, or delete it")
    refused(gradrace("train", "--data", "none.csv", "--resume"), "--resume: name the model to resume with --model")
    assert gradrace(*bundled, tmp_path / "b.npz").returncode == 0
    assert len(gradrace("predict", tmp_path / "b.npz", "breast_cancer").stdout.splitlines()) == 569
    refused(gradrace("predict", tmp_path / "b.npz", "digits"), "64 features, but the model takes 30")
    group = pytest.importorskip("zarr").open_group(tmp_path / "X.zarr", mode="w")
    group.create_array("X", data=np.array([[1.0, 5.0], [2.0, 3.0]]))
    wide = gradrace("predict", tmp_path / "b.npz", tmp_path / "X.zarr")
    refused(wide, "2 features, but the model takes 30")
    np.savez(tmp_path / "two.npz", X=np.array([[1.0, 5.0], [2.0, 3.0], [4.0, 9.0]]), y=np.array([1, 0, 1]))
    assert gradrace("train", "--data", tmp_path / "two.npz", "--model", tmp_path / "two").returncode == 0
    assert len(gradrace("predict", tmp_path / "two", tmp_path / "X.zarr").stdout.splitlines()) == 2


def test_a_threshold_is_kept_by_the_model_and_overridden(tmp_path: Path) -> None:
    words = ("train", "--data", "breast_cancer", "--scale", "standardize", "--alpha", "0.1", "--iterations", "50")
    ones = {}
    for threshold in ("0.02", "0.5", "0.98"):
        model = tmp_path / f"{threshold}.npz"
        told = gradrace(*words, "--threshold", threshold, "--model", model)
        assert told.returncode == 0, told.stderr
        predicted = gradrace("predict", model, "breast_cancer").stdout
        ones[threshold] = predicted.count("benign")
        confusion = [line.split() for line in told.stdout.splitlines() if line.startswith("  ")][1:]
        assert sum(int(row[2]) for row in confusion) == ones[threshold]
        again = gradrace("predict", model, "breast_cancer", "--threshold", "0.5").stdout
        assert again.count("benign") == ones.get("0.5", again.count("benign"))
    assert ones["0.02"] > ones["0.5"] > ones["0.98"]
    for number in ("0", "1", "nan", "-0.5"):
        refused(gradrace(*words, "--threshold", number), f"--threshold: {number} is not between 0 and 1; give a")
        refused(gradrace("predict", model, "breast_cancer", "--threshold", number), "give a probability such as 0.5")


def test_bundled_data_are_split_by_a_seed(tmp_path: Path) -> None:
    words = ("train", "--data", "breast_cancer", "--scale", "standardize", "--alpha", "0.5", "--iterations", "100")
    told = gradrace(*words, "--test-share", "0.3", "--seed", "4")
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines()[0] == "m_train 398, m_test 171, n_x 30; class 1: benign, class 0: malignant"
    assert float(told.stdout.split("test accuracy")[1].split()[0]) > 90
    told = gradrace("verify", "--data", "digits", "--m", "20", "--quick", "--impl", "numpy_vectorized")
    assert "10 classes: '3' counts as 1 (183 of 1797), all others as 0; another: --positive 1" in told.stderr
    refused(gradrace(*words, "--test-share", "1"), "--test-share: 1 is not a share")


def test_pixels_take_an_alpha_with_which_the_cost_falls(tmp_path: Path) -> None:
    rng, y = np.random.default_rng(0), np.arange(60) % 2
    bright = (20 * y).astype(np.uint8)[:, np.newaxis, np.newaxis, np.newaxis]
    np.savez(tmp_path / "a.npz", X=rng.integers(190, 230, (60, 40, 40, 3), np.uint8) + bright, y=y)
    words = ("train", tmp_path / "a.npz", "--iterations", "300")
    told = gradrace(*words, "--out", tmp_path / "out", "--model", tmp_path / "m.npz")
    assert told.returncode == 0, told.stderr
    alpha = re.search("alpha (.*), as the cost would rise with 0.005; to use that: --alpha 0.005\n", told.stderr)[1]
    assert "cost rose" not in told.stderr
    costs = [float(line.split()[-1]) for line in told.stdout.splitlines() if line.startswith("iteration")]
    assert costs == sorted(costs, reverse=True)
    assert f"| alpha | {alpha}, decay 0 |" in (tmp_path / "out" / "report.md").read_text()
    assert "| scale | divided by 255 |" in (tmp_path / "out" / "report.md").read_text()
    more = ("--iterations", "400", "--resume", "--model", tmp_path / "m.npz")
    assert "resumed at iteration 300" in gradrace("train", tmp_path / "a.npz", *more).stdout
    assert "cost rose" in gradrace(*words, "--alpha", "0.005").stderr
    raced = gradrace(*words, "--impl", "numpy_vectorized,numba_fused", "--budget", "60")
    assert raced.returncode == 0, raced.stderr
    assert raced.stderr.count(f"alpha {alpha}, as the cost would rise") == 1
    assert "cost rose" not in raced.stderr


def test_images_of_another_size_are_refused(tmp_path: Path) -> None:
    data = images(tmp_path / "a.h5", 10, "train")
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file["test_set_x"], file["test_set_y"] = np.zeros((2, 9, 9, 3), np.uint8), np.array([0, 1])
    refused(gradrace("train", "--data", data, "--test-data", tmp_path / "b.h5"), "243 features, not the 192")
    refused(gradrace("train", "--data", data, "--alpha", "nan"), "--alpha")


def test_training_sets_and_test_sets_are_not_taken_for_each_other(tmp_path: Path) -> None:
    data, test_data = images(tmp_path / "a.h5", 10, "train"), images(tmp_path / "b.h5", 10, "test")
    refused(
        gradrace("train", "--data", test_data),
        "b.h5: has test examples, but no train examples; were the two files swapped?",
    )
    refused(gradrace("train", "--data", data, "--test-data", data), "a.h5: has train examples, but no test examples")


def test_a_file_of_both_parts_trains_with_one_and_tests_with_the_other(tmp_path: Path) -> None:
    with h5py.File(images(tmp_path / "a.h5", 30, "train"), "a") as file:
        file["test_set_x"], file["test_set_y"] = file["train_set_x"][:9], file["train_set_y"][:9]
    words = ["train", "--data", "a.h5", "--alpha", "0.05", "--iterations", "150"]
    alone = gradrace(*words, cwd=tmp_path)
    assert alone.returncode == 0, alone.stderr
    assert alone.stdout.startswith("m_train 30, n_x 192;")
    told = "a.h5 holds train_set_x and test_set_x; --test-data a.h5 tests with test_set_x"
    assert told in alone.stderr
    assert "no estimate for new data; --test-data a.h5 tests with test_set_x\n" in alone.stderr
    both = gradrace(*words, *told.partition("; ")[2].split()[:2], cwd=tmp_path)
    assert both.stdout.startswith("m_train 30, m_test 9, n_x 192;")
    assert "test accuracy  100.00 %" in both.stdout
    assert told not in both.stderr
    assert "no estimate" not in both.stderr


def test_a_test_set_may_lack_classes_other_than_the_positive_one(tmp_path: Path) -> None:
    X, kinds = np.random.default_rng(2).normal(size=(9, 3)), np.array(["a", "b", "c"] * 3)
    np.savez(tmp_path / "a.npz", x_train=X, y_train=kinds, x_test=X[kinds != "c"], y_test=kinds[kinds != "c"])
    words = ["train", "--data", "a.npz", "--test-data", "a.npz", "--iterations", "2"]
    told = gradrace(*words, "--positive", "b", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("m_train 9, m_test 6, n_x 3; class 1: b, class 0: not b")
    told = gradrace(*words, cwd=tmp_path)
    assert told.stdout.startswith("m_train 9, m_test 6, n_x 3; class 1: a, class 0: not a")


def test_a_descent_that_overflows_is_refused(tmp_path: Path) -> None:
    data = images(tmp_path / "a.h5", 10, "train")
    refused(
        gradrace("train", "--data", data, "--alpha", "1e308"),
        "the numbers overflow by iteration 100; alpha 1e+308 is too large",
    )
    model = tmp_path / "m.npz"
    gradrace("train", "--data", data, "--alpha", "1e308", "--model", model)
    assert not model.exists()  # it would stand in the way of another attempt


def test_x_beyond_the_memory_allowed_stays_on_disk(tmp_path):
    made = gradrace("make", "X.npy", "--m", "200", "--nx", "9", "--pixels", cwd=tmp_path)
    assert made.stdout.splitlines() == [
        "X.npy: 200 examples with 9 features each, uint8; X.labels.npy: their labels",
        "0.00226 MB in both; seed 0. To train with them:",
        "gradrace train --data X.npy --label X.labels.npy --impl numba_pixels --alpha 1.2",
    ]
    words = ["train", "--data", "X.npy", "--label", "X.labels.npy", "--iterations", "30", "--alpha", "0.1"]
    disk = gradrace(*words, "--memory", "1kB", "--out", "disk", cwd=tmp_path)
    memory = gradrace(*words, cwd=tmp_path)
    assert disk.returncode == memory.returncode == 0, disk.stderr + memory.stderr
    assert "X of 0.00 GB stays on disk" in disk.stdout
    assert "of the limit: reading alone" in disk.stderr
    assert "of the limit: reading alone" in (tmp_path / "disk" / "report.md").read_text()
    assert disk.stdout.split("train accuracy")[0].splitlines()[-1] in memory.stdout
    assert disk.stdout.split("train accuracy")[1].split("Report")[0] == memory.stdout.split("train accuracy")[1]
    refused(gradrace(*words, "--memory", "much", cwd=tmp_path), "--memory: 'much' is not a size; give one like 4GB")
    several = (*words, "--impl", "numpy_vectorized,numba_loop", "--memory", "1kB")
    refused(gradrace(*several, cwd=tmp_path), "--memory is for one implementation")
    refused(gradrace("make", "Y.npy", "--m", "1,2", "--nx", "3", cwd=tmp_path), "--m: '1,2' are several; give one")
    refused(gradrace(*words, "--scheduler", "nowhere", cwd=tmp_path), "--scheduler: 'nowhere' is not an address")
    refused(gradrace(*words, "--scheduler", "tcp://127.0.0.1:1", cwd=tmp_path), "nothing answers at tcp://127.0.0.1:1")


RAISES = """
from gradrace import Implementation, Technique
from gradrace.impls import numpy_vectorized

plain = numpy_vectorized.IMPLEMENTATION

def prepare(problem):
    return plain.prepare(problem)

def gradient(data, w, b):
    return plain.gradient(data, w, b)

def descend(data, w, b, alpha, steps):
    return w, b

IMPLEMENTATION = Implementation(
    technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient, descend=descend
)
"""


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("def prepare(problem):", "ValueError: mistaken (mine.py, line 7)"),
        ("def gradient(data, w, b):", "ValueError: mistaken (mine.py, line 10)"),
        ("def descend(data, w, b, alpha, steps):", "ValueError: mistaken (mine.py, line 13)"),
        ("IMPLEMENTATION = ", "ValueError while importing: mistaken (mine.py, line 16)"),
    ],
)
def test_an_implementation_that_raises_is_told_with_the_line_and_status_1(tmp_path: Path, line: str, told: str) -> None:
    fault = "raise ValueError('mistaken')"
    put = f"{fault}\n{line}" if line.endswith("= ") else f"{line} {fault}\ndef unused():"
    (tmp_path / "mine.py").write_text(RAISES.replace(line, put, 1))
    alone = gradrace("train", "digits", "--impl", "mine.py", "--iterations", "2", cwd=tmp_path)
    assert alone.returncode == 1
    last = alone.stderr.splitlines()[-1]
    assert last == f"gradrace: mine failed: {told}; `gradrace verify --impl mine.py` says more"


@pytest.mark.parametrize("function", ["prepare", "gradient", "descend"])
def test_a_compiled_function_that_raises_fails_without_a_traceback(tmp_path: Path, function: str) -> None:
    """Its exception passes through no file of the implementation."""
    compiled = f"{function}=operator.methodcaller('no')"
    text = RAISES.replace(f"{function}={function}", compiled, 1)
    (tmp_path / "mine.py").write_text(f"import operator\n{text}")
    alone = gradrace("train", "digits", "--impl", "mine.py", "--iterations", "2", cwd=tmp_path)
    assert alone.returncode == 1
    assert alone.stderr.splitlines()[-1].startswith("gradrace: mine failed: ")


def test_one_that_returns_no_gradient_fails_too(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(RAISES.replace("return plain.gradient", "return 3 * plain.gradient"))
    alone = gradrace("train", "digits", "--impl", "mine.py", "--iterations", "2", cwd=tmp_path)
    assert alone.returncode == 1
    assert "mine failed: returns 9 values, not J, dw, db; " in alone.stderr


@pytest.mark.slow
def test_one_that_raises_in_a_race_is_told_with_the_line(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(RAISES.replace("return plain.gradient(data, w, b)", "return plain[0]"))
    raced = gradrace("train", "digits", "--impl", "mine.py,numpy_vectorized", "--iterations", "2", cwd=tmp_path)
    assert raced.returncode == 1
    assert "(mine.py, line 11)" in raced.stdout.replace("\n", " ")
