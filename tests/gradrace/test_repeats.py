"""For a wrong gradient, `run` prints the command that verifies it on the same problem."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest

from gradrace.bench.problems import made_up
from gradrace.bench.results import Absence, Cell
from gradrace.bench.run import Request
from gradrace.bench.subjects import subject
from gradrace.cli.run import _offer
from gradrace.impls.discovery import Source
from tests.gradrace.front_door import gradrace, refused
from tests.results import results_of

WRONG_IF = '''
"""Drops the last example where {condition}."""

from gradrace import Implementation, Technique
from gradrace.impls import numpy_vectorized

plain = numpy_vectorized.IMPLEMENTATION


def prepare(problem):
    X, Y = problem.X, problem.Y
    return plain.prepare(problem), {condition}


def gradient(data, w, b):
    J, dw, db = plain.gradient(data[0], w, b)
    return J, dw * (1.5 if data[1] else 1), db


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
'''


MULTIPLIED = """

def wrongly(data, w, b, right=IMPLEMENTATION.gradient):
    J, dw, db = right(data, w, b)
    X, Y = data
    return J, dw * {factor}, db


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=wrongly)
"""


def offered(folder: Path, condition: str, *words: str) -> tuple[list[str], str]:
    """Race a file that is wrong on some condition, and do what is offered; return the command and what it prints."""
    (folder / "mine.py").write_text(WRONG_IF.format(condition=condition))
    raced = gradrace("run", "--impl", "mine.py", "--budget", "30", *words, cwd=folder)
    assert raced.returncode == 1, raced.stderr
    (line,) = [line for line in raced.stdout.splitlines() if line.startswith("To see where its error begins: ")]
    program, *command = shlex.split(line.partition(": ")[2])
    assert (program, command[-1]) == ("gradrace", "--quick")
    told = gradrace(*command, cwd=folder)
    assert told.returncode == 1, told.stdout + told.stderr
    return command, " ".join(told.stdout.split())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("condition", "words", "option"),
    [
        ("X.shape == (6, 301)", ("--m", "10,301", "--nx", "6"), ["--m", "301", "--nx", "6"]),
        ("X.dtype == 'float32' and X.shape == (6, 31)", ("--m", "31", "--nx", "6", "--dtype", "float32"), ["float32"]),
        ("X.dtype == 'uint8' and X.shape == (6, 31)", ("--m", "31", "--nx", "6", "--pixels"), ["--pixels"]),
        (
            f"X.shape == (6, 31) and X[0, 0] == {made_up(31, 6, seed=3).problem.X[0, 0]!s}",
            ("--m", "31", "--nx", "6", "--seed", "3"),
            ["--seed", "3"],
        ),
    ],
)
def test_the_size_precision_pixels_and_seed_are_repeated(
    tmp_path: Path, condition: str, words: tuple[str, ...], option: list[str]
) -> None:
    command, told = offered(tmp_path, condition, *words)
    assert set(option) <= set(command)
    assert "wrong: mine on 'made up', " in told
    assert told.count("wrong: ") == told.count("wrong: mine on 'made up', ")


@pytest.mark.slow
def test_real_data_are_repeated_with_all_that_says_how_they_are_read(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    X = 1000 * rng.standard_normal((240, 5))
    np.savez(tmp_path / "two words.npz", X=X, y=(X[:, 0] > 0).astype(int))
    words = ("--data", "two words.npz", "--scale", "standardize", "--examples", "rows")
    command, told = offered(tmp_path, "X.shape == (5, 80)", *words)
    assert {"two words.npz", "standardize", "rows", "80"} <= set(command)
    assert "wrong: mine on 'data: two words.npz', 80 × 5 (float64)" in told


@pytest.mark.parametrize(("stage", "offers"), [("verify", True), ("descent", False), ("finish", False)])
def test_what_verify_cannot_show_is_not_offered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], stage: str, offers: bool
) -> None:
    absence = Absence(impl="mine", outcome="wrong", stage=stage, message="", cell=Cell(10, 3))
    results = results_of([], [absence])
    mine = Source("mine", tmp_path / "mine.py")
    _offer(results, Request([mine], [Cell(10, 3)], 1.0, 0, 1), {})
    assert ("To see where its error begins" in capsys.readouterr().out) is offers


def test_the_smallest_wrong_size_is_offered_and_of_these_one_that_shows_something(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = [Cell(1, 2), Cell(10, 3), Cell(209, 12_288)]
    wrong = [Absence(impl="mine", outcome="wrong", stage="verify", message="", cell=cell) for cell in cells]
    _offer(results_of([], wrong), Request([Source("mine", tmp_path / "mine.py")], cells, 1.0, 0, 1), {})
    assert "--m 10 --nx 3 " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("factor", "mistake"), [("Y.size", "dw isn't divided by m"), ("Y.size * (1 + (X[0] > 0).any() / 7)", "")]
)
def test_a_mistake_is_named_at_a_size_that_is_too_large_to_narrow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, factor: str, mistake: str
) -> None:
    """The default sizes of a run have one: 209 x 12,288."""
    monkeypatch.setattr(subject, "LARGEST_NARROWED", 10)
    assert gradrace("new", "mine", cwd=tmp_path).returncode == 0
    (tmp_path / "mine.py").write_text((tmp_path / "mine.py").read_text() + MULTIPLIED.format(factor=factor))
    told = gradrace("verify", "--impl", "mine.py", "--m", "20", "--nx", "5", "--quick", cwd=tmp_path).stdout
    assert mistake in told
    assert "the error begins" not in told


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (("--pixels",), "--pixels is for --m and --nx"),
        (("--scale", "none"), "--scale is for --data"),
        (("--data", "bundled", "--nx", "3"), "--data has features and pixels of its own; leave out --nx"),
    ],
)
def test_options_that_would_be_ignored_are_refused(words: tuple[str, ...], cause: str) -> None:
    refused(gradrace("verify", "--impl", "numpy_vectorized", *words), cause)


def test_more_examples_than_there_are_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=np.eye(12)[:, :3], y=np.arange(12) % 2)
    told = gradrace("verify", "--impl", "numpy_vectorized", "--data", "a.npz", "--m", "13", cwd=tmp_path)
    refused(told, "--m: a.npz has only 12 examples; give a smaller size")
