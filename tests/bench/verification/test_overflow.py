"""The slide's formulas overflow, and the advice, taken literally, doesn't."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from gradrace.bench.problems import made_up
from gradrace.bench.verification.hard_problems import HARD, Exercise
from gradrace.bench.verification.judge import check, trial
from gradrace.bench.verification.overflow import FOR_LOOPS, REMEDY, WHERE, remedy
from gradrace.impls.interface import Gradient, Implementation, Technique

DTYPES = ("float64", "float32")

MOST_ENTRIES = 20_000
"""Entries of X up to which loops are tried: an overflow is that of one example, and all problems take 35 s of CPU."""


def statements(advice: str) -> list[str]:
    """The assignments of the advice."""
    return re.split(r", (?=\w+ = )", advice.removeprefix(WHERE))


def slide(z: Any, y: Any) -> Iterator[Any]:
    """a and L as the lecture writes them."""
    a = 1 / (1 + np.exp(-z))
    yield a
    yield -(y * np.log(a) + (1 - y) * np.log(1 - a))


def slide_by_math(z: float, y: float) -> Iterator[float]:
    a = 1 / (1 + math.exp(-z))
    yield a
    yield -(y * math.log(a) + (1 - y) * math.log(1 - a))


def slide_that_raises(z: Any, y: Any) -> Iterator[Any]:
    with np.errstate(all="raise"):
        yield from [*slide(z, y)]


def slide_by_power(z: float, y: float) -> Iterator[float]:
    a = 1 / (1 + math.e**-z)
    yield a
    yield -(y * math.log(a) + (1 - y) * math.log(1 - a))


def advised(advice: str) -> Callable[[Any, Any], Iterator[Any]]:
    def run(z: Any, y: Any) -> Iterator[Any]:
        names = {"np": np, "math": math, "z": z, "y": y}
        for statement in statements(advice):
            exec(statement, names)  # noqa: S102  # the advice itself, taken literally
        yield names["a"]
        yield names["L"]

    return run


def arrays(formulas: Callable[[Any, Any], Iterator[Any]]) -> Implementation[Any, Any, Any]:
    def gradient(data: Any, w: Any, b: Any) -> Any:
        X, y = data
        a, L = formulas(w @ X + b, y)
        return np.mean(L), X @ (a - y) / y.size, np.mean(a - y)

    return implementation(gradient)


def loops(formulas: Callable[[Any, Any], Iterator[Any]]) -> Implementation[Any, Any, Any]:
    def gradient(data: Any, w: Any, b: Any) -> Any:
        X, y = data
        each = [[*formulas(float(x @ w + b), float(y_i))] for x, y_i in zip(X.T, y, strict=True)]
        dz, L = [a - y_i for (a, _), y_i in zip(each, y, strict=True)], [loss for _, loss in each]
        return sum(L) / y.size, np.asarray(X @ np.array(dz) / y.size, w.dtype), sum(dz) / y.size

    return implementation(gradient)


def implementation(gradient: Callable[[Any, Any, Any], Any]) -> Implementation[Any, Any, Any]:
    return Implementation(
        technique=Technique.VECTORIZED, prepare=lambda problem: (problem.features(), problem.Y[0]), gradient=gradient
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("written", "formulas", "advice"), [(arrays, slide, REMEDY), (loops, slide_by_math, FOR_LOOPS)]
)
def test_the_slides_formulas_overflow_and_the_advice_literally_does_not(
    written: Callable[..., Implementation[Any, Any, Any]],
    formulas: Callable[..., Iterator[Any]],
    advice: str,
    dtype: str,
) -> None:
    hard = trial(Exercise("large z", dtype, 0).case())
    wrong = check(written(formulas), hard)
    assert wrong.findings
    assert remedy(hard.case, wrong.gradient, wrong.findings) == advice
    right = written(advised(advice))
    for name in HARD:
        made = Exercise(name, dtype, 0).case()
        if written is loops and made.problem.X.size > MOST_ENTRIES:
            continue
        case = trial(made)
        found = check(right, case)
        assert found.findings == (), name
        assert remedy(case.case, found.gradient, found.findings) is None


@pytest.mark.parametrize(
    ("written", "formulas", "advice"), [(arrays, slide_that_raises, REMEDY), (loops, slide_by_power, FOR_LOOPS)]
)
def test_an_exception_gets_the_advice_of_those_who_raise_it(
    written: Callable[..., Implementation[Any, Any, Any]], formulas: Callable[..., Iterator[Any]], advice: str
) -> None:
    """NumPy may be asked to raise, and powers of Python's floats raise with other words than `math.exp`."""
    hard = trial(Exercise("large z", "float64", 0).case())
    wrong = check(written(formulas), hard)
    assert wrong.gradient is None
    assert remedy(hard.case, wrong.gradient, wrong.findings) == advice


def test_an_overflow_is_found_without_a_warning() -> None:
    """Compiled code and JAX give none."""
    case = Exercise("large z", "float64", 0).case()
    silent = Gradient(math.nan, np.zeros(case.problem.n_x), 0.0)
    assert remedy(case, silent, ["J isn't finite"]) == REMEDY


@pytest.mark.parametrize("findings", [("J isn't finite",), ("warns: overflow encountered in exp",), ("raises X: 1",)])
def test_another_fault_is_no_overflow(findings: tuple[str, ...]) -> None:
    """Where z is small, the slide's formulas are right; and what is finite without a warning hasn't overflowed."""
    assert remedy(made_up(9, 4), Gradient(math.nan, np.zeros(4), 0.0), findings) is None
    large = Exercise("large z", "float64", 0).case()
    assert remedy(large, Gradient(1.0, np.zeros(4), 0.0), ["error / bound of dw is 3"]) is None
