"""An implementation from a bare function: what it refers to goes along."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradrace.bench.paths import ROOT
from gradrace.bench.problems import made_up
from gradrace.bench.results import UnusableInput
from gradrace.bench.verification.reference import reference
from gradrace.functions import from_function
from gradrace.impls.discovery import load
from gradrace.impls.interface import Technique

ONE = 1.0
NAMES = ("a", [1, 2.5, None])
LOCK = threading.Lock()
"""Objects that can't be pickled."""


def sigmoid(z):
    """σ, stable."""
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, ONE, e) / (ONE + e), e


def mine(X, Y, w, b):
    """The slide, in my own words.

    With more below.
    """
    assert NAMES == ("a", [1, 2.5, None])
    z = w @ X + b
    a, e = sigmoid(z)
    J = np.sum(np.maximum(z, 0) - z * Y + np.log1p(e)) / Y.size
    dz = a - Y
    assert math.isfinite(J)
    return J, X @ dz / Y.size, np.sum(dz) / Y.size


EPS, LIMIT, T = np.finfo(float).eps, float("inf"), threading.Lock()


def refers_to_odd_numbers(X: Any, Y: Any, w: Any, b: Any) -> Any:
    """An attribute's name is no global's: X.T."""
    return sum(np.float64(number) for number in (EPS, min(LIMIT, 3.0))), X.T[0] @ X[:, 0] + w, b


def waits_for_a_lock(X, Y, w, b):
    with LOCK:
        return b, w, b


def test_a_function_and_what_it_refers_to_make_an_implementation() -> None:
    source = from_function(mine, technique=Technique.COMPILED)
    assert (source.name, source.description()) == ("mine", "The slide, in my own words.")
    implementation = load(source)
    assert implementation.technique == Technique.COMPILED
    case = made_up(30, 4)
    gradient = implementation.read(implementation.gradient(implementation.prepare(case.problem), case.w, case.b))
    assert reference(case.problem, case.w, case.b).fault(gradient) is None


def test_what_stands_around_it_goes_along_too() -> None:
    factor = 2.0

    def nested(X, Y, w, b):
        return factor * b, w, b

    implementation = load(from_function(nested))
    case = made_up(3, 2)
    assert implementation.gradient(implementation.prepare(case.problem), case.w, 3.0)[0] == 6.0


def test_odd_numbers_annotations_and_names_of_builtins_go_along() -> None:
    implementation = load(from_function(refers_to_odd_numbers))
    case = made_up(3, 2)
    J, _, _ = implementation.gradient(implementation.prepare(case.problem), case.w, 3.0)
    assert J == 3.0 + EPS


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (partial(mine, 1), "is not a function with a name"),
        (lambda X, Y, w, b: None, "is not a function with a name"),
        (
            waits_for_a_lock,
            r"waits_for_a_lock refers to an object that can't be pickled \(cannot pickle '_thread.lock' object\)",
        ),
    ],
)
def test_what_can_not_go_along_is_refused(function, reason: str) -> None:
    with pytest.raises(UnusableInput, match=reason):
        from_function(function)


def test_what_was_typed_goes_along_too() -> None:
    """A function of an interactive prompt has no source; and a lambda may have a name."""
    names: dict = {"half": 0.5, "scaled": lambda b: half * b}  # noqa: F821
    exec("def typed(X, Y, w, b):\n    return scaled(b), w, b", names)  # noqa: S102
    names["scaled"].__globals__["half"] = 0.5
    implementation = load(from_function(names["typed"]))
    assert implementation.gradient(implementation.prepare(made_up(3, 2).problem), None, 3.0)[0] == 1.5


NOTEBOOK = """
import os
import sys

import gradrace
import helpers
from helpers import sigmoid
import numpy as np

assert sys.path[0] == os.getcwd()
SCALE = np.ones(1)
cost = lambda z, Y, e: np.mean(np.maximum(z, 0) - z * Y + np.log1p(e))


def mine(X, Y, w, b):
    a, e = sigmoid(z := SCALE * (w @ X + b))
    return cost(z, Y, e), X @ (a - Y) / Y.size, helpers.mean(a - Y)


if __name__ == "__main__":
    found = gradrace.verify(mine, m=10, nx=3, dtype="float64", threads=1, quick=True)
    print(found.right.tolist())
"""

HELPERS = """
import numpy as np
from studies import ONE


def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e), e


def mean(numbers):
    return np.sum(numbers) / numbers.size * ONE
"""


def test_modules_beside_it_are_found_by_the_worker_and_shadow_nothing_of_ours(tmp_path: Path) -> None:
    """The folder holds files called as ours once were, too."""
    for name, text in {"notebook.py": NOTEBOOK, "helpers.py": HELPERS}.items():
        (tmp_path / name).write_text(text)
    for name in ("bench.py", "reports.py", "impls.py"):
        (tmp_path / name).write_text("raise RuntimeError('a file of the user')\n")
    (tmp_path / "studies.py").write_text("ONE = 1\n")  # as a folder of the checkout
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    told = subprocess.run(
        [sys.executable, "notebook.py"], cwd=tmp_path, env=variables, capture_output=True, text=True, check=False
    )
    assert (told.stdout, told.returncode) == ("[True]\n", 0), told.stderr


def test_a_function_leaves_no_file_behind() -> None:
    """When the program ends."""
    program = (
        "from gradrace import from_function\ndef mine(X, Y, w, b): return b, w, b\nprint(from_function(mine).path)"
    )
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    told = subprocess.run([sys.executable, "-c", program], env=variables, capture_output=True, text=True, check=True)
    file = Path(told.stdout.strip())
    assert file.name == "mine.py"
    assert not file.parent.exists()
