"""A descent is made on the problem that was prepared last."""

from __future__ import annotations

from _plain import descend, implementation, prepare

GLOBAL = {}


def prepare_global(problem):
    GLOBAL["data"] = prepare(problem)
    return GLOBAL["data"]


def descending(data, w, b, alpha, steps):
    return descend(GLOBAL["data"], w, b, alpha, steps)


IMPLEMENTATION = implementation(prepare=prepare_global, descend=descending)
