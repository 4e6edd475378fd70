"""The slide's two nested loops, in a form that Python, Numba and Numba's threads can run.

`python_loop` runs these lines and `numba_loop` compiles them: same operations, same order, same bits in float64. (In
float32, Python's exp is that of float64, rounded.)
"""

from __future__ import annotations

import math
from typing import Any


def accumulate(X: Any, Y: Any, w: Any, b: Any, dw: Any, zero: Any, one: Any) -> Any:
    """Return the sums of J and db over the examples, and add the sums of dw_1..dw_n to dw.

    X: m examples X[i] of n_x features each; Y: their labels Y[i]; dw: (n_x,), zeros on entry. zero, one: 0 and 1 of the
    working precision, since a plain 0.0 or 1 would turn compiled float32 arithmetic into float64.
    """
    J = zero
    db = zero
    for i in range(len(X)):
        x, y = X[i], Y[i]
        z = zero
        for j in range(len(w)):
            z += w[j] * x[j]
        z += b
        e = math.exp(-abs(z))
        a = one / (one + e) if z >= zero else e / (one + e)
        J += max(z, zero) - z * y + math.log1p(e)
        dz = a - y
        for j in range(len(w)):
            dw[j] += x[j] * dz
        db += dz
    return J, db
