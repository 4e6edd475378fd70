"""The compiled formulas against exact fractions and mpmath; relative errors are in units of u² = 2⁻¹⁰⁶."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from gradrace.bench.verification.exact import formulas
from gradrace.bench.verification.exact.formulas import Pair
from gradrace.bench.verification.exact.machine_code import Code, Lanes, Library, has_fused_multiply_add

U2 = Fraction(1, 2**106)
ETA = Fraction(np.finfo(np.float64).smallest_subnormal)
FUSED = [False, True] if has_fused_multiply_add() else [False]
N = 2048


def compiled(formula: Callable[..., tuple[Lanes, ...]], *, fused: bool) -> Callable[..., np.ndarray]:
    """The formula of some lanes as a function of arrays (n,), which returns an array of a row for each result."""

    def kernel(code: Code, count, inputs, outputs):
        def body(i, _):
            results = formula(*(code.load(code.at(inputs, (row, count), i)) for row in range(arity)))
            for row, lanes in enumerate(results):
                code.store(code.at(outputs, (row, count), i), lanes)
            return ()

        code.loop(0, count, code.lanes, body)

    arity = formula.__code__.co_argcount
    library = Library({kernel: ("ipp", 8)}, fused=fused)

    def function(*args: np.ndarray) -> np.ndarray:
        inputs, outputs = np.array(args, dtype=np.float64), np.zeros((3, len(args[0])))
        assert inputs.shape[1] % 8 == 0
        library[kernel](inputs.shape[1], inputs.ctypes.data, outputs.ctypes.data)
        return outputs

    return function


def spread(seed: int, exponents: int, n: int = N) -> np.ndarray:
    """Numbers of either sign, all of whose bits are random, within 2**±exponents."""
    rng = np.random.default_rng(seed)
    return np.ldexp(rng.uniform(1, 2, n) * rng.choice([-1, 1], n), rng.integers(-exponents, exponents + 1, n))


def halves(seed: int, exponents: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """hi, and lo of at most half a unit in its last place."""
    hi = spread(seed, exponents)
    return hi, np.spacing(hi) * np.random.default_rng(seed + 1).uniform(-0.5, 0.5, len(hi))


def fractions(*rows: np.ndarray) -> list[Fraction]:
    """The sum of the rows, exactly."""
    return [sum(map(Fraction, column), Fraction(0)) for column in zip(*(row.tolist() for row in rows), strict=True)]


def nearest(x: Fraction) -> float:
    """Rounded to float64 once: division of whole numbers is."""
    return x.numerator / x.denominator


def test_llvm_contracts_no_product_and_sum():
    a, b, c = spread(0, 3), spread(1, 3), spread(2, 3)
    c[::2] = -(a * b)[::2]  # where contraction would leave the product's rounding error instead of 0
    for fused in FUSED:
        found = compiled(lambda x, y, z: (x * y + z, z - x * y, x * y - z), fused=fused)(a, b, c)
        assert found.tobytes() == np.array([a * b + c, c - a * b, a * b - c]).tobytes()
    assert np.all(found[0][::2] == 0)


def test_llvm_reorders_nothing():
    a, b, c = spread(0, 3), spread(1, 60), spread(2, 60)
    found = compiled(lambda x, y, z: ((x + y) - y, (x + y) + z, x / y * y), fused=FUSED[-1])(a, b, c)
    assert found.tobytes() == np.array([(a + b) - b, (a + b) + c, a / b * b]).tobytes()


@pytest.mark.skipif(not has_fused_multiply_add(), reason="this processor has no fused multiply-add")
def test_a_fused_multiply_add_rounds_once():
    a, b, c = spread(0, 3), spread(1, 3), spread(2, 3)
    c[::2] = -(a * b)[::2]
    found = compiled(lambda x, y, z: (x.times_plus(y, z),), fused=True)(a, b, c)[0]
    exact = [Fraction(x) * Fraction(y) + Fraction(z) for x, y, z in zip(a, b, c, strict=True)]
    assert found.tolist() == [*map(nearest, exact)]


def test_two_sum_loses_nothing():
    a, b = spread(0, 500), spread(1, 500)
    b[::3] = -a[::3] * (1 + np.spacing(1.0))
    s, error, _ = compiled(formulas.two_sum, fused=FUSED[-1])(a, b)
    assert s.tobytes() == (a + b).tobytes()
    assert fractions(s, error) == fractions(a, b)


@pytest.mark.parametrize("fused", FUSED)
def test_two_product_loses_nothing_unless_it_underflows(fused):
    a, b = spread(0, 500), spread(1, 500)
    a[:8], b[:8] = np.finfo(np.float64).max / 2, 1.0  # Veltkamp's way to split would overflow
    a[8:400], b[8:400] = spread(2, 10, 392) * 2.0**-500, spread(3, 60, 392) * 2.0**-520
    p, error, _ = compiled(formulas.two_product, fused=fused)(a, b)
    assert p.tobytes() == (a * b).tobytes()
    for x, y, found in zip(a.tolist(), b.tolist(), fractions(p, error), strict=True):
        exact = Fraction(x) * Fraction(y)
        assert abs(found - exact) <= (5 * ETA if abs(exact) < Fraction(1, 2**969) else 0)


OPERATIONS = {
    "sum": (lambda p, q: p + q, lambda x, y, y_hi: x + y, 3),
    "product": (lambda p, q: p * q, lambda x, y, y_hi: x * y, 5),
    "quotient": (lambda p, q: p / q, lambda x, y, y_hi: x / y, 15),
    "product with a float64": (lambda p, q: p.times(q.hi), lambda x, y, y_hi: x * y_hi, 3),
}
"""Name: the formula, the exact result, and the units u² by which they may differ."""


@pytest.mark.parametrize("fused", FUSED)
@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_are_as_precise_as_proved_even_where_digits_cancel(name, fused):
    formula, exactly, units = OPERATIONS[name]
    (a, a_lo), (b, b_lo) = halves(0), halves(10)
    nearly = slice(0, N // 2)
    b[nearly] = -a[nearly]
    b_lo[nearly] = np.spacing(a[nearly]) * np.random.default_rng(5).uniform(-0.5, 0.5, N // 2)

    def lanes(hi, lo, other_hi, other_lo):
        result = formula(Pair(hi, lo), Pair(other_hi, other_lo))
        return result.hi, result.lo

    hi, lo, _ = compiled(lanes, fused=fused)(a, a_lo, b, b_lo)
    assert np.all(hi + lo == hi)
    right = [*map(exactly, fractions(a, a_lo), fractions(b, b_lo), fractions(b))]
    assert all(abs(f - r) <= units * U2 * abs(r) for f, r in zip(fractions(hi, lo), right, strict=True))


@pytest.mark.parametrize("fused", FUSED)
def test_a_sum_of_products_is_off_by_5_units_of_its_terms(fused):
    (a, a_lo), (y, y_lo), x = halves(0, 10), halves(10, 10), spread(20, 10)
    cancels = slice(0, N // 2)
    a[cancels] = -(x * y)[cancels]
    a_lo[cancels] = np.spacing(a[cancels]) * np.random.default_rng(6).uniform(-0.5, 0.5, N // 2)

    def lanes(hi, lo, x, y, y_lo):
        total = Pair(hi, lo).plus_product(x, Pair(y, y_lo))
        return total.hi, total.lo

    hi, lo, _ = compiled(lanes, fused=fused)(a, a_lo, x, y, y_lo)
    for before, by, factor, found in zip(
        fractions(a, a_lo), x.tolist(), fractions(y, y_lo), fractions(hi, lo), strict=True
    ):
        product = Fraction(by) * factor
        assert abs(found - before - product) <= 5 * U2 * (abs(before) + abs(product))


def exp_and_log(hi, lo):
    e = formulas.exp_of_negative(Pair(hi, lo))
    return e.hi, e.lo


def log_of(hi, lo):
    log = formulas.log1p(Pair(hi, lo))
    return log.hi, log.lo


@pytest.mark.parametrize("fused", FUSED)
def test_exp_and_log1p_agree_with_mpmath_to_30_digits_for_all_z(fused):
    rng = np.random.default_rng(0)
    hi = -np.concatenate([rng.uniform(0, 660, 200), 10.0 ** rng.uniform(-320, 0, 100), np.arange(100) * np.log(2) / 2])
    lo = np.spacing(hi) * rng.uniform(-0.5, 0.5, len(hi)) * (np.abs(hi) > 1e-290)
    e, e_lo, _ = compiled(exp_and_log, fused=fused)(hi, lo)
    log, log_lo, _ = compiled(log_of, fused=fused)(e, e_lo)
    with mpmath.workprec(300):
        for x, x_lo, value, value_lo, log_i, log_lo_i in zip(hi, lo, e, e_lo, log, log_lo, strict=True):
            exact = mpmath.exp(mpmath.mpf(x) + mpmath.mpf(x_lo))
            found = mpmath.mpf(value) + mpmath.mpf(value_lo)
            assert abs(found - exact) <= 1e-30 * exact
            assert abs(mpmath.mpf(log_i) + mpmath.mpf(log_lo_i) - mpmath.log1p(found)) <= 1e-30 * mpmath.log1p(found)


def test_exp_underflows_to_0_step_by_step_and_keeps_nan():
    x = np.array([-700.0, -720.0, -744.4, -745.2, -1e4, -1e300, -np.inf, np.nan])
    e, e_lo, _ = compiled(exp_and_log, fused=FUSED[-1])(x, np.zeros(len(x)))
    with mpmath.workprec(300):
        for x_i, e_i, lo_i in zip(x[:-2], e, e_lo, strict=False):
            found = mpmath.mpf(e_i) + mpmath.mpf(lo_i)
            assert abs(found - mpmath.exp(x_i)) <= 1e-30 * mpmath.exp(x_i) + float(ETA)
    assert e[3:7].tolist() == [0, 0, 0, 0]
    assert np.isnan(e[7])
