"""Mistakes are recognized by what they make, at any size; what is none of them isn't taken for one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gradrace.bench.problems import Case, made_up, pixels
from gradrace.bench.verification.diagnosis import diagnosis
from gradrace.impls import numpy_vectorized
from gradrace.impls.interface import Gradient, Problem

IMPLEMENTATION = numpy_vectorized.IMPLEMENTATION


def right(case: Case) -> Gradient:
    data = IMPLEMENTATION.prepare(case.problem)
    return IMPLEMENTATION.read(IMPLEMENTATION.gradient(data, *IMPLEMENTATION.native(case.w, case.b)))


def of_some(case: Case, kept: slice, factor: float = 1.0) -> Gradient:
    """The gradient of some examples, times a factor."""
    problem = case.problem
    found = right(Case(Problem(problem.X[:, kept], problem.Y[:, kept], problem.dtype, problem.scale), case.w, case.b))
    return Gradient(found.J * factor, found.dw * factor, found.db * factor)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("make", [made_up, pixels])
def test_examples_that_are_left_out(make: Callable[..., Case], dtype: str) -> None:
    case = make(27, 5, dtype)
    assert diagnosis(case, of_some(case, slice(0, 26))) == "it is the gradient of all examples but the last"
    assert diagnosis(case, of_some(case, slice(0, 26), 26 / 27)) == "it is the gradient of all examples but the last"
    assert diagnosis(case, of_some(case, slice(1, 27))) == "it is the gradient of all examples but the first"
    assert diagnosis(case, of_some(case, slice(0, 24))) == (
        "it is the gradient of the first 24 of 27 examples: is what is left of blocks of 4 forgotten?"
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda g: Gradient(g.J, g.dw, -g.db), "db has the wrong sign: the rest is right"),
        (lambda g: Gradient(g.J, -g.dw, -g.db), "dw has the wrong sign; db has the wrong sign: the rest is right"),
        (lambda g: Gradient(g.J, g.dw * 27, g.db), "dw isn't divided by m: the rest is right"),
        (lambda g: Gradient(g.J / 27, g.dw, g.db), "J is divided by m twice: the rest is right"),
        (lambda g: Gradient(g.J, g.dw * 1.5, g.db), None),
        (lambda g: Gradient(np.nan, g.dw, g.db), None),
    ],
)
def test_signs_and_divisions(change: Callable[[Gradient], Gradient], told: str | None) -> None:
    case = made_up(27, 5)
    assert diagnosis(case, change(right(case))) == told


def test_two_mistakes_are_not_called_one() -> None:
    """What is wrong in another part by no known factor is not passed over: 'the rest is right' would be a lie."""
    case = made_up(27, 5)
    found = right(case)
    assert diagnosis(case, Gradient(found.J * 1.5, found.dw, -found.db)) is None


def test_a_problem_without_a_finite_gradient_tells_nothing() -> None:
    case = made_up(4, 2)
    endless = Case(case.problem, np.array([np.inf, 1.0]), case.b)
    assert diagnosis(endless, right(case)) is None
