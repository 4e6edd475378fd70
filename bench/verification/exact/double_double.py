"""Twice the precision of float64: a number is the unevaluated sum hi + lo of two float64."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Float64: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class DoubleDouble:
    """Numbers hi + lo, |lo| at most half a unit in the last place of hi."""

    hi: Float64
    lo: Float64
