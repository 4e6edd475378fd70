"""The oracle against exact rational arithmetic (z and every sum) and mpmath (exp, log), which share nothing with it."""

from __future__ import annotations

import tracemalloc
from dataclasses import dataclass
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from gradrace.bench.problems import Case, made_up, pixels
from gradrace.bench.verification import oracle as module
from gradrace.bench.verification.bound import bound
from gradrace.bench.verification.double_double import DoubleDouble
from gradrace.bench.verification.hard_problems import HARD, case, hard_case
from gradrace.bench.verification.oracle import Oracle, oracle
from gradrace.impls.interface import Problem

U2 = Fraction(1, 2**106)
ETA = Fraction(np.finfo(np.float64).smallest_subnormal)


@dataclass(frozen=True)
class Exact:
    """J, dw, db, and the same sums with every term made positive, the error that z brings among them."""

    J: Fraction
    gradient: list[Fraction]
    J_size: Fraction
    sizes: list[Fraction]


def rational(x: mpmath.mpf) -> Fraction:
    return Fraction(*map(int, mpmath.libmp.to_rational(x._mpf_)))


def fractions(values) -> list[Fraction]:
    return [Fraction(float(value)) for value in values]


def exact(given: Case) -> Exact:
    """The lecture's loops, in rational arithmetic."""
    problem = given.problem
    weights = [*fractions(given.w), Fraction(float(given.b))]
    scale = Fraction(problem.scale)
    J, J_size, gradient, sizes = Fraction(0), Fraction(0), [Fraction(0)] * len(weights), [Fraction(0)] * len(weights)
    for column, y in zip(problem.X.T, fractions(problem.Y[0]), strict=True):
        x = [*(x_j * scale for x_j in fractions(column)), Fraction(1)]
        z = sum((w_j * x_j for w_j, x_j in zip(weights, x, strict=True)), Fraction(0))
        z_size = sum((abs(w_j * x_j) for w_j, x_j in zip(weights, x, strict=True)), Fraction(0))
        with mpmath.workprec(400):
            e = rational(mpmath.exp(-mpmath.mpf(abs(z).numerator) / abs(z).denominator))
            log = rational(mpmath.log1p(mpmath.mpf(e.numerator) / e.denominator))
        dz = (1 if z >= 0 else e) / (1 + e) - y
        J += max(z, Fraction(0)) - z * y + log
        J_size += z_size + log
        gradient = [total + x_j * dz for total, x_j in zip(gradient, x, strict=True)]
        sizes = [total + abs(x_j) * (abs(dz) + z_size) for total, x_j in zip(sizes, x, strict=True)]
    m = problem.m
    return Exact(J / m, [total / m for total in gradient], J_size / m, [total / m for total in sizes])


def numbers(x: DoubleDouble) -> list[Fraction]:
    return [hi + lo for hi, lo in zip(fractions(np.atleast_1d(x.hi)), fractions(np.atleast_1d(x.lo)), strict=True)]


def assert_twice_the_precision(result: Oracle, expected: Exact) -> None:
    """Errors within 100 u² of the sums of absolute values, and the 20 smallest subnormals that the bound leaves it."""
    assert abs(numbers(result.J)[0] - expected.J) <= 100 * U2 * expected.J_size
    gradient = numbers(result.dw) + numbers(result.db)
    for value, exact_value, size in zip(gradient, expected.gradient, expected.sizes, strict=True):
        assert abs(value - exact_value) <= 100 * U2 * size + 20 * ETA


def small(given: Case) -> Case:
    """Its first 12 examples and features, because fractions are slow."""
    problem = given.problem
    return Case(Problem(problem.X[:12, :12], problem.Y[:, :12], problem.dtype, problem.scale), given.w[:12], given.b)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", HARD)
def test_hard_problems_come_out_in_twice_the_precision(name, dtype):
    given = small(hard_case(name, dtype))
    assert_twice_the_precision(oracle(given.problem, given.w, given.b), exact(given))


def cancelling_z() -> Case:
    """w·x + b where 16 digits cancel, and 8 more: the last features leave 1e-8 or nothing of 1e8."""
    rng = np.random.default_rng(1)
    half = rng.standard_normal((20, 9)) * 1e8
    X = np.concatenate([half, half, [1e-8 * np.arange(9)]])
    w = rng.standard_normal(20) * 1e8
    return Case(Problem(X, np.ones((1, 9)), X.dtype), np.concatenate([w, -w, [1.0]]), np.float64(0.0))


def cancelling_dw() -> Case:
    """Each example twice, with either label, and moved by a hair: at w = 0 each pair's x·dz all but cancel."""
    rng = np.random.default_rng(2)
    X = rng.standard_normal((4, 30))
    X = np.concatenate([X, X * (1 + 2.0**-50)], axis=1)
    Y = np.concatenate([np.zeros((1, 30)), np.ones((1, 30))], axis=1)
    return Case(Problem(X, Y, X.dtype), np.zeros(4), np.float64(0.0))


