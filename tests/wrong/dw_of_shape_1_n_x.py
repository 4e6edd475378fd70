"""dw is a row of shape (1, n_x)."""

from __future__ import annotations

import numpy as np
from _plain import returned

IMPLEMENTATION = returned(lambda J, dw, db: (J, dw[np.newaxis], db))
