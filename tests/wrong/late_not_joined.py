"""A thread fills dw in a millisecond later, and nobody waits for it."""

from __future__ import annotations

import threading

import numpy as np
from _plain import implementation, losses, sigma


def unfinished(data, w, b):
    X, y = data
    z = w @ X + b
    dz = sigma(z) - y
    dw = np.zeros_like(w)
    threading.Timer(0.001, lambda: np.divide(X @ dz, w.dtype.type(len(y)), out=dw)).start()
    return np.sum(losses(z, y)) / len(y), dw, np.sum(dz) / len(y)


IMPLEMENTATION = implementation(gradient=unfinished)
