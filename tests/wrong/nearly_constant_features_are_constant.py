"""A feature is taken for constant where a few examples and the mean say so."""

from __future__ import annotations

import numpy as np
from _plain import with_features


def constant(X):
    sampled = X[:, :: max(X.shape[1] // 16, 1)]
    same = np.all(sampled == sampled[:, :1], axis=1) & (np.abs(X.mean(axis=1) - X[:, 0]) < 1e-9)
    return np.where(same[:, np.newaxis], X[:, :1], X)


IMPLEMENTATION = with_features(constant)
