"""Where an error begins: the example and the feature are found, and what should be there."""

from __future__ import annotations

import numpy as np
import pytest

from gradrace.bench.verification.hard_problems import MADE_UP, Exercise
from gradrace.bench.verification.localize import Compute, beginning
from gradrace.bench.verification.reference import reference
from gradrace.impls.interface import Gradient

M, N_X = 40, 12
EXERCISE = Exercise(MADE_UP, "float64", 0, M, N_X)


def right(exercise: Exercise) -> Gradient:
    case = exercise.case()
    exact = reference(case.problem, case.w, case.b).exact
    return Gradient(float(exact.J.hi), np.array(exact.dw.hi), float(exact.db.hi))


def without_example(number: int) -> Compute:
    """Leaves the sum of dw one example short."""

    def compute(exercise: Exercise) -> Gradient:
        found, case = right(exercise), exercise.case()
        if case.problem.m >= number:
            x = case.problem.X[:, number - 1]
            a = 1 / (1 + np.exp(-(case.w @ x + case.b)))
            found.dw[:] -= x * (a - case.problem.Y[0, number - 1]) / case.problem.m
        return found

    return compute


def without_feature(number: int) -> Compute:
    """Leaves one component of dw at 0."""

    def compute(exercise: Exercise) -> Gradient:
        found = right(exercise)
        if exercise.case().problem.n_x >= number:
            found.dw[number - 1] = 0.0
        return found

    return compute


@pytest.mark.parametrize("number", [1, 2, 17, M])
def test_the_example_is_found(number: int) -> None:
    found = beginning(EXERCISE, M, N_X, without_example(number))
    assert found is not None
    assert (found.m, found.n_x) == (number, 1)


@pytest.mark.parametrize("number", [1, 5, N_X])
def test_the_feature_is_found_with_what_should_be_there(number: int) -> None:
    found = beginning(EXERCISE, M, N_X, without_feature(number))
    assert found is not None
    assert (found.m, found.n_x, found.part, found.got) == (1, number, f"dw_{number}", 0.0)
    case = Exercise(MADE_UP, "float64", 0, M, N_X, first_m=1, first_n_x=number).case()
    assert found.right == float(reference(case.problem, case.w, case.b).exact.dw.hi[number - 1])


def test_it_reads_as_a_sentence() -> None:
    text = str(beginning(EXERCISE, M, N_X, without_example(17)))
    assert text.startswith(
        "the error begins with example 17 and feature 1 (with only the first 16 examples it is right): there "
    )
    assert text.endswith(" is right")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_no_number_is_found_too(value: float) -> None:
    def compute(exercise: Exercise) -> Gradient:
        return Gradient(value, right(exercise).dw, 0.0)

    found = beginning(EXERCISE, M, N_X, compute)
    assert found is not None
    assert (found.m, found.n_x) == (1, 1)


def test_one_that_raises_on_parts_has_no_beginning() -> None:
    assert beginning(EXERCISE, M, N_X, lambda _: None) is None


def test_parts_of_a_problem_are_its_first_examples_and_features() -> None:
    whole = EXERCISE.case()
    part = Exercise(MADE_UP, "float64", 0, M, N_X, first_m=7, first_n_x=3).case()
    assert (part.problem.X == whole.problem.X[:3, :7]).all()
    assert (part.problem.Y == whole.problem.Y[:, :7]).all()
    assert (part.w == whole.w[:3]).all()
    fortran = Exercise("Fortran order", "float64", first_m=7).case().problem.X
    assert fortran.flags.f_contiguous
    assert fortran.shape == (11, 7)
