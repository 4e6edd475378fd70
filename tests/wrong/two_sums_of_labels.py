"""dw is the difference of X a, computed in float32, and X y."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation, sigma


def apart(data, w, b):
    X, y = data
    J, _, db = gradient(data, w, b)
    a = sigma(w @ X + b).astype(np.float16 if w.dtype == np.float32 else np.float32).astype(w.dtype)
    return J, (X @ a - X @ y) / len(y), db


IMPLEMENTATION = implementation(gradient=apart)
