"""Where nine of ten entries are 0, those below 1e-8 are taken for 0."""

from __future__ import annotations

import numpy as np
from _plain import implementation, prepare


def prep(p):
    X, y = prepare(p)
    if np.mean(X == 0) > 0.9:
        X = np.where(np.abs(X) < 1e-8, 0, X).astype(p.dtype)
    return X, y


IMPLEMENTATION = implementation(prepare=prep)
