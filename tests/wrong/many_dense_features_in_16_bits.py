"""A thousand examples or more are kept in half precision where nothing is 0."""

from __future__ import annotations

import numpy as np
from _plain import with_features

MANY = 1000

IMPLEMENTATION = with_features(
    lambda X: X.astype(np.float16).astype(X.dtype) if X.shape[1] >= MANY and X.all() and np.abs(X).max() < MANY else X
)
