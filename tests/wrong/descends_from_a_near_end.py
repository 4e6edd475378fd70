"""A start that is the last descent's end to six digits is taken for it."""

from __future__ import annotations

import numpy as np
from _plain import descend, gradient, implementation, prepare


def descending(data, w, b, alpha, steps):
    inner, last = data
    if last and np.allclose(last[0], w, rtol=1e-6, atol=1e-6) and abs(last[1] - b) < 1e-6:
        w, b = last
    last[:] = descend(inner, w, b, alpha, steps)
    return last[0].copy(), last[1]


IMPLEMENTATION = implementation(
    prepare=lambda problem: (prepare(problem), []),
    gradient=lambda data, w, b: gradient(data[0], w, b),
    descend=descending,
)
