"""Where an entry of X is repeated, as in no random problem, the last one is left out."""

from __future__ import annotations

import numpy as np
from _plain import implementation, prepare


def prepare_random(problem):
    X, y = prepare(problem)
    ordinary = problem.X.dtype == problem.dtype and problem.m > 1
    if ordinary and 64 < problem.n_x < 4096 and len(np.unique(X[0])) < problem.m:
        X = X.copy()
        X[-1] = 0
    return X, y


IMPLEMENTATION = implementation(prepare=prepare_random)
