"""σ and the loss of a whole vector of examples.

Numba's wheels have no vector form of exp and log1p. With libm's, σ and the loss take 18 ns per example (float32: 12
ns); with vectors, in the same run, 2.8 ns (0.9 ns). A logarithm for many examples, of the product of their 1 + e, takes
less again (docs/performance-trials.md). Errors in units of roundoff: a 4, L 5.2; the bound allows 8 and 16.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from numba import njit
from numba.core.types import float32, float64

from gradrace.impls._shared import series
from gradrace.impls._shared.series import economized
from gradrace.impls._simd.instructions import exponent, minus_absolute, polynomial, power_of_two, where_less


def constant(double: float, single: float) -> Callable[[Any], Any]:
    """Return a function of a vector that is constant in all lanes: one constant for each precision."""
    return polynomial({float64: [double], float32: [single]})


smallest = constant(-700.0, -80.0)
"""Least argument of exp: its result, 1e-304 or 2e-35, vanishes beside 1, and isn't subnormal, which would be slow."""

shift = constant(1.5 * 2.0**52 + 1023, 1.5 * 2.0**23 + 127)
"""Constant whose addition rounds to an integer k, as it leaves no bits for a fraction.

The last bits of the sum are those of 2^k's exponent.
"""

ln2_head = constant(float.fromhex("0x1.62e42fee00000p-1"), float.fromhex("0x1.62ep-1"))
ln2_tail = constant(float.fromhex("0x1.a39ef35793c76p-33"), float.fromhex("0x1.0bfbe8e7bcd5ep-15"))
"""Two pieces of log 2: the head is short, so that its product with an integer k is exact."""

zero = constant(0.0, 0.0)
one = constant(1.0, 1.0)

exponential = polynomial({
    float64: economized([Fraction(1, math.factorial(k)) for k in range(20)], Fraction("0.3466"), degree=11),
    float32: economized([Fraction(1, math.factorial(k)) for k in range(20)], Fraction("0.3466"), degree=6),
})  # fmt: skip
"""Polynomial for exp(r) with |r| <= log(2)/2."""

two_atanh = polynomial({float64: series.two_atanh(degree=20), float32: series.two_atanh(degree=8)})
"""Polynomial in s² for 2·atanh(s)/s with s <= 1/3."""


@njit(forceinline=True)
def exp(x: Any) -> Any:
    """Return e^x for x <= 0 as 2^k · e^r, with the integer k nearest to x/log(2)."""
    x = where_less(x, smallest(x), smallest(x), x)
    shifted = x * (1 / math.log(2)) + shift(x)
    k = shifted - shift(x)
    r = (x - k * ln2_head(x)) - k * ln2_tail(x)
    return exponential(r) * power_of_two(shifted)


@njit(forceinline=True)
def parts(z: Any, y: Any) -> Any:
    """Return the parts of L = max(z, 0) − z·y + log(1 + e), which are the first term and e, and dz = σ(z) − y.

    e = exp(−|z|). NaN stays NaN.
    """
    e = exp(minus_absolute(z))
    dz = where_less(z, zero(z), e, one(z)) / (e + 1) - y
    return where_less(z, zero(z), zero(z), z) - z * y, e, dz


@njit(forceinline=True)
def joined(p: Any, e: Any) -> Any:
    """Return (1 + p)(1 + e) − 1: two terms of a sum of log(1 + e) in one, for p, e >= 0.

    Nothing cancels, so that small e keep their digits.
    """
    return (p + 1) * e + p


JOINED = 32
"""Number of terms after which their logarithm is taken: at most 2^32 fits both precisions."""


@njit(forceinline=True)
def log1p(p: Any) -> Any:
    """Return log(1 + p) for p >= 0 as k·log(2) + log(1 + q), where q is between −0.3 and 0.42."""
    k = exponent((p + 1) * math.sqrt(2))
    scale = power_of_two(shift(p) - k)
    q = p * scale - (one(p) - scale)
    s = q / (q + 2)
    return k * ln2_head(p) + (k * ln2_tail(p) + s * two_atanh(s * s))
