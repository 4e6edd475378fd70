"""A square X is read row by row, whatever its memory order: transposed, where it is Fortran's."""

from __future__ import annotations

from _plain import with_features


def by_rows(X):
    return X.ravel(order="K").reshape(X.shape) if X.shape[0] == X.shape[1] else X


IMPLEMENTATION = with_features(by_rows)
