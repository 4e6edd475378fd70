"""Cython: the slide's two nested loops, with types; examples as rows, one thread."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cython_rows._rows import sums
from gradrace import Float, FloatArray, Implementation, Problem, Technique


class Data(NamedTuple):
    """X: shape (m, n_x), C-contiguous, examples as rows. Y: shape (m,)."""

    X: FloatArray
    Y: FloatArray


def prepare(problem: Problem) -> Data:
    """Return the examples as rows, copied only if they aren't in that layout."""
    return Data(X=np.ascontiguousarray(problem.features().T), Y=np.ascontiguousarray(problem.Y[0]))


def gradient(data: Data, w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    """Return J, dw, db: the sums of `_rows.pyx`, divided by m."""
    m, number = data.Y.size, w.dtype.type
    dw = np.zeros_like(w)  # new at each call, as no later call may change a result
    J, db = sums(data.X, data.Y, w, b, dw)
    dw /= m
    return number(J / m), dw, number(db / m)


IMPLEMENTATION = Implementation(technique=Technique.COMPILED, prepare=prepare, gradient=gradient)
