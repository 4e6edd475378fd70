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

from gradrace.impls.interface import Float, FloatArray

FEWER = 32
"""Times as many features as examples from which on it is done: then a step is 64 times as cheap."""

A_STEP_FOR = 4
"""Examples for each step of a call, at the most: XXᵀ takes as long as m / 20 steps that read X (10 ms for 209 images of
12,288 pixels), or a few times that with many examples.
"""

AT_ONCE = 100
"""Steps after which z is computed from w again. On 399 random problems of 2 to 4 examples the error of w after as many
steps was 0.09 of what the bounds of the single steps add up to, at the most.
"""


def pays(X: FloatArray, steps: int) -> bool:
    """Whether so many steps on X (m, n_x) are better made among the examples."""
    return bool(len(X) <= min(X.shape[1] // FEWER, A_STEP_FOR * steps))


def descend_among_examples(
    X: FloatArray, Y: FloatArray, kept: list[FloatArray], w: FloatArray, b: Float, alpha: Float, steps: int
) -> tuple[FloatArray, Float]:
    """The new w and b after some steps, in float64 in between: products of many features leave float32 no digits.

    kept: holds XXᵀ from the first call on. It isn't made before: one gradient has no use for it.
    """
    precise, labels = X.astype(np.float64, copy=False), Y.astype(np.float64)
    if not kept:
        kept.append(precise @ precise.T)
    products, rate = kept[0], np.float64(alpha) / len(Y)
    end, bias = w.astype(np.float64), np.float64(b)
    for start in range(0, steps, AT_ONCE):
        c, bias = among_examples(products, labels, precise @ end, bias, rate, min(AT_ONCE, steps - start))
        end = end - rate * (c @ precise)
    return end.astype(w.dtype), w.dtype.type(bias)


@njit(cache=True)
def among_examples(products: Any, Y: Any, z: Any, b: Any, rate: Any, steps: int) -> Any:
    """c (m,) and the new b after some steps from z = X w, which is changed. rate: α / m."""
    m = len(Y)
    c, dz = np.zeros_like(Y), np.empty_like(Y)
    for _ in range(steps):
        db = 0.0
        for i in range(m):
            e = exp(-abs(z[i] + b))
            dz[i] = (1.0 if z[i] + b >= 0 else e) / (1.0 + e) - Y[i]
            db += dz[i]
            c[i] += dz[i]
        for i in range(m):  # products is symmetric: row by row, the inner loop adds whole vectors
            factor = rate * dz[i]
            for k in range(m):
                z[k] -= factor * products[i, k]
        b -= rate * db
    return c, b
