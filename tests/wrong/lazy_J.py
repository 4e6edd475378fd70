"""dw and db are computed, J is left to to_numpy."""

from __future__ import annotations

import numpy as np
from _plain import implementation, losses, sigma

from gradrace.impls.interface import Gradient


def most(data, w, b):
    X, y = data
    z = w @ X + b
    dz = sigma(z) - y
    return (z, y), X @ dz / len(y), np.sum(dz) / len(y)


def to_numpy(J, dw, db):
    return Gradient(float(np.sum(losses(*J)) / len(J[1])), np.array(dw), float(db))


IMPLEMENTATION = implementation(gradient=most, to_numpy=to_numpy)
