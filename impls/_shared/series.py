"""Power series reduced to a few terms with the least error."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from numpy.polynomial.chebyshev import cheb2poly


def economized(series: Sequence[Fraction], radius: Fraction, degree: int) -> list[float]:
    """Return the terms of a power series for |x| <= radius, reduced to a degree with the least error.

    It repeatedly subtracts the multiple of the Chebyshev polynomial of the highest degree that cancels the highest
    power. Source: C. Lanczos, Applied Analysis, chapter VII.
    """
    terms = list(series)
    while (n := len(terms) - 1) > degree:
        chebyshev = [Fraction(float(c)) / radius**k for k, c in enumerate(cheb2poly([0] * n + [1]))]
        terms = [term - terms[n] / chebyshev[n] * c for term, c in zip(terms[:n], chebyshev, strict=False)]
    return [float(term) for term in terms]


def two_atanh(degree: int) -> list[float]:
    """Return the terms of 2·atanh(s)/s for s <= 1/3 in powers of s², the lowest first.

    degree: degree in s; 20 for float64, 8 for float32.
    """
    return economized([Fraction(2 * (1 - k % 2), k + 1) for k in range(40)], Fraction(1, 3), degree)[::2]
