"""Mistakes are recognized by what they make, at any size; what is none of them isn't taken for one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

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
        "it is the gradient of the first 24 of 27 examples: is the rest after blocks of 4 dropped?"
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
    """A fault of another part by an unknown factor isn't ignored: 'the rest is right' would be wrong."""
    case = made_up(27, 5)
    found = right(case)
    assert diagnosis(case, Gradient(found.J * 1.5, found.dw, -found.db)) is None


def test_a_problem_without_a_finite_gradient_tells_nothing() -> None:
    case = made_up(4, 2)
    endless = Case(case.problem, np.array([np.inf, 1.0]), case.b)
    assert diagnosis(endless, right(case)) is None


def plainly(X, y, w, b, dtype, *, dz=None, z=None) -> Gradient:
    """The gradient in this precision, with another z or dz."""
    t, m = np.dtype(dtype).type, len(y)
    z = w @ X + b if z is None else z
    e = np.exp(-np.abs(z))
    if dz is None:
        dz = np.where(z >= 0, 1, e) / (1 + e) - y
    cost = np.mean(np.maximum(z, 0) - z * y + np.log1p(e))
    return Gradient(float(cost), (X @ dz / t(m)).astype(dtype), float(np.mean(dz)))


def mistakes(case: Case) -> dict[str, Gradient]:
    """Return usual mistakes, by the words that name them."""
    X, y, w, b = case.problem.X, case.problem.Y[0], case.w, case.b
    dtype, m = case.problem.dtype, case.problem.m
    found = plainly(X, y, w, b, dtype)
    a = y + found_dz(case)
    without = plainly(X, y, w, b, dtype, z=w[:-1] @ X[:-1] + b)
    blocks = plainly(X, y, w, b, dtype, z=w[:12] @ X[:12] + b)
    cut, shapes = np.where(np.arange(13) < 12, found.dw, 0), (a[np.newaxis] - y[:, np.newaxis])
    return {
        "it is the gradient of all features but the last": Gradient(
            without.J, np.append(without.dw[:-1], 0).astype(dtype), without.db
        ),
        "z is of all features but the last": without,
        "z is of all features but the last ": blocks,  # which is the first whole block of 4, 12 of 13 features, too
        "a part of dw is 0: it is right for all features but the last": Gradient(found.J, cut.astype(dtype), found.db),
        "b is left out of z": plainly(X, y, w, b, dtype, z=w @ X),
        "sigma is left out: dz is z - y": plainly(X, y, w, b, dtype, dz=w @ X + b - y),
        "the labels are taken the wrong way around": plainly(X, 1 - y, w, b, dtype),
        "a - y has m × m entries: are their shapes (m,) and (m, 1)?": Gradient(
            found.J, (X @ shapes.sum(axis=1) / m).astype(dtype), float(shapes.sum() / m)
        ),
        "dw is divided by m - 1, not by m: the rest is right": Gradient(
            found.J, (found.dw * (m / (m - 1))).astype(dtype), found.db
        ),
        "dw is rounded down to a whole number, as by //: the rest is right": Gradient(
            found.J, np.floor(found.dw), found.db
        ),
        "J is 0: the rest is right": Gradient(0.0, found.dw, found.db),
        "db is 0: the rest is right": Gradient(found.J, found.dw, 0.0),
        "dw is divided by n_x, not by m; db is divided by n_x, not by m: the rest is right": Gradient(
            found.J, (found.dw * (m / 13)).astype(dtype), found.db * (m / 13)
        ),
    }


def found_dz(case: Case) -> np.ndarray:
    z = case.w @ case.problem.X + case.b
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e) - case.problem.Y[0]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("m", [27, 1027])
def test_what_students_write_is_recognized(m: int, dtype: str) -> None:
    case = made_up(m, 13, dtype)
    for words, gradient in mistakes(case).items():
        assert diagnosis(case, gradient) == words.rstrip()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("part", ["J", "dw", "db"])
