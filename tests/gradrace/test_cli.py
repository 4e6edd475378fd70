"""The front door, as a user meets it: each verb in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import psutil
import pytest
from PIL import Image

from gradrace.bench.machine import environment
from gradrace.bench.paths import ROOT
from gradrace.bench.results_file import read
from gradrace.cli import main as front_door

NAMES = ["python_loop", "numpy_columns", "numpy_vectorized", "numba_loop", "numba_parallel"]


def gradrace(*words: str | Path, cwd: Path | None = None, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "PYTHONPATH": str(root), "COLUMNS": "80"}
    command = [sys.executable, "-P", "-m", "gradrace", *map(str, words)]
    return subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True, check=False, timeout=300)


def refused(told: subprocess.CompletedProcess[str], cause: str) -> None:
    """One line on stderr that names the cause, exit status 2, no traceback."""
    assert told.returncode == 2, told.stderr
    lines = [line for line in told.stderr.splitlines() if not line.startswith("warning: ")]  # of the machine
    assert len(lines) == 1
    assert lines[0].startswith("gradrace: ")
    assert cause in lines[0]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, to drop implementations into; one for all, as each copy compiles the floor anew."""
    root = tmp_path_factory.mktemp("checkout")
    for package in ("gradrace", "impls", "bench", "reports"):
        shutil.copytree(ROOT / package, root / package, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (root / "impls").glob("numba_*.py"):
        file.unlink()  # nothing here needs them, and each copy would compile them anew
    return root


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


def test_help_names_every_verb() -> None:
    told = gradrace("--help")
    assert told.returncode == 0
    for verb in ("list", "run", "report", "verify", "check", "compare", "train", "predict"):
        assert verb in told.stdout


def test_list_shows_every_implementation_in_80_columns() -> None:
    told = gradrace("list")
    assert told.returncode == 0
    assert all(name in told.stdout for name in NAMES)
    assert max(map(len, told.stdout.splitlines())) <= 80


def test_a_run_leaves_results_a_report_and_figures(tmp_path: Path) -> None:
    names = "python_loop,numpy_vectorized,numba_loop"
    told = gradrace("run", "--m", "10,20,40", "--nx", "5", "--impl", names, "--budget", "5", "--out", tmp_path / "out")
    assert told.returncode == 0, told.stderr
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert {b["params"]["impl"] for b in results["benchmarks"]} == {"floor", *names.split(",")}
    assert len(results["benchmarks"]) == 12
    for benchmark in results["benchmarks"]:
        if benchmark["params"]["impl"] == "floor":
            continue
        assert 0 <= max(benchmark["extra_info"]["error_over_bound"].values()) <= 1
    assert "numpy_vectorized" in told.stdout
    report = (tmp_path / "out" / "report.md").read_text()
    assert all(name in report for name in names.split(","))
    assert list((tmp_path / "out").rglob("*.svg"))
    compare = [sys.executable, "-m", "pytest_benchmark", "compare", "out/results.json"]
    table = subprocess.run(compare, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert "numba_loop[40-5-float64" in table


def test_a_report_is_written_again_and_earlier_results_are_kept(tmp_path: Path) -> None:
    run = ("run", "--m", "10", "--nx", "5", "--impl", "numpy_vectorized", "--budget", "2", "--out", "out")
    begun = gradrace(*run, "--resume", cwd=tmp_path)
    assert begun.returncode == 0
    assert "--resume: out holds no results.json yet; the run begins anew" in begun.stderr
    first = (tmp_path / "out" / "results.json").read_bytes()
    assert gradrace(*run, cwd=tmp_path).returncode == 0
    assert first in [file.read_bytes() for file in (tmp_path / "out").glob("results-*.json")]
    (tmp_path / "out" / "report.md").unlink()
    assert gradrace("report", "out/results.json", cwd=tmp_path).returncode == 0
    assert (tmp_path / "out" / "report.md").exists()


def test_interrupted_while_libraries_are_imported_it_ends_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt\n")
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    command = [sys.executable, "-P", "-m", "gradrace", "list"]
    told = subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=300)
    assert (told.returncode, told.stderr) == (130, "")


def test_a_wrong_implementation_is_named_not_timed_and_the_status_is_1(checkout: Path) -> None:
    right = (checkout / "impls" / "numpy_vectorized.py").read_text()
    (checkout / "impls" / "one_less.py").write_text(right.replace("data.Y.size", "data.Y.size - 1"))
    names = "numpy_vectorized,one_less"
    told = gradrace(
        "run", "--m", "50", "--nx", "5", "--impl", names, "--budget", "2", "--out", "out", cwd=checkout, root=checkout
    )
    assert told.returncode == 1
    assert "one_less" in told.stdout
    results = json.loads((checkout / "out" / "results.json").read_text())
    assert [b["params"]["impl"] for b in results["benchmarks"]] == ["floor", "numpy_vectorized"]
    (absence,) = results["gradrace"]["absences"]
    assert (absence["impl"], absence["outcome"]) == ("one_less", "wrong")


def test_one_that_kills_itself_is_named_with_the_signal_and_the_others_finish(checkout: Path) -> None:
    right = (checkout / "impls" / "numpy_vectorized.py").read_text()
    deadly = right.replace("    m = data.Y.size", "    import os\n    os.kill(os.getpid(), 9)\n    m = data.Y.size")
    (checkout / "impls" / "deadly.py").write_text(deadly)
    names = "deadly,numpy_vectorized"
    told = gradrace(
        "run",
        "--m",
        "20,50",
        "--nx",
        "5",
        "--impl",
        names,
        "--budget",
        "3",
        "--out",
        "out",
        cwd=checkout,
        root=checkout,
    )
    assert told.returncode == 1
    results = json.loads((checkout / "out" / "results.json").read_text())
    assert [b["params"]["impl"] for b in results["benchmarks"]] == ["floor", "numpy_vectorized"] * 2
    assert all("SIGKILL" in absence["message"] for absence in results["gradrace"]["absences"])
    assert "SIGKILL" in told.stdout


def test_one_whose_library_is_missing_is_told_and_refused_if_it_was_named(checkout: Path) -> None:
    (checkout / "impls" / "exotic.py").write_text('"""Needs something rare."""\n\nimport no_such_library\n')
    assert "no_such_library" in gradrace("list", root=checkout).stdout
    words = ["run", "--m", "20", "--nx", "5", "--budget", "2", "--out", "out", "--impl", "exotic,numpy_vectorized"]
    told = gradrace(*words, cwd=checkout, root=checkout)
    assert told.returncode == 2
    assert "numpy_vectorized" in told.stdout  # what could be measured, was
    assert "gradrace: --impl: exotic needs the package 'no_such_library'" in told.stderr


def test_ctrl_c_keeps_the_finished_cells_and_leaves_no_worker(tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "gradrace", "run", "--m", "10,20,10000", "--nx", "500", "--out", "out"]
    command += ["--impl", "numpy_vectorized,python_loop", "--budget", "100"]
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)}
    process = subprocess.Popen(command, cwd=tmp_path, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    file = tmp_path / "out" / "results.json"
    while not file.exists() and process.poll() is None:
        time.sleep(0.05)
    workers = psutil.Process(process.pid).children(recursive=True)
    assert len(workers) >= 3  # the limit and two implementations
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"interrupted" in error
    assert b"Traceback" not in error
    assert json.loads(file.read_text())["benchmarks"]
    assert not any(worker.is_running() for worker in workers)
    assert list(temporary.glob("gradrace-*")) == []


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (["run", "--impl", "numpy_vectorised"], "did you mean numpy_vectorized"),
        (["run", "--m", "0"], "--m: 0 is less than 1"),
        (["run", "--m", "-3"], "--m: -3 is less than 1"),
        (["run", "--nx", "many"], "--nx: 'many' is not a whole number"),
        (["run", "--dtype", "float16"], "unknown name 'float16'"),
        (["run", "--threads", "0"], "--threads"),
        (["run", "--threads", "two"], "--threads"),
        (["run", "--seed", "-1"], "--seed"),
        (["run", "--budget", "0"], "--budget"),
        (["run", "--budget", "nan"], "--budget"),
        (["run", "--budget", "1e300"], "more than a week"),
        (["run", "--threads", "100000"], "more than the cores allowed"),
        (["run", "--impl", ""], "no name given"),
        (["run", "--out", ""], "no folder named"),
        (["verify", "--m", "10000000000", "--nx", "5"], "GB are free"),
        (["run", "--colour", "red"], "--colour"),
        (["sprint"], "sprint"),
        (["report", "none.json"], "none.json"),
        (["train", "--data", "none.h5"], "no such file"),
        (["train", "--data", "."], "no sub-folder with images"),
        (["train"], "--data"),
    ],
)
def test_bad_input_is_refused_in_one_line(tmp_path: Path, words: list[str], cause: str) -> None:
    refused(gradrace(*words, cwd=tmp_path), cause)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    refused(gradrace("run", "--m", "10", "--nx", "5", "--out", "file/out", cwd=tmp_path), "can't be written")
    refused(gradrace("run", "--m", "10", "--nx", "5", "--out", "/proc/out", cwd=tmp_path), "can't be written")


