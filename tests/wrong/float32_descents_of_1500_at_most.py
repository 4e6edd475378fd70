"""In float32 descents end after 1500 steps."""

from __future__ import annotations

import numpy as np
from _plain import descend, implementation

IMPLEMENTATION = implementation(
    descend=lambda d, w, b, a, n: descend(d, w, b, a, min(n, 1500) if w.dtype == np.float32 else n)
)
