"""b is rounded to float32, and in float32 to float16."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation


def with_another_b(data, w, b):
    return gradient(data, w, w.dtype.type(b.astype(np.float16 if w.dtype == np.float32 else np.float32)))


IMPLEMENTATION = implementation(gradient=with_another_b)