def test_verify_prints_a_row_for_each_problem_and_its_json_says_the_same() -> None:
    words = ("verify", "--m", "20,30", "--nx", "3", "--impl", "python_loop,numba_loop", "--dtype", "float64")
    told = gradrace(*words)
    assert told.returncode == 0, told.stderr
    assert "made up, 30 × 3" in told.stdout
    assert max(map(len, told.stdout.splitlines())) <= 80
    rows = json.loads(gradrace(*words, "--json").stdout)
    assert [(row["impl"], row["m"]) for row in rows] == [
        (n, m) for m in (20, 30) for n in ("python_loop", "numba_loop")
    ]
    assert all(row["same_bits"] and not row["findings"] for row in rows)
    assert all(0 <= row["error_over_bound"]["dw"] <= 1 for row in rows)


def test_verify_exits_1_when_one_is_wrong(checkout: Path) -> None:
    right = (checkout / "impls" / "numpy_vectorized.py").read_text()
    (checkout / "impls" / "one_less.py").write_text(right.replace("data.Y.size", "data.Y.size - 1"))
    told = gradrace("verify", "--m", "50", "--nx", "5", "--impl", "one_less,numpy_vectorized", root=checkout)
    assert told.returncode == 1
    assert "wrong: one_less" in told.stdout
    assert "wrong: numpy_vectorized" not in told.stdout


