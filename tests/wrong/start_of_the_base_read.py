"""Where X is a contiguous part of a larger array of float32, the beginning of that one is read."""

from __future__ import annotations

import numpy as np
from _plain import with_features


def from_base(X):
    base = X.base
    if X.dtype == np.float32 and X.flags.f_contiguous and isinstance(base, np.ndarray) and base.ndim == 2:
        return base.reshape(-1, order="F")[: X.size].reshape(X.shape, order="F")
    return X


IMPLEMENTATION = with_features(from_base)
