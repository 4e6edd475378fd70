"""dw has db at its end."""

from __future__ import annotations

import numpy as np
from _plain import returned

IMPLEMENTATION = returned(lambda J, dw, db: (J, np.append(dw, db), db))
