"""db alone is rounded to float32, and in float32 to float16."""

from __future__ import annotations

import numpy as np
from _plain import returned


def shorter(J, dw, db):
    short = np.float16 if dw.dtype == np.float32 else np.float32
    return J, dw, dw.dtype.type(db.astype(short))


IMPLEMENTATION = returned(shorter)
