"""Beside a b beyond 1e17 the products w·x are left out."""

from __future__ import annotations

import numpy as np
from _plain import from_z, implementation


def dropping(data, w, b):
    return from_z(data, w @ data[0] + b if abs(b) < 1e17 else np.full_like(data[1], b))


IMPLEMENTATION = implementation(gradient=dropping)
