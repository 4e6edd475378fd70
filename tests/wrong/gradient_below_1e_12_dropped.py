"""Components of dw below 10⁻¹² are taken for 0."""

from __future__ import annotations

import numpy as np
from _plain import returned


def small_to_zero(J, dw, db):
    return J, np.where(np.abs(dw) < 1e-12, dw.dtype.type(0), dw), db


IMPLEMENTATION = returned(small_to_zero)
