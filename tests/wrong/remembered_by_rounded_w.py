"""Gradients are remembered by w and b rounded to six decimals."""

from __future__ import annotations

import numpy as np
from _plain import remembered_by

IMPLEMENTATION = remembered_by(lambda w, b: (np.round(w, 6).tobytes(), round(float(b), 6)))
