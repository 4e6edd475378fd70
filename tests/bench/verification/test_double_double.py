"""The arithmetic of the oracle's judge, in NumPy, against exact fractions and mpmath. Errors are in units of u²."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studies.numpy_double_double import (
    DoubleDouble,
    dot,
    exp_of_negative,
    log1p,
    split,
    total,
    two_product,
    two_sum,
)

U2 = Fraction(1, 2**106)
ETA = Fraction(np.finfo(np.float64).smallest_subnormal)

finite = st.floats(allow_nan=False, allow_infinity=False)
small_half = st.floats(min_value=-0.5, max_value=0.5)


@st.composite
def numbers(draw) -> DoubleDouble:
    """hi of any sign within 2**±40, and lo at most half a unit in its last place."""
    hi = draw(st.sampled_from([-1.0, 1.0])) * draw(st.floats(min_value=2.0**-40, max_value=2.0**40))
    return DoubleDouble(np.asarray(hi), np.asarray(draw(small_half) * np.spacing(hi)))


def exact(x: DoubleDouble) -> Fraction:
    return Fraction(float(x.hi)) + Fraction(float(x.lo))


def each(x: DoubleDouble) -> list[mpmath.mpf]:
    return [mpmath.mpf(hi) + mpmath.mpf(lo) for hi, lo in zip(x.hi.tolist(), x.lo.tolist(), strict=True)]


def significant_bits(x: float) -> int:
    numerator = abs(x.as_integer_ratio()[0])
    return numerator.bit_length() - (numerator & -numerator).bit_length() + 1 if numerator else 0


@given(st.floats(min_value=-1e300, max_value=1e300), st.floats(min_value=-1e300, max_value=1e300))
def test_two_sum_loses_nothing(a, b):
    s, error = two_sum(np.asarray(a), np.asarray(b))
    assert s == a + b
    assert Fraction(float(s)) + Fraction(float(error)) == Fraction(a) + Fraction(b)


@given(finite.filter(lambda a: abs(a) < 1.7e308))
def test_halves_have_26_bits_and_lose_nothing(a):
    hi, lo = map(float, split(np.asarray(a)))
    assert Fraction(hi) + Fraction(lo) == Fraction(a)
    assert max(significant_bits(hi), significant_bits(lo)) <= 26


@given(finite, finite)
def test_two_product_loses_nothing_unless_it_underflows(a, b):
    size = abs(Fraction(a) * Fraction(b))
    if size >= 2**1000 or max(abs(a), abs(b)) > 1.7e308:
        return
    p, error = two_product(np.asarray(a), np.asarray(b))
    lost = abs(Fraction(float(p)) + Fraction(float(error)) - Fraction(a) * Fraction(b))
    assert lost <= (5 * ETA if size < Fraction(1, 2**969) else 0)


@given(numbers(), numbers())
def test_sums_and_differences_are_right_to_3_units_even_where_they_cancel(a, b):
    nearly = DoubleDouble(-a.hi, b.lo * np.spacing(a.hi) / 2**41)
    for other in (b, nearly):
        assert abs(exact(a + other) - exact(a) - exact(other)) <= 3 * U2 * abs(exact(a) + exact(other))
        assert abs(exact(a - other) - exact(a) + exact(other)) <= 3 * U2 * abs(exact(a) - exact(other))


@given(numbers(), numbers())
def test_products_are_right_to_5_units_and_quotients_to_10(a, b):
    assert abs(exact(a * b) - exact(a) * exact(b)) <= 5 * U2 * abs(exact(a) * exact(b))
    assert abs(exact(a / b) - exact(a) / exact(b)) <= 10 * U2 * abs(exact(a) / exact(b))


def test_plain_numbers_and_arrays_mix_with_double_doubles():
    a = DoubleDouble(np.array([1.0, 2.0]), np.zeros(2))
    assert (a + 1.0).hi.tolist() == (1.0 + a).hi.tolist() == [2.0, 3.0]
    assert (np.array([2.0, 3.0]) * a).hi.tolist() == (a * np.array([2.0, 3.0])).hi.tolist() == [2.0, 6.0]


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7, 8, 13, 64, 1001])
def test_a_total_keeps_what_a_plain_sum_loses(n):
    rng = np.random.default_rng(n)
    terms = rng.standard_normal(n) * 10.0 ** rng.integers(-8, 8, n)
    terms[-1] = -terms[:-1].sum()  # what is left is far below the terms
    expected = sum(map(Fraction, terms.tolist()))
    error = abs(exact(total(terms.copy(), np.zeros(n), axis=0)) - expected)
    assert error <= U2 * n**2 * Fraction(np.abs(terms).sum())


@pytest.mark.parametrize("axis", [0, 1])
def test_dot_is_right_to_twice_the_precision_where_everything_cancels(axis):
    rng = np.random.default_rng(axis)
    A = rng.standard_normal((50, 50))
    A = np.concatenate([A, -A], axis=axis)
    v = np.concatenate([rng.standard_normal(50)] * 2)
    v[0] += 2.0**-50  # the only pair that doesn't cancel
    result = dot(A, DoubleDouble(v, v * 2.0**-55), axis)
    for k in range(50):
        row = A[:, k] if axis == 0 else A[k]
        products = [Fraction(a) * Fraction(b) * (1 + Fraction(1, 2**55)) for a, b in zip(row, v, strict=True)]
        assert abs(exact(result[k]) - sum(products)) <= 100 * U2 * sum(map(abs, products))


def test_exp_and_log1p_agree_with_mpmath_to_30_digits_for_all_z():
    rng = np.random.default_rng(0)
    hi = -np.concatenate([rng.uniform(0, 660, 200), 10.0 ** rng.uniform(-320, 0, 100), np.arange(100) * np.log(2) / 2])
    x = DoubleDouble(hi, np.spacing(hi) * rng.uniform(-0.5, 0.5, len(hi)) * (np.abs(hi) > 1e-290))
    e = exp_of_negative(x)
    with mpmath.workprec(300):
        for x_i, e_i, log_i in zip(each(x), each(e), each(log1p(e)), strict=True):
            assert abs(e_i - mpmath.exp(x_i)) <= 1e-30 * mpmath.exp(x_i)
            assert abs(log_i - mpmath.log1p(e_i)) <= 1e-30 * mpmath.log1p(e_i)


def test_exp_underflows_to_0_step_by_step():
    x = np.array([-700.0, -720.0, -744.4, -745.2, -746.0, -1e4, -1e300, -np.inf])
    e = exp_of_negative(DoubleDouble(x, np.zeros(len(x))))
    with mpmath.workprec(300):
        for x_i, e_i in zip(x[:-1].tolist(), each(e), strict=False):
            assert abs(e_i - mpmath.exp(x_i)) <= 1e-30 * mpmath.exp(x_i) + float(ETA)
    assert e.hi[3:].tolist() == [0, 0, 0, 0, 0]
