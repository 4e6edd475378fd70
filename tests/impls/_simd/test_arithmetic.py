"""The limit's arithmetic has no more operations than a gradient: it is never longer than a kernel's same operations."""

from __future__ import annotations

import numpy as np
import pytest

from gradrace.impls._simd import arithmetic


def products(vectors: int, n_x: int) -> int:
    """Number of multiply-adds of vectors of the two products, of which each new z takes one."""
    return vectors * (2 * n_x - 1)


def expected(vectors: int, n_x: int, number: float, paired: bool) -> float:
    """Return the same numbers by NumPy, for each lane of a vector; all lanes are equal."""
    x = np.float64(number)
    z = J = db = x
    for _ in range(vectors):
        z = z * x + x
        linear, e = z - z * x, np.exp(-z)
        J, db = J + (linear + 1) * e + linear, db + 1 / (1 + e) - x
    count, sums = products(vectors, n_x), 0.0
    factors = [x, x * x] if paired else [x]
    for factor in factors:
        chains = factor + np.arange(arithmetic.CHAINS)
        for _ in range(count // len(factors) // arithmetic.CHAINS):
            chains = chains * factor + factor
        sums += chains.sum()
    return float(8 * (J + db + sums))


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize(("vectors", "n_x"), [(0, 4), (1, 1), (3, 4), (9, 2), (5, 30)])
def test_it_does_each_operation_as_often_as_it_says(vectors, n_x, paired):
    found = arithmetic.arithmetic(vectors, n_x, np.full(1, 0.25), paired)
    assert found == pytest.approx(expected(vectors, n_x, 0.25, paired), rel=1e-9)
