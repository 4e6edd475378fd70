"""The command line in a separate process: signals, another checkout, output of libraries."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from PIL import Image

from gradrace.bench.paths import ROOT
from gradrace.reports.training import training_text
from tests.gradrace.front_door import PROGRAM, gradrace, needs_checkout, process, refused


@pytest.mark.parametrize(
    "words",
    [["--help"], ["sprint"], ["run", "--m", "0"], ["run", "--colour", "red"], ["predict", "none.npz", "none.png"]],
    ids=" ".join,
)
def test_a_call_in_this_process_is_one_of_a_process_of_its_own(tmp_path: Path, words: list[str]) -> None:
    """A call in this process gives the same answer, on which most tests of the command line rely."""
    alone, here = process(*words, cwd=tmp_path), gradrace(*words, cwd=tmp_path)
    assert (here.returncode, here.stdout, here.stderr) == (alone.returncode, alone.stdout, alone.stderr)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, to drop implementations into."""
    root = tmp_path_factory.mktemp("checkout")
    for package in ("gradrace", "impls", "bench", "reports"):
        shutil.copytree(ROOT / package, root / package, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (root / "impls").glob("numba_*.py"):
        file.unlink()  # nothing here needs them
    right = (root / "impls" / "numpy_vectorized.py").read_text()
    (root / "impls" / "one_less.py").write_text(right.replace("data.Y.size", "data.Y.size - 1"))
    (root / "impls" / "exotic.py").write_text('"""Needs something rare."""\n\nimport no_such_library\n')
    (root / "impls" / "leaver.py").write_text('"""Leaves at once."""\n\nraise SystemExit(3)\n')
    return root


@needs_checkout
def test_what_is_dropped_into_a_checkout_is_listed_with_the_reason_if_it_is_unavailable(checkout: Path) -> None:
    told = process("list", root=checkout)
    assert told.returncode == 0, told.stderr
    assert "no_such_library" in told.stdout
    assert "SystemExit" in told.stdout
    assert "numpy_vectorized" in told.stdout


@needs_checkout
def test_what_is_dropped_into_a_checkout_takes_part(checkout: Path) -> None:
    told = process("verify", "--m", "50", "--nx", "5", "--quick", "--impl", "one_less,numpy_vectorized", root=checkout)
    assert told.returncode == 1
    assert "wrong: one_less" in told.stdout
    assert "wrong: numpy_vectorized" not in told.stdout


@pytest.mark.parametrize("words", [("list",), ("explain", "python_loop"), ("--help",), ("verify", "--help")])
def test_a_closed_output_is_not_said_to_be_a_wrong_implementation(words: tuple[str, ...]) -> None:
    """`gradrace list | head -1` under `set -o pipefail`."""
    reader, writer = os.pipe()
    os.close(reader)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    told = subprocess.run(
        [*PROGRAM, *words], stdout=writer, stderr=subprocess.PIPE, text=True, env=environment, check=False, timeout=300
    )
    os.close(writer)
    assert (told.returncode, told.stderr) == (128 + signal.SIGPIPE, "")


def test_interrupted_while_libraries_are_imported_it_ends_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt\n")
    told = process("list", PYTHONPATH=os.pathsep.join([str(tmp_path), str(ROOT)]))
    assert (told.returncode, told.stderr) == (130, "")


@pytest.mark.slow
def test_ctrl_c_keeps_the_finished_cells_and_leaves_no_worker(tmp_path: Path) -> None:
    command = [*PROGRAM, "run", "--m", "10,20,10000", "--nx", "500", "--out", "out"]
    command += ["--impl", "numpy_vectorized,python_loop", "--budget", "100"]
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)}
    race = subprocess.Popen(command, cwd=tmp_path, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    file = tmp_path / "out" / "results.json"
    while not file.exists() and race.poll() is None:
        time.sleep(0.05)
    workers = psutil.Process(race.pid).children(recursive=True)
    assert len(workers) >= 3  # the limit and two implementations
    race.send_signal(signal.SIGINT)
    _, error = race.communicate(timeout=60)
    assert race.returncode == 130
    assert b"interrupted; out/results.json holds the finished part; resume with: gradrace run" in error
    assert error.endswith(b"--budget 100 --resume\n")
    assert b"Traceback" not in error
    assert json.loads(file.read_text())["benchmarks"]
    assert not any(worker.is_running() for worker in workers)
    assert list(temporary.glob("gradrace-*")) == []


@pytest.mark.slow
def test_a_terminal_of_plain_ascii_is_enough() -> None:
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    told = process("verify", "--m", "9", "--nx", "2", "--quick", "--impl", "numpy_vectorized", **plain)
    assert told.returncode == 0, told.stderr


@pytest.mark.slow
def test_what_a_decoder_logs_of_a_damaged_image_is_not_printed(tmp_path: Path) -> None:
    (tmp_path / "pets" / "cat").mkdir(parents=True)
    tiff = tmp_path / "pets" / "cat" / "1.tiff"
    Image.new("RGB", (4, 4)).save(tiff)
    whole, samples_per_pixel = tiff.read_bytes(), struct.pack("<HHI", 277, 3, 1)
    assert whole.count(samples_per_pixel) == 1
    tiff.write_bytes(whole.replace(samples_per_pixel + b"\3", samples_per_pixel + b"\xff"))
    (tmp_path / "pets" / "dog").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "pets" / "dog" / "1.png")
    refused(process("train", "--data", tmp_path / "pets"), "1.tiff: not a ")


@pytest.mark.slow
def test_the_plug_ins_own_results_make_a_report(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pytest", str(ROOT / "bench"), "--benchmark-only", "-q", "-k", "numpy and float64"]
    command += ["--benchmark-json", "plain.json", "--benchmark-max-time", "0.05", "-p", "no:cacheprovider"]
    command += ["--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml")]
    alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}  # xdist's
    subprocess.run(command, cwd=tmp_path, env=alone, capture_output=True, check=True)
    told = gradrace("report", "plain.json", "--out", "out", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    assert "numpy_columns" in (tmp_path / "out" / "report.md").read_text()


@pytest.mark.parametrize("keeps", [True, False])
def test_an_interrupted_training_names_the_option_that_would_have_kept_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keeps: bool
) -> None:
    """The next tests show what --model keeps, and that it is resumed."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(training_text, "show", interrupted)
    words = ["train", "breast_cancer", "--scale", "standardize", *["--model", "m.npz"] * keeps]
    told = gradrace(*words, cwd=tmp_path)
    assert told.returncode == 130
    advice = "nothing is kept; with --model FILE the model is, and --resume goes on with it"
    assert (advice in told.stderr) is not keeps


@pytest.mark.slow
def test_an_interrupted_training_says_what_goes_on_with_it(tmp_path: Path) -> None:
    model = tmp_path / "my model.npz"
    words = ["train", "--data", "breast_cancer", "--scale", "standardize", "--impl", "python_loop", "--alpha", "0.5"]
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    training = subprocess.Popen(
        [*PROGRAM, *words, "--model", "my model.npz"],
        cwd=tmp_path,
        env=variables,
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    while not model.exists() and training.poll() is None:
        time.sleep(0.05)
    training.send_signal(signal.SIGINT)
    said = training.communicate(timeout=60)[1]
    assert training.returncode == 130, said
    advice = re.search(r"interrupted; my model\.npz holds the finished part; resume with: gradrace (.*)", said)
    assert advice, said
    resumed = process(*shlex.split(advice[1]), cwd=tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    assert "resumed at iteration" in resumed.stdout
    assert "iteration 2000" in resumed.stdout
