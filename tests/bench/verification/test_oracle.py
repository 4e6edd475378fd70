"""The oracle against exact rational arithmetic (z and every sum) and mpmath (exp, log), which share nothing with it."""

from __future__ import annotations

import tracemalloc
from dataclasses import dataclass
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from gradrace.bench.problems import Case, pixels
from gradrace.bench.verification.exact import kernels, summation
from gradrace.bench.verification.exact.double_double import DoubleDouble
from gradrace.bench.verification.exact.machine_code import Library
from gradrace.bench.verification.exact.oracle import Oracle, oracle
from gradrace.bench.verification.hard_problems import HARD, case, hard_case
from gradrace.impls.interface import Problem
from studies.numpy_oracle import numpy_oracle

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


@pytest.fixture(params=[(1, 1, 8, 1), (64, 8, 32, 30), (300, 16, 64, 7)], ids=["tiny", "small", "uneven"])
def small_blocks(request, monkeypatch):
    """Blocks, tiles and shares so small that every problem has many, and remainders of each."""
    for name, value in zip(("TILE", "FEWEST", "MOST", "SHARE"), request.param, strict=True):
        monkeypatch.setattr(summation, name, value)
    monkeypatch.setattr(summation, "ALONE", 0)


@pytest.mark.parametrize(
    "given",
    [case(100, 7), pixels(100, 7), case(7, 100, "float32"), case(61, 37, order="F"), pixels(37, 61, "float32")],
    ids=["m", "pixels", "n_x", "Fortran order", "pixels of float32"],
)
@pytest.mark.usefixtures("small_blocks")
def test_blocks_of_any_size_give_twice_the_precision(given):
    result, expected = oracle(given.problem, given.w, given.b), exact(given)
    assert_twice_the_precision(result, expected)
    magnitudes = result.magnitudes
    assert magnitudes.features == given.problem.n_x + 1
    assert magnitudes.entries.tolist() == [*np.count_nonzero(given.problem.X, axis=1), given.problem.m]
    summed = magnitudes.x_dz + magnitudes.x_z
    roundings = given.problem.m + given.problem.n_x + 10  # of sums of positive terms in float64, and of each term
    allowed = roundings * np.finfo(np.float64).eps / 2 * summed
    assert all(abs(x - float(size)) <= most for x, size, most in zip(summed, expected.sizes, allowed, strict=True))


def laid_out(X: np.ndarray, order: str) -> np.ndarray:
    """Return the numbers in another memory order; strided and reversed ones aren't aligned to whole vectors."""
    n_x, m = X.shape
    wide = np.zeros((2 * n_x + 1, 3 * m + 1), dtype=X.dtype)
    return {
        "C": X.copy,
        "F": lambda: np.asfortranarray(X),
        "reversed": lambda: np.ascontiguousarray(X[::-1, ::-1])[::-1, ::-1],
        "strided": lambda: filled(wide[1::2, 1::3], X),
        "strided, transposed": lambda: filled(wide.reshape(3 * m + 1, -1)[1::3, 1::2].T, X),
        "unaligned": lambda: filled(np.zeros(X.nbytes + 1, np.uint8)[1:].view(X.dtype).reshape(X.shape), X),
    }[order]()


def filled(place: np.ndarray, X: np.ndarray) -> np.ndarray:
    place[:] = X
    return place


