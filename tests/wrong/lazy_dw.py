"""J and db are computed, dw is left to to_numpy."""

from __future__ import annotations

import numpy as np
from _plain import implementation, losses, sigma

from gradrace.impls.interface import Gradient


def half(data, w, b):
    X, y = data
    z = w @ X + b
    dz = sigma(z) - y
    return np.sum(losses(z, y)) / len(y), (X, dz), np.sum(dz) / len(y)


def to_numpy(J, dw, db):
    X, dz = dw
    return Gradient(float(J), X @ dz / len(dz), float(db))


IMPLEMENTATION = implementation(gradient=half, to_numpy=to_numpy)
