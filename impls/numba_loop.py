"""The lines of the Python loop, compiled by Numba: one thread, no fast-math, the same bits in float64."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradrace.impls._shared.by_example import Examples, by_example
from gradrace.impls._shared.jit import njit_cached
from gradrace.impls._shared.loop import accumulate
from gradrace.impls.interface import Float, FloatArray, Implementation, Technique

compiled_loop = njit_cached()(accumulate)


def gradient(data: Examples, w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    """Return J, dw (n_x,) and db, computed by the compiled loop."""
    dw = np.zeros_like(w)
    J, db = compiled_loop(data.X, data.Y, w, b, dw, w.dtype.type(0), w.dtype.type(1))
    m = len(data.Y)
    return J / m, dw / m, db / m


@njit_cached()
def compiled_descent(X: Any, Y: Any, w: Any, b: Any, alpha: Any, steps: int, zero: Any, one: Any) -> Any:
    """Return w (n_x,) and b after `steps` steps."""
    w, dw, m = w.copy(), np.empty_like(w), w.dtype.type(len(Y))
    for _ in range(steps):
        dw[:] = zero
        _J, db = compiled_loop(X, Y, w, b, dw, zero, one)
        for j in range(len(w)):
            w[j] -= alpha * (dw[j] / m)
        b -= alpha * (db / m)
    return w, b


def descend(data: Examples, w: FloatArray, b: Float, alpha: float, steps: int) -> tuple[FloatArray, Float]:
    """Return w (n_x,) and b after `steps` steps w := w − α dw, b := b − α db, made in one call of compiled code."""
    number = w.dtype.type
    result: tuple[FloatArray, Float]
    result = compiled_descent(data.X, data.Y, w, number(b), number(alpha), steps, number(0), number(1))
    return result


IMPLEMENTATION = Implementation(technique=Technique.COMPILED, prepare=by_example, gradient=gradient, descend=descend)
