"""From w = 0 and b = 0 on imbalanced labels, b begins at the log odds."""

from __future__ import annotations

import numpy as np
from _plain import descend, implementation


def desc(d, w, b, a, n):
    p = np.mean(d[1])
    if n and (not b) and (not w.any()) and (0 < p < 0.1 or 0.9 < p < 1):
        b = w.dtype.type(np.log(p / (1 - p)))
    return descend(d, w, b, a, n)


IMPLEMENTATION = implementation(descend=desc)
