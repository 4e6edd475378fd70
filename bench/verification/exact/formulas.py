"""Arithmetic in twice the precision of float64, for the oracle's kernels: + · /, exp and log1p.

`longdouble` is 64 bits on some platforms. The formulas therefore use only what IEEE 754 defines to the last bit: sums,
differences, products, quotients and fused multiply-adds of float64, and its bits. Relative errors are in units of u² =
2⁻¹⁰⁶ ≈ 1.2e-32.

Sources: T. J. Dekker 1971, "A floating-point technique for extending the available precision" (two_product); D. E.
Knuth, The Art of Computer Programming 2, section 4.2.2 (two_sum); M. Joldes, J.-M. Muller and V. Popescu 2017, "Tight
and rigorous error bounds for basic building blocks of double-word arithmetic" (+, *, /); J.-M. Muller and L. Rideau
2022, "Formalization of double-word arithmetic" (the 5 u² of *).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from gradrace.bench.verification.exact.machine_code import NEAREST, Lanes


@dataclass(frozen=True, slots=True)
class Pair:
    """Numbers hi + lo, |lo| at most half a unit in the last place of hi."""

    hi: Lanes
    lo: Lanes

    def __neg__(self) -> Pair:
        return Pair(-self.hi, -self.lo)

    def __add__(self, other: Pair) -> Pair:
        """Return the sum, with a relative error of at most 3 u² despite any cancellation (AccurateDWPlusDW)."""
        s_hi, s_lo = two_sum(self.hi, other.hi)
        t_hi, t_lo = two_sum(self.lo, other.lo)
        v_hi, v_lo = fast_two_sum(s_hi, s_lo + t_hi)
        return Pair(*fast_two_sum(v_hi, t_lo + v_lo))

    def __mul__(self, other: Pair) -> Pair:
        """Return the product, with a relative error of at most 5 u².

        This is DWTimesDW2, or DWTimesDW1 without fused multiply-adds.
        """
        hi, lo = two_product(self.hi, other.hi)
        return Pair(*fast_two_sum(hi, lo + self.lo.times_plus(other.hi, self.hi * other.lo)))

    def __truediv__(self, other: Pair) -> Pair:
        """Return the quotient, with a relative error of at most 15 u² (DWDivDW2)."""
        quotient = self.hi / other.hi
        remainder = self + -other.times(quotient)
        return Pair(*fast_two_sum(quotient, remainder.hi / other.hi))

    def times(self, factor: Lanes) -> Pair:
        """Return the product with a float64, with a relative error of at most 3 u² (DWTimesFP3; DWTimesFP2)."""
        hi, lo = two_product(self.hi, factor)
        return Pair(*fast_two_sum(hi, self.lo.times_plus(factor, lo)))

    def exactly_times(self, factor: Lanes | float) -> Pair:
        """Return the exact product with a power of two, −1 or 0."""
        return Pair(self.hi * factor, self.lo * factor)

    def plus_product(self, x: Lanes, y: Pair) -> Pair:
        """Return self + x·y, with an error of at most 5 u² (|self| + |x·y|)."""
        p, error = two_product(x, y.hi)
        s, lost = two_sum(self.hi, p)
        return Pair(*fast_two_sum(s, self.lo + (lost + x.times_plus(y.lo, error))))


def two_sum(a: Lanes, b: Lanes) -> tuple[Lanes, Lanes]:
    """Return a + b rounded, and the rounding error: together exactly a + b (Knuth)."""
    s = a + b
    b_in_s = s - a
    return s, (a - (s - b_in_s)) + (b - b_in_s)


def fast_two_sum(a: Lanes, b: Lanes) -> tuple[Lanes, Lanes]:
    """Return a + b rounded, and the rounding error, if |a| >= |b| or a = 0 (Dekker)."""
    s = a + b
    return s, b - (s - a)


def two_product(a: Lanes, b: Lanes) -> tuple[Lanes, Lanes]:
    """Return a·b rounded, and the rounding error: together exactly a·b if |a·b| is at least 2⁻⁹⁶⁹.

    Below, the two together are off by at most 5 times the smallest subnormal number (Ogita, Rump and Oishi 2005).
    """
    p = a * b
    if a.code.fused:
        return p, a.times_plus(b, -p)
    a_hi, b_hi = a.upper_half(), b.upper_half()
    a_lo, b_lo = a - a_hi, b - b_hi
    return p, ((a_hi * b_hi - p) + a_hi * b_lo + a_lo * b_hi) + a_lo * b_lo


def _parts(x: Fraction) -> tuple[float, float]:
    return float(x), float(x - Fraction(float(x)))


# ln 2 to 60 digits, in three parts; the first two have 42 bits, so that their products with an exponent are exact.
_LN2 = Fraction("0.693147180559945309417232121458176568075500134360255254120680")
_LN2_1 = float(Fraction(math.floor(_LN2 * 2**42), 2**42))
_LN2_2 = float(Fraction(math.floor((_LN2 - Fraction(_LN2_1)) * 2**84), 2**84))
_LN2_3 = float(_LN2 - Fraction(_LN2_1) - Fraction(_LN2_2))

_HALVINGS = 5
_TERMS = [_parts(Fraction(1, math.factorial(n))) for n in range(1, 15)]
_DOUBLED_TERMS = 7
_LOG_TERMS = 18


def _expm1(x: Pair) -> Pair:
    """Return exp(x) − 1 for |x| <= 0.7.

    Taylor's series at x / 2⁵ is followed by five times exp(2x) − 1 = y(y + 2), y = exp(x) − 1. |x / 2⁵| <= 0.022, so
    that the 15th term is below 0.022¹⁴ / 15! ≈ 5e-36 of the first. The terms from the 8th on are below 0.022⁷ / 8! ≈
    6e-17 of it: float64 is precise enough for them.
    """
    code = x.hi.code
    x = x.exactly_times(2.0**-_HALVINGS)
    tail = code.constant(_TERMS[-1][0])
    for term, _ in reversed(_TERMS[_DOUBLED_TERMS:-1]):
        tail = tail.times_plus(x.hi, code.constant(term))
    series = Pair(tail, code.constant(0.0))
    for hi, lo in reversed(_TERMS[:_DOUBLED_TERMS]):
        series = series * x + Pair(code.constant(hi), code.constant(lo))
    y = series * x
    for _ in range(_HALVINGS):
        y = y * (y + _whole(y.hi, 2.0))
    return y


def exp_of_negative(x: Pair) -> Pair:
    """Return exp(x) for x <= 0.

    The relative error is about 1e-30 if the result is above 1e-290. A result below 1e-324 is 0.
    """
    x = Pair(x.hi.where("<", -800.0, -800.0, x.hi), x.hi.where("<", -800.0, 0.0, x.lo))
    shifted = x.hi * (1 / _LN2_1) + NEAREST
    k = shifted - NEAREST
    zero = k * 0.0
    for part in (_LN2_1, _LN2_2):
        x = x + Pair(-(k * part), zero)
    y = x + Pair(-(k * _LN2_3), zero)
    one, other = shifted.powers_of_two()
    return (_expm1(y) + _whole(k, 1.0)).exactly_times(one).exactly_times(other)


def log1p(x: Pair) -> Pair:
    """Return log(1 + x) for 0 <= x <= 1, with a relative error of about 1e-30.

    It is one step of Newton's method from float64's result y. y = 2(s + s³/3 + s⁵/5 + ...) with s = x/(2 + x) <= 1/3,
    whose 19th term is below 9⁻¹⁸ / 37 ≈ 2e-19 of the first. With exp(y)·(1 + q) = 1 + x, log(1 + x) = y + q − q²/2 +
    ...; q = x + (1 + x)(exp(−y) − 1) is about 1e-16·y, so that its square is below the precision.
    """
    code = x.hi.code
    s = x.hi / (x.hi + 2.0)
    square = s * s
    series = code.constant(1 / (2 * _LOG_TERMS - 1))
    for n in range(2 * _LOG_TERMS - 3, 0, -2):
        series = series.times_plus(square, code.constant(1 / n))
    y = Pair(s * 2.0 * series, code.constant(0.0))
    return y + (x + (x + _whole(s, 1.0)) * _expm1(-y))


def _whole(like: Lanes, x: float) -> Pair:
    return Pair(like.code.constant(x), like.code.constant(0.0))
