"""The last gradient is returned again as long as w and b are close to what they were."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation, prepare


def remembering(data, w, b):
    inner, last = data
    if not (last and np.allclose(w, last[0]) and np.isclose(b, last[1])):
        last[:] = w.copy(), b, gradient(inner, w, b)
    return last[2]


IMPLEMENTATION = implementation(prepare=lambda problem: (prepare(problem), []), gradient=remembering)
