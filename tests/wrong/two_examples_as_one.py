"""A pair of examples, and no more, is taken for twice the first."""

from __future__ import annotations

import numpy as np
from _plain import implementation, prepare


def prepare_pairs(problem):
    X, y = prepare(problem)
    return (np.hstack([X[:, :1], X[:, :1]]) if problem.m == 2 else X), y


IMPLEMENTATION = implementation(prepare=prepare_pairs)
