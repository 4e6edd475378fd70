"""y stands in a global variable, by its length: two problems of the same size share one."""

from __future__ import annotations

from _plain import gradient, implementation, prepare

LABELS = {}


def prepare_global(problem):
    X, y = prepare(problem)
    LABELS[len(y)] = y
    return X


def of_the_last_labels(X, w, b):
    return gradient((X, LABELS[X.shape[1]].astype(X.dtype)), w, b)


IMPLEMENTATION = implementation(prepare=prepare_global, gradient=of_the_last_labels)
