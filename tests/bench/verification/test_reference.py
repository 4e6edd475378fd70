"""Faults that a Reference finds in gradients that are right, wrong, or no gradients."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from gradrace.bench.results import UnusableInput
from gradrace.bench.verification.hard_problems import case
from gradrace.bench.verification.reference import Reference, reference
from gradrace.impls.interface import Gradient, Problem


@pytest.fixture(params=["float64", "float32"])
def at(request) -> Reference:
    given = case(40, 6, request.param)
    return reference(given.problem, given.w, given.b)


@pytest.fixture
def right(at) -> Gradient:
    """The oracle's own answer, rounded to the working precision."""
    return Gradient(float(at.exact.J.hi), at.exact.dw.hi.astype(at.dtype), float(at.exact.db.hi))


def test_the_rounded_oracle_is_right_to_every_digit(at, right):
    assert at.fault(right) is None
    assert at.error_over_bound(right).worst < 0.1
    assert at.digits(right) == pytest.approx(-math.log10(np.finfo(at.dtype).eps / 2), abs=1e-6)


def test_an_error_in_the_fifth_digit_of_the_largest_component_leaves_four(at, right):
    largest = max(np.max(np.abs(right.dw)), abs(right.db))
    off = replace(right, dw=right.dw + at.dtype.type(1e-4 * largest))
    assert at.digits(off) == pytest.approx(4, abs=0.01)


def test_an_error_of_ten_bounds_reads_10(at, right):
    for name in ("J", "db"):
        off = replace(right, **{name: getattr(right, name) + 10 * getattr(at.bound, name)})
        assert getattr(at.error_over_bound(off), name) == pytest.approx(10, rel=0.05)
        assert at.fault(off) == f"{name} is off by 10 times the error bound"


def test_the_digits_below_the_oracles_upper_half_count():
    given = case(40, 6)
    at = reference(given.problem, given.w, given.b)
    rounded = Gradient(float(at.exact.J.hi), at.exact.dw.hi, float(at.exact.db.hi))
    assert at.error_over_bound(rounded).J == abs(at.exact.J.lo) / at.bound.J > 0


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("name", ["J", "dw", "db"])
def test_what_is_not_finite_is_infinitely_wrong(at, right, name, value):
    broken = right.dw.copy()
    broken[3] = value
    off = replace(right, **{name: broken if name == "dw" else value})
    assert getattr(at.error_over_bound(off), name) == math.inf
    assert at.fault(off) == f"{name} isn't finite"
    assert at.digits(off) == 0


def test_an_error_too_large_to_count_in_bounds_is_no_warning(at, right):
    assert at.error_over_bound(replace(right, J=1e307)).J > 1e300


@pytest.mark.parametrize("shape", [(6, 1), (1, 6), (5,), (7,), (1,), ()])
def test_a_dw_of_another_shape_is_infinitely_wrong(at, right, shape):
    off = replace(right, dw=np.resize(right.dw, shape))
    assert at.error_over_bound(off).dw == math.inf
    advice = "; return np.ravel(dw)" if off.dw.size == 6 else ""
    assert at.fault(off) == f"dw is {at.dtype} of shape {shape}, not {at.dtype} of shape (6,){advice}"
    assert at.digits(off) == 0


def test_a_number_for_each_example_is_told_from_other_shapes(at, right):
    assert at.m != 6
    told = at.fault(replace(right, dw=np.resize(right.dw, at.m)))
    assert told.endswith("of shape (6,), but a number for each example; sum over the examples, as X @ dz does")


def test_a_dw_of_another_precision_is_infinitely_wrong(at, right):
    other = {"float64": "float32", "float32": "float64"}[at.dtype.name]
    off = replace(right, dw=right.dw.astype(other))
    assert at.error_over_bound(off).dw == math.inf
    told = f"dw is {other} of shape (6,), not {at.dtype} of shape (6,); return np.asarray(dw, w.dtype)"
    assert at.fault(off) == told


@pytest.mark.parametrize("size", [1, 6])
def test_where_there_are_as_many_examples_as_features_a_dw_of_their_shape_is_no_number_for_each(size: int) -> None:
    given = case(size, size, "float32")
    square = reference(given.problem, given.w, given.b)
    for kind, advice in ((np.float64, "; return np.asarray(dw, w.dtype)"), (bool, "")):
        wrong = Gradient(0.0, np.zeros(size, kind), 0.0)
        told = f"dw is {np.dtype(kind)} of shape ({size},), not float32 of shape ({size},){advice}"
        assert square.fault(wrong) == told


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e308])
@pytest.mark.parametrize("name", ["X", "w", "b"])
def test_a_problem_without_a_finite_gradient_is_refused_in_one_line(name, bad):
    given = case(10, 3)
    X, w, b = given.problem.X.copy() * 10, given.w.copy() * 10, given.b
    if name == "X":
        X[1, 2] = bad
    elif name == "w":
        w[1] = bad
    else:
        b = np.float64(bad)
    with pytest.raises(UnusableInput, match=r"^no finite gradient: .*; rescale the features$"):
        reference(Problem(X, given.problem.Y, X.dtype), w, b)


def test_a_zero_gradient_that_comes_out_as_zero_has_all_its_digits():
    X = np.zeros((2, 2))
    at = reference(Problem(X, np.array([[0.0, 1.0]]), X.dtype), np.zeros(2), np.float64(0))
    zero = Gradient(math.log(2), np.zeros(2), 0.0)
    assert at.fault(zero) is None
    assert at.digits(zero) == pytest.approx(15.95, abs=0.01)
    assert at.digits(replace(zero, db=1e-300)) == 0