def test_a_terminal_of_plain_ascii_is_enough() -> None:
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    command = [
        sys.executable,
        "-P",
        "-m",
        "gradrace",
        "verify",
        "--m",
        "9",
        "--nx",
        "2",
        "--impl",
        "numpy_vectorized",
    ]
    told = subprocess.run(command, env=variables, capture_output=True, check=False)
    assert told.returncode == 0, told.stderr


def test_training_tells_costs_that_fall_and_how_good_it_became(tmp_path: Path) -> None:
    data, test_data = images(tmp_path / "a.h5", 40, "train"), images(tmp_path / "b.h5", 20, "test")
    words = ["train", "--data", data, "--test-data", test_data, "--alpha", "0.05", "--iterations", "150"]
    told = gradrace(*words, "--impl", "numpy_vectorized")
    assert told.returncode == 0, told.stderr
    sizes, *costs, train, _, heads, zeros, ones, test = told.stdout.splitlines()[:10]
    assert sizes == "m_train 40, m_test 20, n_x 192; 1 is cat, 0 is non-cat"
    assert [line.split()[:3] for line in costs] == [["iteration", n, "cost"] for n in ("0", "100", "150")]
    assert costs[0] == "iteration 0  cost 0.693147"
    assert float(costs[-1].split()[-1]) < 0.5
    assert train == "train accuracy  100.00 %"
    assert (heads.split()[:2], zeros.split()[0], ones.split()[0]) == (["called", "non-cat"], "non-cat", "cat")
    assert test.startswith("test accuracy  ")
    assert told.stdout == gradrace(*words, "--impl", "python_loop").stdout


