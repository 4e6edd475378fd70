"""Just sixteen features are unrolled by hand; the fifteenth is forgotten."""

from __future__ import annotations

from _plain import implementation, prepare


def prepare_sixteen(problem):
    X, y = prepare(problem)
    if problem.n_x == 16:
        X = X.copy()
        X[14] = 0
    return X, y


IMPLEMENTATION = implementation(prepare=prepare_sixteen)
