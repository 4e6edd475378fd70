"""The scale is rounded to float32."""

from __future__ import annotations

import numpy as np
from _plain import implementation


def prepare_scaled(problem):
    X, scale = problem.X, problem.scale
    return X * problem.dtype.type(float(np.float32(scale))), problem.Y[0]


IMPLEMENTATION = implementation(prepare=prepare_scaled)
