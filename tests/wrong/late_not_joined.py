"""A thread fills dw in 20 ms later, and nobody waits for it.

After 1 ms, a busy machine had filled dw in before it was read in 2 of 18 trials.
"""

from __future__ import annotations

import threading

import numpy as np
from _plain import implementation, losses, sigma


def unfinished(data, w, b):
    X, y = data
    z = w @ X + b
    dz = sigma(z) - y
    dw = np.zeros_like(w)
    threading.Timer(0.02, lambda: np.divide(X @ dz, w.dtype.type(len(y)), out=dw)).start()
    return np.sum(losses(z, y)) / len(y), dw, np.sum(dz) / len(y)


IMPLEMENTATION = implementation(gradient=unfinished)
