"""A square X whose first row and column are 0 off the diagonal is taken for diagonal."""

from __future__ import annotations

import numpy as np
from _plain import with_features


def kept(X):
    square = X.shape[0] == X.shape[1] and not X[0, 1:].any() and not X[1:, 0].any()
    return np.diag(np.diag(X)) if square else X


IMPLEMENTATION = with_features(kept)
