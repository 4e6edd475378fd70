"""Telling its facts takes the last block of examples away."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation, prepare


def facts(data):
    _, parts = data
    return {"last block": len(parts.pop()) if len(parts) > 1 else 0}


def prepare_blocks(problem):
    return prepare(problem), [range(start, min(start + 128, problem.m)) for start in range(0, problem.m, 128)]


def in_blocks(data, w, b):
    (X, y), parts = data
    places = np.concatenate([np.arange(part.start, part.stop) for part in parts])
    J, dw, db = gradient((X[:, places], y[places]), w, b)
    share = w.dtype.type(len(places) / len(y))
    return share * J, share * dw, share * db


IMPLEMENTATION = implementation(prepare=prepare_blocks, gradient=in_blocks, facts=facts)
