"""The sum of each feature is the difference of two running sums over all of them."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation, sigma


def differences(data, w, b):
    X, y = data
    J, _, db = gradient(data, w, b)
    dz = sigma(w @ X + b) - y
    running = np.append(X.dtype.type(0), np.cumsum((X * dz).ravel()))
    return J, np.diff(running[:: len(y)]) / len(y), db


IMPLEMENTATION = implementation(gradient=differences)
