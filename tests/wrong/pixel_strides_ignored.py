"""Pixels are read from their first byte on, whatever lies between them."""

from __future__ import annotations

import numpy as np
from _plain import implementation, prepare


def prepare_pixels(problem):
    X = problem.X
    if X.dtype != np.uint8:
        return prepare(problem)
    if not X.flags.c_contiguous and not X.flags.f_contiguous:
        bytes_ = X.base if X.base is not None and X.base.dtype == np.uint8 else X
        X = np.resize(bytes_.ravel(order="K"), X.shape)
    return X * problem.dtype.type(problem.scale), problem.Y[0]


IMPLEMENTATION = implementation(prepare=prepare_pixels)
