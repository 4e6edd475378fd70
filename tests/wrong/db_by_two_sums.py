"""db is the mean of a less the mean of y, the first summed one by one."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation, sigma


def apart(data, w, b):
    X, y = data
    J, dw, _ = gradient(data, w, b)
    return J, dw, np.cumsum(sigma(w @ X + b))[-1] / len(y) - np.mean(y)


IMPLEMENTATION = implementation(gradient=apart)
