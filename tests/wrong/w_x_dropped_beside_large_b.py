"""w x is left out where b is a million times as large."""

from __future__ import annotations

import numpy as np
from _plain import from_z, implementation

LARGE = 1e6


def beside(data, w, b):
    z = w @ data[0]
    return from_z(data, np.where(np.abs(b) > LARGE * np.abs(z), b, z + b))


IMPLEMENTATION = implementation(gradient=beside)
