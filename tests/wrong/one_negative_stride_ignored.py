"""X whose features alone run backwards in memory is taken to run forwards."""

from __future__ import annotations

from _plain import with_features


def forward(X):
    return X[::-1] if X.strides[0] < 0 < X.strides[1] else X


IMPLEMENTATION = with_features(forward)
