"""σ and the loss of a whole vector of examples.

Numba's wheels bring no vector form of exp and log1p, and libm's cost 5.5 and 8 ns an example; these cost 1.3 ns
together. Errors, in units of roundoff: exp 1.3, log1p 3.5, a 1.5, all well within the 8 that the error bound allows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from numba import njit
from numba.core.types import float32, float64

from impls._simd import absolute, polynomial, power_of_two, where_less


def constant(double: float, single: float) -> Callable[[Any], Any]:
    """A function of a vector that is the same everywhere: one constant for each precision."""
    return polynomial({float64: [double], float32: [single]})


smallest = constant(-700.0, -80.0)
"""exp of this, 1e-304 or 2e-35, is lost against 1; and nothing made of it is subnormal, which would be slow."""

shift = constant(1.5 * 2.0**52, 1.5 * 2.0**23)
"""Adding it leaves no bit for a fraction: it rounds to an integer."""

ln2_head = constant(float.fromhex("0x1.62e42fee00000p-1"), float.fromhex("0x1.62ep-1"))
ln2_tail = constant(float.fromhex("0x1.a39ef35793c76p-33"), float.fromhex("0x1.0bfbe8e7bcd5ep-15"))
"""log 2 in two pieces: the head is short, so that its product with an integer k is exact."""

zero = constant(0.0, 0.0)
one = constant(1.0, 1.0)

taylor = polynomial({
    float64: [1 / math.factorial(k) for k in range(14)],  # 0.35^14/14! = 4e-18
    float32: [1 / math.factorial(k) for k in range(8)],  # 0.35^8/8! = 5e-9
})  # fmt: skip
"""exp(r) for |r| <= log(2)/2."""

atanh_series = polynomial({
    float64: [2 / (2 * k + 1) for k in range(17)],  # 2 · 9^-17/35 = 3e-18
    float32: [2 / (2 * k + 1) for k in range(8)],  # 2 · 9^-8/17 = 3e-9
})  # fmt: skip
"""2·atanh(s)/s as a function of s² <= 1/9."""


@njit
def exp(x: Any) -> Any:
    """e^x for x <= 0: 2^k · e^r with the integer k nearest to x/log(2)."""
    x = where_less(x, smallest(x), smallest(x), x)
    shifted = x * (1 / math.log(2)) + shift(x)
    k = shifted - shift(x)
    r = (x - k * ln2_head(x)) - k * ln2_tail(x)
    return taylor(r) * power_of_two(shifted)


@njit
def log1p(e: Any) -> Any:
    """log(1 + e) for 0 <= e <= 1: 2·atanh(s) with s = e/(2 + e) <= 1/3, which keeps its digits for small e."""
    s = e / (e + 2)
    return s * atanh_series(s * s)


@njit
def loss_and_dz(z: Any, y: Any) -> Any:
    """L = max(z, 0) − z·y + log1p(e) and dz = σ(z) − y, where e = exp(−|z|). NaN stays NaN."""
    e = exp(zero(z) - absolute(z))
    a = where_less(z, zero(z), e, one(z)) / (e + 1)
    return where_less(z, zero(z), zero(z), z) - z * y + log1p(e), a - y