def huge_and_tiny() -> Case:
    """Features and weights at both ends of float64's range, whose products are of the order of 1."""
    X = np.array([[1e300, -1.7e300], [3e-308, 5e-324], [1.0, 2.0]])
    return Case(Problem(X, np.array([[0.0, 1.0]]), X.dtype), np.array([1e-300, 1e307, 0.25]), np.float64(0.0))


def smallest_subnormals() -> Case:
    """Features of a few times 5e-324."""
    X = np.random.default_rng(3).integers(-9, 10, (3, 50)) * 5e-324
    return Case(Problem(X, np.arange(50.0)[np.newaxis] % 2, X.dtype), np.array([1.0, -2.0, 0.5]), np.float64(0.5))


@pytest.mark.parametrize("make", [cancelling_z, cancelling_dw, huge_and_tiny, smallest_subnormals])
def test_problems_built_to_break_it_come_out_in_twice_the_precision(make):
    given = make()
    assert_twice_the_precision(oracle(given.problem, given.w, given.b), exact(given))


def test_twice_the_precision_is_needed_there():
    given = cancelling_dw()
    X, Y = given.problem.X, given.problem.Y[0]
    plain = X @ (0.5 - Y) / 60
    assert np.max(np.abs(plain / oracle(given.problem, given.w, given.b).dw.hi - 1)) > 0.01


@pytest.mark.parametrize("given", [case(100, 7), pixels(100, 7), case(7, 100, "float32")], ids=["m", "pixels", "n_x"])
@pytest.mark.parametrize("block", [1, 64, 300])
def test_blocks_of_any_size_give_twice_the_precision(monkeypatch, given, block):
    monkeypatch.setattr(module, "BLOCK", block)
    result, expected = oracle(given.problem, given.w, given.b), exact(given)
    assert_twice_the_precision(result, expected)
    magnitudes = result.magnitudes
    assert magnitudes.features == given.problem.n_x + 1
    assert magnitudes.entries.tolist() == [*np.count_nonzero(given.problem.X, axis=1), given.problem.m]
    summed = magnitudes.x_dz + magnitudes.x_z
    roundings = given.problem.m + given.problem.n_x + 10  # of sums of positive terms in float64, and of each term
    allowed = roundings * np.finfo(np.float64).eps / 2 * summed
    assert all(abs(x - float(size)) <= most for x, size, most in zip(summed, expected.sizes, allowed, strict=True))


def test_the_order_of_X_in_memory_changes_no_bit():
    results = [
        oracle(given.problem, given.w, given.b)
        for given in (case(200, 30, order=order, read_only=True) for order in ("C", "F", "strided", "reversed"))
    ]
    assert len({(r.J.lo.tobytes(), r.dw.hi.tobytes(), r.dw.lo.tobytes(), r.db.lo.tobytes()) for r in results}) == 1


def test_nothing_given_is_changed():
    given = case(50, 6)
    X, Y, w = given.problem.X.copy(), given.problem.Y.copy(), given.w.copy()
    oracle(given.problem, given.w, given.b)
    assert np.array_equal(X, given.problem.X)
    assert np.array_equal(Y, given.problem.Y)
    assert np.array_equal(w, given.w)


def test_four_times_the_examples_take_no_more_memory(monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 2**12)
    monkeypatch.setattr(module, "cores", lambda: 1)

    def peak_bytes(m: int) -> int:
        given = case(m, 7)
        tracemalloc.start()
        oracle(given.problem, given.w, given.b)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    peak_bytes(100)  # what is imported or cached once
    assert peak_bytes(2**17) < 1.1 * peak_bytes(2**15) < 24 * 8 * 2**12


@pytest.mark.parametrize("make", [made_up, pixels])
def test_float64_serves_float32_far_within_the_bound(make):
    given = make(300, 40, "float32")
    exact = oracle(given.problem, given.w, given.b)
    plain = oracle(given.problem, given.w, given.b, exact=False)
    allowed = bound(given.problem, exact.magnitudes)
    assert np.any(plain.dw.hi != exact.dw.hi)
    for one, other, most in (
        (plain.J, exact.J, allowed.J),
        (plain.dw, exact.dw, allowed.dw),
        (plain.db, exact.db, allowed.db),
    ):
        assert np.all(np.abs((one - other).hi) <= most * 2.0**-29)
    np.testing.assert_allclose(plain.magnitudes.x_dz, exact.magnitudes.x_dz, rtol=1e-12)
    assert plain.magnitudes.entries.tolist() == exact.magnitudes.entries.tolist()
