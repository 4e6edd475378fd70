"""Pixels of features with equal weights are added first, in one byte."""

from __future__ import annotations

import numpy as np
from _plain import from_z, implementation


def adding(data, w, b):
    X, y, scale = data
    z = w @ (X * scale) + b
    if X.dtype == np.uint8 and (w == w[0]).all():
        z = w[0] * scale * X.sum(axis=0, dtype=np.uint8).astype(w.dtype) + b
    return from_z((X * scale, y), z)


IMPLEMENTATION = implementation(
    prepare=lambda problem: (problem.X, problem.Y[0], problem.dtype.type(problem.scale)), gradient=adding
)