def test_several_implementations_make_the_same_descent(tmp_path: Path) -> None:
    data = images(tmp_path / "a.h5", 40, "train")
    words = ("train", "--data", data, "--alpha", "0.05", "--iterations", "150", "--test-share", "0.2")
    several = (*words, "--impl", "numpy_vectorized,numba_loop,python_loop")
    told = gradrace(*several, "--budget", "5", "--target", "0.5", "--out", tmp_path / "out")
    assert told.returncode == 0, told.stderr
    assert "One curve: the costs from 3 implementations agree" in told.stdout
    assert "All printed digits are" in told.stdout
    assert max(len(line) for line in told.stdout.splitlines() if not line.startswith(("Report:", "Page:"))) <= 80
    assert "  called non-cat  called cat" in told.stdout
    alone = gradrace(*words).stdout.splitlines()
    assert [line for line in told.stdout.splitlines() if line.startswith("iteration")] == alone[1:4]
    assert {"report.md", "index.html", "training.json"} <= {file.name for file in (tmp_path / "out").iterdir()}
    refused(gradrace(*several, "--resume", "--model", tmp_path / "m.npz"), "--resume goes on with one implementation")
    refused(gradrace(*several, "--target", "nan"), "--target")
    refused(gradrace(*words, "--impl", "python_graph,python_loop", "--budget", "0.001"), "nobody made 150 iterations")


def test_a_model_that_was_trained_predicts(tmp_path: Path) -> None:
    data, model = images(tmp_path / "a.h5", 40, "train"), tmp_path / "cat.npz"
    told = gradrace("train", "--data", data, "--alpha", "0.05", "--iterations", "150", "--model", model)
    assert told.returncode == 0, told.stderr
    Image.new("RGB", (30, 20), "white").save(tmp_path / "bright.png")
    told = gradrace("predict", model, tmp_path / "bright.png", data)
    assert told.returncode == 0, told.stderr
    first, *others = told.stdout.splitlines()
    assert first.split()[1] == "cat"
    assert first.endswith("bright.png")
    with h5py.File(data) as file:
        labels = file["train_set_y"][()]
    assert [line.split()[1] for line in others] == [("non-cat", "cat")[label] for label in labels]
    row = json.loads(gradrace("predict", model, tmp_path / "bright.png", "--json").stdout)
    assert row["class"] == "cat"
    assert f"{row['probability']:.4f}" == first.split()[0]


def test_a_model_refuses_what_does_not_fit(tmp_path: Path) -> None:
    table, model = tmp_path / "a.csv", tmp_path / "m.npz"
    table.write_text("age,pulse,ill\n1,5,yes\n2,3,no\n4,9,yes\n7,1,no\n")
    told = gradrace("train", "--data", table, "--label", "ill", "--scale", "standardize", "--model", model)
    assert told.returncode == 0, told.stderr
    told = gradrace("predict", model, table)
    assert [line.split()[1] for line in told.stdout.splitlines()] == ["yes", "no", "yes", "no"]
    (tmp_path / "b.csv").write_text("age,ill\n1,yes\n")
    refused(gradrace("predict", model, tmp_path / "b.csv"), "column 'pulse' is missing; the columns are 'age', 'ill'")
    np.save(tmp_path / "X.npy", np.ones((5, 3)))
    refused(gradrace("predict", model, tmp_path / "X.npy"), "the model takes 2 features")
    Image.new("RGB", (9, 9)).save(tmp_path / "a.png")
    refused(gradrace("predict", model, tmp_path / "a.png"), "takes 2 numbers of another kind")
    refused(gradrace("predict", tmp_path / "a.png", table), "not a model (no .npz file); name what")
    bundled = ("train", "--data", "breast_cancer", "--iterations", "1", "--model")
    refused(gradrace(*bundled, model), "m.npz exists; go on with it by --resume, name another, or delete it")
    refused(gradrace("train", "--data", "none.csv", "--resume"), "--resume: name the model to go on with by --model")
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


def test_what_a_decoder_logs_of_a_damaged_image_is_not_printed(tmp_path: Path) -> None:
    (tmp_path / "pets" / "cat").mkdir(parents=True)
    tiff = tmp_path / "pets" / "cat" / "1.tiff"
    Image.new("RGB", (4, 4)).save(tiff)
    whole, samples_per_pixel = tiff.read_bytes(), struct.pack("<HHI", 277, 3, 1)
    assert whole.count(samples_per_pixel) == 1
    tiff.write_bytes(whole.replace(samples_per_pixel + b"\3", samples_per_pixel + b"\xff"))
    (tmp_path / "pets" / "dog").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "pets" / "dog" / "1.png")
    refused(gradrace("train", "--data", tmp_path / "pets"), "1.tiff: not a ")


