"""Features below 10⁴ times the smallest normal number are taken for 0."""

from __future__ import annotations

import numpy as np
from _plain import with_features

IMPLEMENTATION = with_features(lambda X: np.where(np.abs(X) < 1e4 * np.finfo(X.dtype).tiny, X.dtype.type(0), X))
