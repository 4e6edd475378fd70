"""J is NaN, as nobody asked for it."""

from __future__ import annotations

import numpy as np
from _plain import returned

IMPLEMENTATION = returned(lambda J, dw, db: (J * np.nan, dw, db))
