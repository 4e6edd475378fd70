"""An environment that spoils a race is refused before anything is timed, by each verb that times; verify goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import gradrace as library
from gradrace import selection
from gradrace.bench.machine.available import cores
from gradrace.bench.paths import ROOT
from gradrace.bench.results import UnusableInput
from gradrace.impls.discovery import STARTER, Source
from tests.gradrace.front_door import gradrace, process, refused

CAUSE = "NUMBA_DISABLE_JIT=1 turns compilation off: unset it"
COMMANDS = {
    "run": ("run", "--impl", "numpy_vectorized"),
    "run against": ("run", "--impl", "numpy_vectorized", "--against", "numba_loop"),
    "train": ("train", "--data", "breast_cancer", "--impl", "numba_loop"),
    "a race of descents": ("train", "--data", "breast_cancer", "--impl", "numba_loop,numpy_vectorized"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_it_is_refused(tmp_path: Path, name: str) -> None:
    refused(gradrace(*COMMANDS[name], cwd=tmp_path, NUMBA_DISABLE_JIT="1"), CAUSE)
    assert not [*tmp_path.iterdir()]


def test_a_notebook_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    with pytest.raises(UnusableInput, match=CAUSE):
        library.race("numpy_vectorized", m=10, nx=10)


IMPORTING = {
    "at the top": "import jax\n",
    "in a function": "def prepared(problem):\n    import jax.numpy as jnp\n",
    "if it is there": "try:\n    import sys, jax\nexcept ImportError:\n    pass\n",
    "in a file beside it": "import helper\n",
}


@pytest.mark.parametrize("importing", IMPORTING)
def test_it_matters_to_who_uses_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, importing: str) -> None:
    monkeypatch.setenv("JAX_DISABLE_JIT", "1")
    (tmp_path / "helper.py").write_text("from jax import jit\n")
    file = tmp_path / "mine.py"
    file.write_text(STARTER.read_text())
    source = Source("mine", file)
    selection.require_fair([source])
    monkeypatch.setattr(Source, "missing", lambda _: None)  # whether JAX is installed here or not
    file.write_text(IMPORTING[importing] + STARTER.read_text())
    with pytest.raises(UnusableInput, match=r"^JAX_DISABLE_JIT=1 turns compilation off: unset it$"):
        selection.require_fair([source])
    monkeypatch.setenv("JAX_DISABLE_JIT", "0")
    selection.require_fair([source])


def test_training_without_numba_needs_none_of_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    selection.require_fair(selection.chosen_sources("numpy_vectorized"), ["numpy"])
    with pytest.raises(UnusableInput, match=CAUSE):
        selection.require_fair(selection.chosen_sources("numba_fused"), ["numpy"])


@pytest.mark.slow
def test_verification_goes_on() -> None:
    told = gradrace("verify", "--quick", "--impl", "numpy_vectorized", NUMBA_DISABLE_JIT="1")
    assert told.returncode == 0, told.stderr


@pytest.mark.slow
def test_a_check_is_refused() -> None:
    told = gradrace("check", "--against", "HEAD", "--impl", "numba_loop", NUMBA_DISABLE_JIT="1")
    refused(told, CAUSE)


@pytest.mark.slow
def test_so_is_the_race_as_tests() -> None:
    command = [sys.executable, "-m", "pytest", "bench", "-k", "numpy_columns and float32 and 10-10", "-q"]
    outer = {name for name in os.environ if name.startswith("PYTEST_XDIST_")}  # in gw0 pytest-benchmark warns of them
    variables = {name: value for name, value in os.environ.items() if name not in outer} | {"NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert CAUSE in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value", "impl"),
    [
        ("NUMBA_NUM_THREADS", "1000", "numba_parallel"),
        ("NUMBA_NUM_THREADS", "0", "numba_parallel"),
        ("OMP_NUM_THREADS", "-1", "sklearn_loss"),  # libgomp would ask for 927 GB
        ("OMP_NUM_THREADS", "many", "sklearn_loss"),
    ],
)
def test_no_more_threads_than_cores_are_started(tmp_path: Path, name: str, value: str, impl: str) -> None:
    allowed, words = cores(), ("--data", "breast_cancer", "--iterations", "5", "--impl", impl)
    told = process("train", *words, "--model", "m.npz", cwd=tmp_path, **{name: value})
    assert told.returncode == 0, told.stderr
    assert told.stderr.startswith(f"warning: {name}={value}: {allowed} core")
    assert told.stderr.count("warning: ") == 1
    told = process("predict", "m.npz", "breast_cancer", cwd=tmp_path, **{name: value})
    assert (told.returncode, told.stderr.count("threads are used")) == (0, 1)
