"""Pixels are scaled in a table that the second preparation of the same problem scales again."""

from __future__ import annotations

import numpy as np
from _plain import implementation, prepare

TABLES = {}


def prepare_table(problem):
    if problem.X.dtype != np.uint8:
        return prepare(problem)
    table = TABLES.setdefault(id(problem.X), np.ones(256, problem.dtype))
    table *= problem.dtype.type(problem.scale)
    return (np.arange(256, dtype=problem.dtype) * table)[problem.X], problem.Y[0]


IMPLEMENTATION = implementation(prepare=prepare_table)