@pytest.mark.parametrize("share", [1e-3, 1e-6, 1e-9])
def test_an_error_that_a_mistake_does_not_explain_is_no_mistake(part: str, share: float, dtype: str) -> None:
    """However near right and wrong lie to each other: what is left out hardly counts where m is large."""
    case = made_up(10_007, 13, dtype)
    found = right(case)
    parts = {"J": found.J, "dw": found.dw, "db": found.db}
    parts[part] = parts[part] * (1 + share * np.linspace(0.3, 1, 13)).astype(dtype)[: np.size(parts[part])].squeeze()
    assert diagnosis(case, Gradient(**parts)) is None


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_mistake_and_a_little_more_is_not_called_the_mistake(dtype: str) -> None:
    case = made_up(27, 13, dtype)
    for gradient in mistakes(case).values():
        bent = np.array(gradient.dw)
        bent[2] += 0.01 * np.max(np.abs(gradient.dw)) + 0.003
        assert diagnosis(case, Gradient(gradient.J, bent, gradient.db)) is None


@pytest.mark.parametrize(("share", "words"), [(5e-4, "it is the gradient of all examples but the last"), (2e-3, None)])
def test_a_mistake_may_leave_a_thousandth_of_the_error_unexplained(share: float, words: str | None) -> None:
    case = made_up(27, 13)
    found, mistaken = right(case), of_some(case, slice(0, 26))
    dw = mistaken.dw + share * (mistaken.dw - found.dw)
    assert diagnosis(case, Gradient(mistaken.J, dw, mistaken.db)) == words


def test_a_tiny_mistake_is_recognized_where_it_explains_the_error() -> None:
    """One of 10,007 examples: 1e-4 of the gradient, and far beyond the rounding of float64."""
    case = made_up(10_007, 13)
    assert diagnosis(case, of_some(case, slice(0, 10_006))) == "it is the gradient of all examples but the last"


def test_what_rounding_may_make_is_nothing() -> None:
    case = made_up(1027, 13, "float32")
    assert diagnosis(case, right(case)) is None


def in_float32(case: Case) -> dict[str, Gradient]:
    """Return gradients of a float64 problem with parts in float32, by the words that name the mistake."""
    X, y, w, b, short = case.problem.X, case.problem.Y[0], case.w, case.b, np.float32
    all_of_it = plainly(X.astype(short), y.astype(short), w.astype(short), short(b), short)
    kept = plainly(X, y, w, b, np.float64, dz=found_dz(case).astype(short).astype(float))
    X_w, z = (X.astype(short), w.astype(short)), w @ X + b
    double = partial(plainly, X, y, w, b, np.float64)
    return {
        "X and w are rounded to float32; keep float64": plainly(*map(np.float64, (X_w[0], y, X_w[1], b)), np.float64),
        "z is rounded to float32; keep float64": double(z=z.astype(short).astype(float)),
        "z is computed in float32; keep float64": double(z=(X_w[1] @ X_w[0] + b).astype(float)),
        "z is computed in float32; keep float64 ": double(z=(X_w[0].T.copy() @ X_w[1] + short(b)).astype(float)),
        "sigma is rounded to float32; keep float64": double(dz=(found_dz(case) + y).astype(short).astype(float) - y),
        "X is rounded to float32; keep float64": plainly(X.astype(short).astype(float), y, w, b, np.float64),
        "w is rounded to float32; keep float64": plainly(X, y, w.astype(short).astype(float), b, np.float64),
        "dz is rounded to float32; keep float64": kept,
        "dw has the precision of float32; compute in that of w, float64": Gradient(
            all_of_it.J, all_of_it.dw.astype(float), all_of_it.db
        ),
    }


@pytest.mark.parametrize("m", [27, 1027])
def test_float32_in_a_problem_of_float64_is_recognized(m: int) -> None:
    case = made_up(m, 13)
    for words, gradient in in_float32(case).items():
        assert diagnosis(case, gradient) == words.rstrip()


def test_another_error_in_numbers_of_float32_is_not_called_its_precision() -> None:
    case = made_up(27, 13)
    for factor in (1.5, 1 + 1e-4):
        bent = Gradient(right(case).J, (right(case).dw * factor).astype(np.float32).astype(float), right(case).db)
        assert diagnosis(case, bent) is None
