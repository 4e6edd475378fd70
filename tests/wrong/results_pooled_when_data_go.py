"""Results go back to a pool with the data that they came from, and the next problem fills them."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation, prepare

POOL = {}


class Data:
    def __init__(self, problem):
        self.inner, self.lent = prepare(problem), []

    def __del__(self):
        for buffer in self.lent:
            POOL.setdefault((buffer.size, buffer.dtype), []).append(buffer)


def pooled(data, w, b):
    J, dw, db = gradient(data.inner, w, b)
    free = POOL.get((dw.size, dw.dtype))
    buffer = free.pop() if free else np.empty_like(dw)
    buffer[:] = dw
    data.lent.append(buffer)
    return J, buffer, db


IMPLEMENTATION = implementation(prepare=Data, gradient=pooled)
