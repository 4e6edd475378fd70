"""X and y stand in a global variable: a second problem takes the first one's place."""

from __future__ import annotations

from _plain import gradient, implementation, prepare

GLOBAL = {}


def prepare_global(problem):
    GLOBAL["data"] = prepare(problem)


def of_the_last_problem(_, w, b):
    return gradient(GLOBAL["data"], w, b)


IMPLEMENTATION = implementation(prepare=prepare_global, gradient=of_the_last_problem)
