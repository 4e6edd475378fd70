"""Say here in one line what is special; `gradrace list` shows it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gradrace import Float, FloatArray, Implementation, Problem, Technique


class Data(NamedTuple):
    """What `prepare` returns and `gradient` takes; it may be of any type.

    X: shape (n_x, m), one column per example. Y: shape (m,), each 0 or 1.
    """

    X: FloatArray
    Y: FloatArray


def prepare(problem: Problem) -> Data:
    """Write here what is done once: memory layout, conversion, a device.

    It is timed separately, and must not change the problem. features() is X in
    float64 or float32, as requested; problem.X may be pixels of one byte.
    """
    return Data(X=problem.features(), Y=problem.Y[0])


def gradient(
    data: Data,
    w: FloatArray,
    b: Float,
) -> tuple[Float, FloatArray, Float]:
    """Write here the timed call. Return J, dw (n_x,) and db for w (n_x,), b.

    It must not change data, w or b, and returns when the work is finished.
    Nothing overflows, as only exp(−|z|) is computed:
    e = exp(−|z|), a = σ(z), L = max(z, 0) − z·y + log(1 + e).
    """
    m = data.Y.size
    z = w @ data.X + b
    e = np.exp(-np.abs(z))
    a = np.where(z >= 0, 1, e) / (1 + e)
    J = np.sum(np.maximum(z, 0) - z * data.Y + np.log1p(e)) / m
    dz = a - data.Y
    return J, data.X @ dz / m, np.sum(dz) / m


# `technique` chooses the colour in figures: LOOP, HALF_VECTORIZED, VECTORIZED,
# COMPILED, AUTODIFF, LIBRARY or DISTRIBUTED. Add to_native and to_numpy if w
# and dw aren't NumPy arrays, descend for a whole descent in one call, and
# devices for a GPU; help(gradrace.Implementation) in Python describes each.
IMPLEMENTATION = Implementation(
    technique=Technique.VECTORIZED,
    prepare=prepare,
    gradient=gradient,
)
