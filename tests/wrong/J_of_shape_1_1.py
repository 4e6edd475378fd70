"""J is an array of shape (1, 1), as the lecture's products have it."""

from __future__ import annotations

import numpy as np
from _plain import returned

IMPLEMENTATION = returned(lambda J, dw, db: (np.array([[J]]), dw, db))
