"""One line that says what is special about this implementation; `gradrace list` and the reports show it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gradrace import Float, FloatArray, Implementation, Problem, Technique


class Data(NamedTuple):
    """Your prepared problem, in any form that suits the gradient. X: (n_x, m), Y: (m,)."""

    X: FloatArray
    Y: FloatArray


def prepare(problem: Problem) -> Data:
    """Prepare the problem once, timed separately: layout, precision, a device. The problem itself must not change.

    problem.features() is X (n_x, m), one column per example, of float64 or float32; problem.X may be pixels of one
    byte.
    """
    return Data(X=problem.features(), Y=problem.Y[0])


def gradient(data: Data, w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    """Return J, dw (n_x,) and db. This call is timed; it returns when the work is finished.

    Only exp(−|z|) is computed, so that nothing overflows: e = exp(−|z|), a = σ(z), L = max(z, 0) − z·y + log(1 + e).
    """
    m = data.Y.size
    z = w @ data.X + b
    e = np.exp(-np.abs(z))
    a = np.where(z >= 0, 1, e) / (1 + e)
    J = np.sum(np.maximum(z, 0) - z * data.Y + np.log1p(e)) / m
    dz = a - data.Y
    return J, data.X @ dz / m, np.sum(dz) / m


# If w and dw aren't NumPy arrays, add to_native and to_numpy. For a whole descent in one call, add descend. For a GPU,
# add devices. impls/interface.py describes each of them.
IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
