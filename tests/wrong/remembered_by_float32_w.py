"""Gradients are remembered by w in float32, half its digits, and by b."""

from __future__ import annotations

import numpy as np
from _plain import remembered_by

IMPLEMENTATION = remembered_by(
    lambda w, b: (w.astype(np.float16 if w.dtype == np.float32 else np.float32).tobytes(), float(b))
)
