"""Descents where features far outnumber examples: XXᵀ is all of X that the steps need, however many they are.

X here has an example a row, (m, n_x). A step adds multiples of examples to w: from w₀ on, w = w₀ − α/m Xᵀc, with a
number c_i for each example, the sum of its dz so far (a case of the representer theorem: B. Schölkopf, R. Herbrich,
A. J. Smola, COLT 2001). So z = X w₀ − α/m XXᵀc, and a step takes m·m products instead of 2·m·n_x.
"""

from __future__ import annotations

from math import exp
from typing import Any

import numpy as np
from numba import njit

from impls.interface import Float, FloatArray

FEWER = 32
"""Times as many features as examples from which on it is done: then a step is 64 times as cheap. XXᵀ takes 10 ms for
209 images of 12,288 pixels; at eight times it would take 0.4 s for 1000 of them, for which many wait who never descend.
"""

AT_ONCE = 100
"""Steps after which z is computed from w again: what rounding adds to it meanwhile stays below that of n_x terms."""


def products_of(X: FloatArray) -> FloatArray | None:
    """XXᵀ, (m, m), where X (m, n_x) is wide enough for it to pay."""
    return X @ X.T if FEWER * len(X) <= X.shape[1] else None


def descend_among_examples(
    X: FloatArray, Y: FloatArray, products: FloatArray, w: FloatArray, b: Float, alpha: Float, steps: int
) -> tuple[FloatArray, Float]:
    """The new w and b after some steps; X is read twice for each AT_ONCE of them."""
    rate = alpha / w.dtype.type(len(Y))
    for start in range(0, steps, AT_ONCE):
        c, b = among_examples(products, Y, X @ w, b, rate, min(AT_ONCE, steps - start))
        w = w - rate * (c @ X)
    return w, b


@njit(cache=True)
def among_examples(products: Any, Y: Any, z: Any, b: Any, rate: Any, steps: int) -> Any:
    """c (m,) and the new b after some steps from z = X w, which is changed. rate: α / m."""
    m, one = len(Y), Y.dtype.type(1)
    c, dz = np.zeros_like(Y), np.empty_like(Y)
    for _ in range(steps):
        db = b * 0
        for i in range(m):
            e = exp(-abs(z[i] + b))
            dz[i] = (one if z[i] + b >= 0 else e) / (one + e) - Y[i]
            db += dz[i]
            c[i] += dz[i]
        for i in range(m):  # products is symmetric: row by row, the inner loop adds whole vectors
            factor = rate * dz[i]
            for k in range(m):
                z[k] -= factor * products[i, k]
        b -= rate * db
    return c, b
