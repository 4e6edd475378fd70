"""Images of 1000 pixels or more are taken 64 at a time, and the rest is dropped."""

from __future__ import annotations

import numpy as np
from _plain import rest_dropped

IMPLEMENTATION = rest_dropped(64, lambda problem: problem.X.dtype == np.uint8 and problem.n_x >= 1000)
