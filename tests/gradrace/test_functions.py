"""An implementation from a bare function: what it refers to goes along, and nothing is pickled."""

from __future__ import annotations

import io
import math
from functools import partial
from typing import Any

import numpy as np
import pytest

from gradrace.bench.problems import made_up
from gradrace.bench.results import UnusableInput
from gradrace.bench.verification.reference import reference
from gradrace.functions import from_function
from gradrace.impls.discovery import load
from gradrace.impls.interface import Technique

ONE = 1.0
NAMES = ("a", [1, 2.5, None])
OPEN = io.StringIO()
"""What can't go along."""


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


EPS, LIMIT, T = np.finfo(float).eps, float("inf"), io.StringIO()


def refers_to_odd_numbers(X: Any, Y: Any, w: Any, b: Any) -> Any:
    """An attribute's name is no global's: X.T."""
    return sum(np.float64(number) for number in (EPS, min(LIMIT, 3.0))), X.T[0] @ X[:, 0] + w, b


def refers_to_a_file(X, Y, w, b):
    return OPEN.read()


def test_a_function_and_what_it_refers_to_make_an_implementation() -> None:
    source = from_function(mine, technique=Technique.COMPILED)
    assert (source.name, source.description()) == ("mine", "The slide, in my own words.")
    implementation = load(source)
    assert implementation.technique == Technique.COMPILED
    case = made_up(30, 4)
    gradient = implementation.read(*implementation.gradient(implementation.prepare(case.problem), case.w, case.b))
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
        (partial(mine, 1), "is no function with a name"),
        (lambda X, Y, w, b: None, "is no function with a name"),
        (refers_to_a_file, "refers to OPEN, a StringIO that can't go along"),
    ],
)
def test_what_can_not_go_along_is_refused(function, reason: str) -> None:
    with pytest.raises(UnusableInput, match=reason):
        from_function(function)


def test_a_function_without_source_is_refused() -> None:
    names: dict = {}
    exec("def typed(X, Y, w, b):\n    return 0", names)  # noqa: S102  # as one types it
    with pytest.raises(UnusableInput, match="its source can't be found"):
        from_function(names["typed"])
