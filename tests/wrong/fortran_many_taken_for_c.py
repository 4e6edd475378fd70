"""X in Fortran order of more than a thousand entries is read row by row."""

from __future__ import annotations

from _plain import with_features


def by_rows(X):
    return X.ravel(order="K").reshape(X.shape) if X.size > 1000 else X


IMPLEMENTATION = with_features(by_rows)
