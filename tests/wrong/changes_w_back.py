"""w is −w when the call returns, and turned round again by the next one that gets it."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation, prepare


def turning(data, w, b):
    inner, turned = data
    if turned and turned[0] is w:
        np.negative(w, out=w)
    result = gradient(inner, w.copy(), b)
    np.negative(w, out=w)
    turned[:] = [w]
    return result


IMPLEMENTATION = implementation(prepare=lambda problem: (prepare(problem), []), gradient=turning)
