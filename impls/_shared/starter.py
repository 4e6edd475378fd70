"""One line that says what is special about this way; `gradrace list` and the reports show it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gradrace import Float, FloatArray, Implementation, Problem, Technique


class Data(NamedTuple):
    """What your gradient needs of a problem, in whatever form is best for it. X: (n_x, m), Y: (m,)."""

    X: FloatArray
    Y: FloatArray


def prepare(problem: Problem) -> Data:
    """Called once, and timed apart: layout, precision, a device. The problem itself must stay as it is.

    problem.features() is X (n_x, m), a column an example, of float64 or float32; problem.X may be pixels, a byte each.
    """
    return Data(X=problem.features(), Y=problem.Y[0])


def gradient(data: Data, w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    """J, dw (n_x,) and db: the call that is timed. It returns when the work is finished.

    exp is taken of −|z| only, so that nothing overflows: e = exp(−|z|), a = σ(z), L = max(z, 0) − z·y + log(1 + e).
    """
    m = data.Y.size
    z = w @ data.X + b
    e = np.exp(-np.abs(z))
    a = np.where(z >= 0, 1, e) / (1 + e)
    J = np.sum(np.maximum(z, 0) - z * data.Y + np.log1p(e)) / m
    dz = a - data.Y
    return J, data.X @ dz / m, np.sum(dz) / m


# Where w and dw aren't NumPy's arrays: to_native and to_numpy. A whole descent in one call: descend. On a GPU: devices.
# impls/interface.py says what each of them owes.
IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
