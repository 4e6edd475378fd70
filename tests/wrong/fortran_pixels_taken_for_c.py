"""Pixels are read row by row, whatever their memory order."""

from __future__ import annotations

import numpy as np
from _plain import implementation, prepare


def prepare_pixels(problem):
    X = problem.X
    if X.dtype != np.uint8:
        return prepare(problem)
    return X.ravel(order="K").reshape(X.shape) * problem.dtype.type(problem.scale), problem.Y[0]


IMPLEMENTATION = implementation(prepare=prepare_pixels)
