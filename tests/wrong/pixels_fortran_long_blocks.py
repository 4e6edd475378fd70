"""Pixels in Fortran order with more than 1100 examples: blocks of 32, without the rest."""

from __future__ import annotations

import numpy as np
from _plain import rest_dropped

IMPLEMENTATION = rest_dropped(
    32, lambda p: p.m > 1100 and p.X.dtype == np.uint8 and p.X.flags.f_contiguous and (p.n_x > 1)
)
