"""Features that are the same in all of several examples are taken for 0."""

from __future__ import annotations

import numpy as np
from _plain import with_features

IMPLEMENTATION = with_features(
    lambda X: np.where(np.ptp(X, axis=1, keepdims=True) == 0, X.dtype.type(0), X) if X.shape[1] > 1 else X
)
