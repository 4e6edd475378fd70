"""Power series cut down to a few terms, at the price of the least error."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from numpy.polynomial.chebyshev import cheb2poly


def economized(series: Sequence[Fraction], radius: Fraction, degree: int) -> list[float]:
    """A power series for |x| <= radius cut down to a degree, at the price of the least error.

    Its highest power is replaced by what is left of it when the Chebyshev polynomial of that degree is taken away,
    again and again. Source: C. Lanczos, Applied Analysis, chapter VII.
    """
    terms = list(series)
    while (n := len(terms) - 1) > degree:
        chebyshev = [Fraction(float(c)) / radius**k for k, c in enumerate(cheb2poly([0] * n + [1]))]
        terms = [term - terms[n] / chebyshev[n] * c for term, c in zip(terms[:n], chebyshev, strict=False)]
    return [float(term) for term in terms]


def two_atanh(degree: int) -> list[float]:
    """2·atanh(s)/s for s <= 1/3, as a function of s²: of degree 20 in s for float64, of degree 8 for float32."""
    return economized([Fraction(2 * (1 - k % 2), k + 1) for k in range(40)], Fraction(1, 3), degree)[::2]
