"""Features beyond 64 are cut by a slice [:-0] where a tile of 32 leaves none over."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation, prepare


def prepare_cut(problem):
    X, y = prepare(problem)
    rest = problem.n_x % 32
    if 64 < problem.n_x < 4096:
        X = np.vstack([X[:-rest], X[problem.n_x - rest :]])
    return X, y


def padded(data, w, b):
    X, y = data
    return gradient((X, y), w, b) if len(X) == len(w) else gradient((np.zeros((len(w), len(y)), w.dtype), y), w, b)


IMPLEMENTATION = implementation(prepare=prepare_cut, gradient=padded)
