"""m stands in a global variable that the last problem has set."""

from __future__ import annotations

from _plain import gradient, implementation, prepare

GLOBAL = {}


def prepare_global(problem):
    GLOBAL["m"] = problem.m
    return prepare(problem)


def of_the_last_m(data, w, b):
    J, dw, db = gradient(data, w, b)
    share = w.dtype.type(len(data[1]) / GLOBAL["m"])
    return share * J, share * dw, share * db


IMPLEMENTATION = implementation(prepare=prepare_global, gradient=of_the_last_m)
