"""A scale is applied to pixels only."""

from __future__ import annotations

import numpy as np
from _plain import implementation


def prepare_scaled(problem):
    X, scale = problem.X, problem.scale
    return X * problem.dtype.type(scale if X.dtype == np.uint8 else 1), problem.Y[0]


IMPLEMENTATION = implementation(prepare=prepare_scaled)
