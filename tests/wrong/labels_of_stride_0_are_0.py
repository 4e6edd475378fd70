"""Labels that are one number for all examples are read as zeros."""

from __future__ import annotations

import numpy as np
from _plain import implementation


def prepare_labels(problem):
    y = problem.Y[0]
    return problem.features(), np.zeros_like(y) if len(y) > 1 and y.strides[0] == 0 else y


IMPLEMENTATION = implementation(prepare=prepare_labels)
