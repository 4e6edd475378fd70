"""Twice the precision of float64 on every platform: a number is the unevaluated sum hi + lo of two float64.

`longdouble` has 64 bits on some platforms, so nothing here uses it. The only operations are additions, subtractions,
multiplications, divisions and a bit mask of float64, which IEEE 754 defines to the last bit. Relative errors are in
units of u² = 2⁻¹⁰⁶ ≈ 1.2e-32.

Sources: T. J. Dekker 1971, "A floating-point technique for extending the available precision" (two_product); D. E.
Knuth, The Art of Computer Programming 2, section 4.2.2 (two_sum); M. Joldes, J.-M. Muller and V. Popescu 2017, "Tight
and rigorous error bounds for basic building blocks of double-word arithmetic" (+, *, /); T. Ogita, S. M. Rump and S.
Oishi 2005, "Accurate sum and dot product" (total, dot).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Float64: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class DoubleDouble:
    """Numbers hi + lo, |lo| at most half a unit in the last place of hi. Operations are element-wise."""

    hi: Float64
    lo: Float64

    __array_ufunc__ = None  # array + DoubleDouble calls __radd__ instead of making an array of objects

    def __getitem__(self, index: int | slice) -> DoubleDouble:
        return DoubleDouble(self.hi[index], self.lo[index])

    def __neg__(self) -> DoubleDouble:
        return DoubleDouble(-self.hi, -self.lo)

    def __add__(self, other: DoubleDouble | Float64 | float) -> DoubleDouble:
        """Return the sum with a relative error of at most 3 u², also under cancellation (AccurateDWPlusDW)."""
        other = double_double(other)
        s_hi, s_lo = two_sum(self.hi, other.hi)
        t_hi, t_lo = two_sum(self.lo, other.lo)
        v_hi, v_lo = fast_two_sum(s_hi, s_lo + t_hi)
        return DoubleDouble(*fast_two_sum(v_hi, t_lo + v_lo))

    def __sub__(self, other: DoubleDouble | Float64 | float) -> DoubleDouble:
        return self + -double_double(other)

    def __mul__(self, other: DoubleDouble | Float64 | float) -> DoubleDouble:
        """Return the product with a relative error of at most 5 u² (DWTimesDW1)."""
        other = double_double(other)
        hi, lo = two_product(self.hi, other.hi)
        return DoubleDouble(*fast_two_sum(hi, lo + (self.hi * other.lo + self.lo * other.hi)))

    def __truediv__(self, other: DoubleDouble | Float64 | float) -> DoubleDouble:
        """Return the quotient with a relative error of at most 15 u² (DWDivDW2)."""
        other = double_double(other)
        quotient = self.hi / other.hi
        remainder = self - other * quotient
        return DoubleDouble(*fast_two_sum(quotient, remainder.hi / other.hi))

    __radd__ = __add__
    __rmul__ = __mul__


def double_double(x: DoubleDouble | Float64 | float) -> DoubleDouble:
    """Return x if it is a DoubleDouble, else x as hi with lo = 0."""
    if isinstance(x, DoubleDouble):
        return x
    hi = np.asarray(x, dtype=np.float64)
    return DoubleDouble(hi, np.zeros_like(hi))


def two_sum(a: Float64, b: Float64) -> tuple[Float64, Float64]:
    """Return a + b rounded, and the rounding error: together exactly a + b (Knuth)."""
    s = a + b
    b_in_s = s - a
    return s, (a - (s - b_in_s)) + (b - b_in_s)


def fast_two_sum(a: Float64, b: Float64) -> tuple[Float64, Float64]:
    """Return a + b rounded, and the rounding error, for |a| >= |b| or a = 0 (Dekker)."""
    s = a + b
    return s, b - (s - a)


def split(a: Float64) -> tuple[Float64, Float64]:
    """Return a as the exact sum of two numbers of at most 26 bits, so that products of such halves are exact.

    The upper half is a, rounded to 26 bits by adding to its bit pattern. Veltkamp's product a·(2²⁷ + 1) would overflow
    where a doesn't. The addition is also exact for subnormals.
    """
    hi: Float64 = ((np.asarray(a).view(np.int64) + 2**26) & -(2**27)).view(np.float64)
    return hi, a - hi


def two_product(a: Float64, b: Float64) -> tuple[Float64, Float64]:
    """Return a·b rounded, and the rounding error: together exactly a·b (Dekker) if |a·b| is at least 2⁻⁹⁶⁹.

    Below that, the two together are off by at most 5 times the smallest subnormal number (Ogita, Rump and Oishi 2005).
    """
    a_hi, a_lo = split(a)
    b_hi, b_lo = split(b)
    p = a * b
    return p, ((a_hi * b_hi - p) + a_hi * b_lo + a_lo * b_hi) + a_lo * b_lo


def total(hi: Float64, lo: Float64, axis: int) -> DoubleDouble:
    """Return the sum of hi + lo along an axis, which must not be empty. Both arrays are overwritten.

    One half is folded onto the other until one is left: n - 1 exact two_sums in log2(n) operations on arrays. The
    errors are summed beside them (Sum2 of Ogita, Rump and Oishi 2005, in a tree instead of a sequence).
    """
    hi, lo = np.moveaxis(hi, axis, 0), np.moveaxis(lo, axis, 0)
    while (n := len(hi)) > 1:
        half = n // 2
        folded, error = two_sum(hi[:half], hi[n - half :])
        hi[:half] = folded
        lo[:half] += lo[n - half :]
        lo[:half] += error
        hi, lo = hi[: n - half], lo[: n - half]
    return DoubleDouble(*two_sum(hi[0], lo[0]))


def dot(A: Float64, v: DoubleDouble, axis: int) -> DoubleDouble:
    """Return the products of a matrix and v, summed along an axis: v·A for axis 0, A·v for axis 1.

    Source: Dot2 of Ogita, Rump and Oishi 2005.
    """
    if axis == 0:
        v = DoubleDouble(v.hi[:, np.newaxis], v.lo[:, np.newaxis])
    p, error = two_product(A, v.hi)
    error += A * v.lo
    return total(p, error, axis)


def _constant(x: Fraction) -> DoubleDouble:
    return DoubleDouble(np.asarray(float(x)), np.asarray(float(x - Fraction(float(x)))))


# ln 2 to 60 digits, in three parts; the first two have 42 bits, so that their products with an exponent are exact.
_LN2 = Fraction("0.693147180559945309417232121458176568075500134360255254120680")
_LN2_1 = float(Fraction(math.floor(_LN2 * 2**42), 2**42))
_LN2_2 = float(Fraction(math.floor((_LN2 - Fraction(_LN2_1)) * 2**84), 2**84))
_LN2_3 = float(_LN2 - Fraction(_LN2_1) - Fraction(_LN2_2))

_HALVINGS = 5
_TERMS = [_constant(Fraction(1, math.factorial(n))) for n in range(1, 15)]
_DOUBLED_TERMS = 7


def _expm1(x: DoubleDouble) -> DoubleDouble:
    """Return exp(x) - 1 for |x| <= 0.7.

    It is Taylor's series at x / 2⁵, then five times exp(2x) - 1 = y(y + 2) with y = exp(x) - 1.

    |x / 2⁵| <= 0.022, so that the 15th term is below 0.022¹⁴ / 15! ≈ 5e-36 of the first. The terms from the 8th on are
    below 0.022⁷ / 8! ≈ 6e-17 of it: for them float64 is precise enough.
    """
    x = x * 2.0**-_HALVINGS
    tail = np.zeros_like(x.hi)
    for term in reversed(_TERMS[_DOUBLED_TERMS:]):
        tail = tail * x.hi + term.hi
    series = double_double(tail)
    for term in reversed(_TERMS[:_DOUBLED_TERMS]):
        series = series * x + term
    y = series * x
    for _ in range(_HALVINGS):
        y = y * (y + 2.0)
    return y


def exp_of_negative(x: DoubleDouble) -> DoubleDouble:
    """Return exp(x) for x <= 0.

    The relative error is about 1e-30 where the result is above 1e-290; the result is 0 where it is below 1e-324.
    """
    vanishes = x.hi < -800.0
    x = DoubleDouble(np.where(vanishes, -800.0, x.hi), np.where(vanishes, 0.0, x.lo))
    k = np.rint(x.hi / _LN2_1)
    y = _expm1(x - k * _LN2_1 - k * _LN2_2 - k * _LN2_3) + 1.0
    exponent = k.astype(np.int32)
    return DoubleDouble(np.ldexp(y.hi, exponent), np.ldexp(y.lo, exponent))


def log1p(x: DoubleDouble) -> DoubleDouble:
    """Return log(1 + x) for 0 <= x <= 1, relative error about 1e-30: one Newton step from float64's result y.

    With exp(y)·(1 + q) = 1 + x, log(1 + x) = y + q - q²/2 + ... The term q = x + (1 + x)(exp(-y) - 1) is about 1e-16·y,
    so that its square is below the precision.
    """
    y = double_double(np.log1p(x.hi))
    return y + (x + (x + 1.0) * _expm1(-y))
