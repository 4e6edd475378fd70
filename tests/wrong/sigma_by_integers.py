"""z is rounded to a multiple of 2⁻³⁰ (2⁻¹² in float32), as fixed-point arithmetic does."""

from __future__ import annotations

import numpy as np
from _plain import pointwise, sigma


def rough_sigma(z):
    unit = 2.0**12 if z.dtype == np.float32 else 2.0**30
    return sigma((np.round(z * unit) / unit).astype(z.dtype))


IMPLEMENTATION = pointwise(sigma=rough_sigma)
