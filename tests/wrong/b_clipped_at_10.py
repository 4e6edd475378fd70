"""b is clipped to ±10."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation


def with_another_b(data, w, b):
    return gradient(data, w, np.clip(b, -10, 10).astype(w.dtype))


IMPLEMENTATION = implementation(gradient=with_another_b)
