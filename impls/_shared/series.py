"""Power series reduced to a few terms with the least error."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction


def economized(series: Sequence[Fraction], radius: Fraction, degree: int) -> list[float]:
    """Return the terms of a power series for |x| <= radius, reduced to a degree with the least error.

    It repeatedly subtracts the multiple of the Chebyshev polynomial of the highest degree that cancels the highest
    power. Source: C. Lanczos, Applied Analysis, chapter VII.
    """
    terms = [term * radius**k for k, term in enumerate(series)]  # of x / radius
    while (n := len(terms) - 1) > degree:
        polynomial = chebyshev(n)
        factor = terms.pop() / polynomial[n]
        terms = [term - factor * c if c else term for term, c in zip(terms, polynomial, strict=False)]
    return [float(term / radius**k) for k, term in enumerate(terms)]


def chebyshev(n: int) -> list[int]:
    """Return the coefficients of the Chebyshev polynomial of degree n >= 1, the lowest first."""
    before, polynomial = [1, 0], [0, 1]
    for _ in range(n - 1):
        before, polynomial = [*polynomial, 0], [2 * c - b for c, b in zip([0, *polynomial], [*before, 0], strict=True)]
    return polynomial


def two_atanh(degree: int) -> list[float]:
    """Return the terms of 2·atanh(s)/s for s <= 1/3 in powers of s², the lowest first.

    degree: degree in s; 20 for float64, 8 for float32.
    """
    return economized([Fraction(2 * (1 - k % 2), k + 1) for k in range(40)], Fraction(1, 3), degree)[::2]
