"""In float32, X and w have the eight bits of bfloat16."""

from __future__ import annotations

import numpy as np
from _plain import implementation, prepare


def bfloat16(values):
    return (values.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)


def prepare_short(problem):
    X, y = prepare(problem)
    return (bfloat16(np.ascontiguousarray(X)) if X.dtype == np.float32 else X), y


IMPLEMENTATION = implementation(prepare=prepare_short)
