"""z is clipped at 1e30."""

from __future__ import annotations

import numpy as np
from _plain import from_z, implementation


def clipped(data, w, b):
    return from_z(data, np.clip(w @ data[0] + b, -1e30, 1e30))


IMPLEMENTATION = implementation(gradient=clipped)
