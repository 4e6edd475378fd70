"""Descents with far more features than examples: any number of steps needs only XXᵀ.

X here has an example per row, (m, n_x). A step adds multiples of examples to w. From w₀ on, w = w₀ − α/m Xᵀc, where c_i
is the sum of example i's dz so far. This is a case of the representer theorem (B. Schölkopf, R. Herbrich, A. J. Smola,
COLT 2001). So z = X w₀ − α/m XXᵀc, and a step takes m·m products instead of 2·m·n_x.
"""

from __future__ import annotations

from math import exp
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from gradrace.impls._shared.jit import njit_cached
from gradrace.impls.interface import Float, FloatArray

FEWER = 32
"""Ratio of features to examples from which this method is used; a step is then 64 times as cheap."""

A_STEP_FOR = 4
"""Maximum number of examples for each step of a call.

XXᵀ takes as long as m / 20 steps that read X, 10 ms for 209 images of 12,288 pixels. With many examples it takes a few
times that.
"""

AT_ONCE = 100
"""Number of steps after which z is computed from w again.

On 399 random problems of 2 to 4 examples, w's error after 100 steps was at most 0.09 of the summed bounds of the
steps.
"""

BY_ONE_THREAD = 1 << 30
"""Products in XXᵀ up to which one thread of BLAS computes it, without waiting for others: about 25 ms.

With 209 images, one thread takes 12 ms of CPU. Under a load of 4, two threads took 200 to 260 ms, 0.7 to 0.9 s of wall
time, as threads of OpenBLAS wait for each other many times.
"""


def pays(X: FloatArray, steps: int) -> bool:
    """Return whether `steps` steps on X (m, n_x) are faster with XXᵀ."""
    return bool(len(X) <= min(X.shape[1] // FEWER, A_STEP_FOR * steps))


def descend_among_examples(
    X: FloatArray, Y: FloatArray, kept: list[FloatArray], w: FloatArray, b: Float, alpha: Float, steps: int
) -> tuple[FloatArray, Float]:
    """Return w (n_x,) and b after `steps` steps, computed in float64.

    Products of many features leave float32 no digits.

    kept: list that holds XXᵀ from the first call on. It isn't computed earlier, as a single gradient doesn't need it.
    """
    precise, labels = X.astype(np.float64, copy=False), Y.astype(np.float64)
    if not kept:
        kept.append(products_of(precise))
    products, rate = kept[0], np.float64(alpha) / len(Y)
    end, bias = w.astype(np.float64), np.float64(b)
    for start in range(0, steps, AT_ONCE):
        c, bias = among_examples(products, labels, precise @ end, bias, rate, min(AT_ONCE, steps - start))
        end = end - rate * (c @ precise)
    return end.astype(w.dtype), w.dtype.type(bias)


def products_of(X: FloatArray) -> FloatArray:
    """Return XXᵀ (m, m)."""
    small = len(X) ** 2 * X.shape[1] <= BY_ONE_THREAD
    with threadpool_limits(1 if small else None, "blas"):
        products: FloatArray = X @ X.T
    return products


@njit_cached()
def among_examples(products: Any, Y: Any, z: Any, b: Any, rate: Any, steps: int) -> Any:
    """Return c (m,) and the new b after `steps` steps from z = X w, which is overwritten. rate: α / m."""
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
