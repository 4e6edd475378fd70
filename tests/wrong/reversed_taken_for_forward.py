"""Negative strides are taken for positive ones where X is square."""

from __future__ import annotations

from _plain import with_features


def forward(X):
    return X[::-1, ::-1] if X.strides[0] < 0 and X.shape[0] == X.shape[1] else X


IMPLEMENTATION = with_features(forward)
