"""The hard problems: the same in every process, and each as hard as its name says."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from gradrace.bench.paths import ROOT
from gradrace.bench.results import Dtype
from gradrace.bench.verification.hard_problems import HARD, Exercise, case, hard_case

SEED = 3
DTYPES: tuple[Dtype, ...] = ("float64", "float32")
OTHER_PROCESS = "import json, tests.bench.verification.test_hard_problems as here; print(json.dumps(here.digests()))"


def digests() -> dict[str, str]:
    """Return a hash of each problem: the bytes of X, Y, w and b, the memory order of X, and its scale."""
    return {str(exercise): digest(exercise) for exercise in (Exercise(n, d, SEED) for n in HARD for d in DTYPES)}


def digest(exercise: Exercise) -> str:
    made = exercise.case()
    problem = made.problem
    layout = f"{problem.X.strides} {problem.X.dtype} {problem.X.shape} {problem.Y.strides} {problem.scale}".encode()
    whole = hashlib.sha256(layout)
    for array in (problem.X, problem.Y, made.w, np.asarray(made.b)):
        whole.update(array.tobytes())
    return whole.hexdigest()


def test_another_process_with_another_blas_makes_the_same_problems() -> None:
    """One thread, and OpenBLAS told to use the products of an old processor, whose sums have other bits."""
    other_blas = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Haswell"}
    command = [sys.executable, "-c", OTHER_PROCESS]
    made = subprocess.run(command, cwd=ROOT, env=os.environ | other_blas, capture_output=True, text=True, check=True)
    assert json.loads(made.stdout) == digests()


def test_the_digest_sees_one_bit_the_layout_and_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    def changed(**options: object) -> str:
        monkeypatch.setitem(HARD, "square", lambda dtype, seed: case(33, 33, dtype, seed=seed, **options))
        return digest(Exercise("square", "float32", SEED))

    found = {changed(), changed(order="F"), changed(labels="all 0"), changed(largest_z=4 * (1 + 2**-22))}
    assert len(found) == 4
    assert digest(Exercise("ordinary", "float32", 0)) != digest(Exercise("ordinary", "float32", 1))


@pytest.mark.parametrize("dtype", DTYPES)
def test_each_is_as_hard_as_its_name_says(dtype: Dtype) -> None:
    problems = {name: hard_case(name, dtype) for name in HARD if "millions" not in name}
    zeros, some_zeros = problems["zeros"], problems["some weights 0"]
    assert not zeros.w.any()
    assert zeros.b == 0
    assert 0 < np.count_nonzero(some_zeros.w) < some_zeros.problem.n_x
    assert problems["whole blocks"].problem.m % 64 == problems["whole blocks"].problem.n_x % 64 == 0
    assert problems["many examples"].problem.m > np.iinfo(np.uint16).max
    subnormal = np.abs(problems["subnormal"].problem.X[::2])
    assert subnormal.any()
    assert subnormal.max() < np.finfo(dtype).smallest_normal


@pytest.mark.parametrize("largest_z", [1e-6, 4.0, 1000.0])
def test_the_largest_z_is_what_was_asked_for(largest_z: float) -> None:
    made = case(50, 7, largest_z=largest_z)
    u = np.finfo(np.float64).eps / 2
    roundings = 2 * 7 + 2  # of two sums of 7 products, the quotient and the product with it
    magnitude = float(np.max(np.abs(made.w) @ np.abs(made.problem.X)))
    assert abs(np.max(np.abs(made.w @ made.problem.X)) - largest_z) <= roundings * u * magnitude


def test_features_that_are_all_subnormal_or_0_leave_the_weights_ordinary() -> None:
    for features in ("subnormal", "repeated"):
        made = case(1, 1, features=features)
        assert 0 < abs(made.w[0]) < 10
