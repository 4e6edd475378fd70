"""Features are clipped to ±10⁶."""

from __future__ import annotations

import numpy as np
from _plain import with_features

IMPLEMENTATION = with_features(lambda X: np.clip(X, -1e6, 1e6).astype(X.dtype))