def test_a_race_on_real_data_grows_to_all_of_them(tmp_path: Path) -> None:
    table = tmp_path / "ages.csv"
    rng = np.random.default_rng(0)
    rows = [f"{age:.1f},{pulse:.0f},{'yes' if age > 50 else 'no'}" for age, pulse in rng.uniform(20, 90, (120, 2))]
    table.write_text("\n".join(["age,pulse,ill", *rows]))
    words = ("run", "--data", table, "--label", "ill", "--impl", "numpy_vectorized,numba_loop", "--budget", "5")
    told = gradrace(*words, "--out", tmp_path / "out")
    assert told.returncode == 0, told.stderr
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    sizes = {(b["params"]["m"], b["params"]["n_x"]) for b in results["benchmarks"]}
    assert sizes == {(12, 2), (40, 2), (120, 2)}
    assert "ages.csv" in (tmp_path / "out" / "report.md").read_text()
    refused(gradrace(*words, "--m", "10"), "--data has sizes of its own; leave out --m")
    refused(gradrace("run", "--data", tmp_path / "none.csv"), "no such file")


def test_bundled_data_are_split_by_a_seed(tmp_path: Path) -> None:
    words = ("train", "--data", "breast_cancer", "--scale", "standardize", "--alpha", "0.5", "--iterations", "100")
    told = gradrace(*words, "--test-share", "0.3", "--seed", "4")
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines()[0] == "m_train 398, m_test 171, n_x 30; 1 is benign, 0 is malignant"
    assert float(told.stdout.split("test accuracy")[1].split()[0]) > 90
    refused(gradrace("train", "--data", "digits", cwd=tmp_path), "name the one that counts as 1 with --positive")
    refused(gradrace(*words, "--test-share", "1"), "--test-share: 1 is not a share")


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
        "b.h5: has examples to test with, not to train; were the two files swapped?",
    )
    refused(gradrace("train", "--data", data, "--test-data", data), "a.h5: has examples to train with, not to test")


def test_a_descent_that_overflows_is_refused(tmp_path: Path) -> None:
    data = images(tmp_path / "a.h5", 10, "train")
    refused(
        gradrace("train", "--data", data, "--alpha", "1e308"),
        "the numbers overflow by iteration 100; alpha 1e+308 is too large",
    )
    model = tmp_path / "m.npz"
    gradrace("train", "--data", data, "--alpha", "1e308", "--model", model)
    assert not model.exists()  # it would stand in the way of another attempt


def test_a_full_disk_and_memory_end_in_one_line_and_a_mistake_in_its_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ended_by(error: Exception) -> str:
        def verb(*, standalone_mode: bool) -> None:
            raise error

        monkeypatch.setattr(front_door, "app", verb)
        with pytest.raises(SystemExit, match="2"):
            front_door.main()
        return capsys.readouterr().err

    full = ended_by(OSError(28, "No space left on device", "gradrace-x/X.npy"))
    assert full.startswith("gradrace: gradrace-x/X.npy: No space left on device; make room")
    assert ended_by(MemoryError()).startswith("gradrace: out of memory; give smaller")
    with pytest.raises(TypeError, match="a mistake"):
        ended_by(TypeError("a mistake"))


def test_a_file_that_ends_python_is_listed_with_the_reason(checkout: Path) -> None:
    (checkout / "impls" / "leaver.py").write_text('"""Leaves at once."""\n\nraise SystemExit(3)\n')
    told = gradrace("list", root=checkout)
    (checkout / "impls" / "leaver.py").unlink()
    assert told.returncode == 0, told.stderr
    assert "SystemExit" in told.stdout
    assert "numpy_vectorized" in told.stdout


def test_results_record_the_commit_of_the_project_not_of_the_folder_they_are_run_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    here = environment.commit_info()
    monkeypatch.chdir(tmp_path)
    assert environment.commit_info() == here
    assert Path.cwd() == tmp_path
    (tmp_path / "installed").mkdir()
    monkeypatch.setattr(environment, "ROOT", tmp_path / "installed")
    assert environment.commit_info()["id"] == "unversioned"