@pytest.mark.parametrize("order", ["C", "F", "reversed", "strided", "strided, transposed", "unaligned"])
@pytest.mark.parametrize("kind", ["float64", "float32", "pixels"])
@pytest.mark.parametrize(("m", "n_x"), [(1, 1), (3, 700), (700, 3), (4099, 33), (263, 1031)])
def test_the_judge_agrees_for_every_shape_order_and_kind_of_number(m, n_x, kind, order):
    made = pixels(m, n_x, "float32") if kind == "pixels" else case(m, n_x, kind)
    problem = Problem(laid_out(made.problem.X, order), made.problem.Y, made.problem.dtype, made.problem.scale)
    problem.X.flags.writeable = problem.Y.flags.writeable = False
    found, right = oracle(problem, made.w, made.b), numpy_oracle(problem, made.w, made.b)
    sizes = right.magnitudes.x_dz + right.magnitudes.x_z
    J, dw, db = (np.abs((a.hi - b.hi) + (a.lo - b.lo)) for a, b in zip(parts(found), parts(right), strict=True))
    assert J <= 20 * float(U2) * (right.magnitudes.L + right.magnitudes.x_z[-1])
    assert np.all(np.append(dw, db) <= 20 * float(U2) * sizes)
    for name in ("x", "x_dz", "x_z", "L"):
        np.testing.assert_allclose(getattr(found.magnitudes, name), getattr(right.magnitudes, name), rtol=1e-12)
    assert found.magnitudes.entries.tolist() == right.magnitudes.entries.tolist()
    assert found.magnitudes.features == right.magnitudes.features


def parts(result: Oracle) -> tuple[DoubleDouble, DoubleDouble, DoubleDouble]:
    return result.J, result.dw, result.db


def test_without_fused_multiply_add_it_is_as_precise(monkeypatch):
    monkeypatch.setattr(summation, "library", lambda: unfused)
    unfused = Library(kernels.KERNELS, fused=False)
    for given in (cancelling_z(), cancelling_dw(), huge_and_tiny(), smallest_subnormals(), pixels(37, 11)):
        assert_twice_the_precision(oracle(given.problem, given.w, given.b), exact(given))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e308])
@pytest.mark.parametrize("where", ["X", "w", "b"])
def test_what_overflows_comes_out_as_no_finite_number(value, where):
    given = case(40, 9, largest_z=1.0)
    X, w, b = given.problem.X.copy(), given.w.copy(), given.b
    if where == "X":
        X[3, 17] = value
        w[3] = 1e8
    elif where == "w":
        w[3], X[3, 17] = value, 1e8
    else:
        b, w[0], X[0, 0] = np.float64(value), 1.7e308, 1.0
    magnitudes = oracle(Problem(X, given.problem.Y, X.dtype), w, b).magnitudes
    assert not np.isfinite([magnitudes.L, *magnitudes.x_z]).all()


@pytest.mark.usefixtures("small_blocks")
def test_the_number_of_threads_changes_no_bit(monkeypatch):
    found = []
    for threads in (1, 5):
        monkeypatch.setattr(summation, "cores", lambda threads=threads: threads)
        given = case(300, 9)
        found.append(oracle(given.problem, given.w, given.b))
    assert [same.tobytes() for same in bits(found[0])] == [same.tobytes() for same in bits(found[1])]


def bits(result: Oracle) -> list[np.ndarray]:
    return [np.atleast_1d(half) for part in parts(result) for half in (part.hi, part.lo)]


def test_nothing_given_is_changed():
    given = case(50, 6)
    X, Y, w = given.problem.X.copy(), given.problem.Y.copy(), given.w.copy()
    oracle(given.problem, given.w, given.b)
    assert np.array_equal(X, given.problem.X)
    assert np.array_equal(Y, given.problem.Y)
    assert np.array_equal(w, given.w)


def test_four_times_the_examples_take_no_more_memory(monkeypatch):
    monkeypatch.setattr(summation, "TILE", 2**12)
    monkeypatch.setattr(summation, "MOST", 2**9)
    monkeypatch.setattr(summation, "cores", lambda: 1)

    def peak_bytes(m: int) -> int:
        given = case(m, 7)
        tracemalloc.start()
        oracle(given.problem, given.w, given.b)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    peak_bytes(100)  # what is imported or cached once
    assert peak_bytes(2**17) < 1.1 * peak_bytes(2**15) < 24 * 8 * 2**12
