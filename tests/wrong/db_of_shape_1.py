"""db is an array of shape (1,)."""

from __future__ import annotations

import numpy as np
from _plain import returned

IMPLEMENTATION = returned(lambda J, dw, db: (J, dw, np.array([db])))