def test_the_plug_ins_own_results_make_a_report(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pytest", str(ROOT / "bench"), "--benchmark-only", "-q", "-k", "numpy and float64"]
    command += ["--benchmark-json", "plain.json", "--benchmark-max-time", "0.05", "-p", "no:cacheprovider"]
    command += ["--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml")]
    alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}  # xdist's
    subprocess.run(command, cwd=tmp_path, env=alone, capture_output=True, check=True)
    told = gradrace("report", "plain.json", "--out", "out", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    assert "numpy_columns" in (tmp_path / "out" / "report.md").read_text()


def test_x_beyond_the_memory_allowed_stays_on_disk(tmp_path):
    made = gradrace("make", "X.npy", "--m", "200", "--nx", "9", "--pixels", cwd=tmp_path)
    assert made.stdout == "gradrace train --data X.npy --label X.labels.npy --impl numba_pixels --alpha 1.2\n"
    words = ["train", "--data", "X.npy", "--label", "X.labels.npy", "--iterations", "30", "--alpha", "0.1"]
    disk = gradrace(*words, "--memory", "1kB", "--out", "disk", cwd=tmp_path)
    memory = gradrace(*words, cwd=tmp_path)
    assert disk.returncode == memory.returncode == 0, disk.stderr + memory.stderr
    assert "X of 0.00 GB stays on disk" in disk.stdout
    assert "of the limit: reading alone" in disk.stderr
    assert "of the limit: reading alone" in (tmp_path / "disk" / "report.md").read_text()
    assert disk.stdout.split("train accuracy")[0].splitlines()[-1] in memory.stdout
    assert disk.stdout.split("train accuracy")[1].split("Report")[0] == memory.stdout.split("train accuracy")[1]
    refused(gradrace(*words, "--memory", "much", cwd=tmp_path), "--memory: 'much' is no size; give one like 4GB")
    several = (*words, "--impl", "numpy_vectorized,numba_loop", "--memory", "1kB")
    refused(gradrace(*several, cwd=tmp_path), "--memory is for one implementation")
    refused(gradrace("make", "Y.npy", "--m", "1,2", "--nx", "3", cwd=tmp_path), "--m: '1,2' are several; give one")
    refused(gradrace(*words, "--scheduler", "nowhere", cwd=tmp_path), "--scheduler: 'nowhere' is no address")
    refused(gradrace(*words, "--scheduler", "tcp://127.0.0.1:1", cwd=tmp_path), "nobody answers at tcp://127.0.0.1:1")


def test_a_new_implementation_is_verified_raced_and_trained_with_from_any_folder(tmp_path):
    begun = gradrace("new", "mine", cwd=tmp_path)
    assert begun.returncode == 0
    assert begun.stdout.splitlines()[1].split() == ["gradrace", "verify", "--impl", "mine.py"]
    sizes = ("--m", "20", "--nx", "3")
    assert gradrace("verify", "--impl", "mine.py", *sizes, cwd=tmp_path).returncode == 0
    asked = ("--impl", "mine.py", "--against", "numpy_vectorized", *sizes, "--budget", "2", "--out", "out")
    raced = gradrace("run", *asked, cwd=tmp_path)
    assert raced.returncode == 0, raced.stderr
    answers = [line for line in raced.stdout.splitlines() if "numpy_vectorized at m = 20, n_x = 3" in line]
    assert [line.split()[0] for line in answers] == ["mine"]
    assert {one.impl for one in read(tmp_path / "out" / "results.json").measurements} >= {"mine", "numpy_vectorized"}
    trained = gradrace("train", "--data", "breast_cancer", "--scale", "standardize", "--impl", "mine.py",
                       "--iterations", "5", cwd=tmp_path)  # fmt: skip
    assert trained.returncode == 0, trained.stderr


def test_a_wrong_implementation_of_ones_own_is_told(tmp_path):
    gradrace("new", "mine", cwd=tmp_path)
    file = tmp_path / "mine.py"
    file.write_text(file.read_text().replace("dz = a - data.Y", "dz = data.Y - a"))
    told = gradrace("verify", "--impl", "mine.py", "--m", "20", "--nx", "3", cwd=tmp_path)
    assert told.returncode == 1
    assert "mine" in told.stdout
