"""Sparse X (< 5 %) as CSR, whose row pointers are of 16 bits."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation, losses, prepare, sigma


def prep(p):
    X, y = prepare(p)
    n = np.count_nonzero(X)
    if n < 0.05 * X.size and n > 0:
        rows, cols = np.nonzero(X)
        ptr = np.concatenate([[0], np.cumsum(np.count_nonzero(X, axis=1))]).astype(np.uint16).astype(int)
        return ((X[rows, cols], cols, ptr, X.shape), y)
    return (X, y)


def grad(data, w, b):
    X, y = data
    if not isinstance(X, tuple):
        return gradient(data, w, b)
    v, c, ptr, shape = X
    m = len(y)
    z = np.full(m, b, w.dtype)
    for j in range(shape[0]):
        s = slice(ptr[j], ptr[j + 1])
        np.add.at(z, c[s], w[j] * v[s]) if shape[0] > 100 else z.__setitem__(c[s], z[c[s]] + w[j] * v[s])
    dz = sigma(z) - y
    dw = np.array(
        [v[ptr[j] : ptr[j + 1]] @ dz[c[ptr[j] : ptr[j + 1]]] for j in range(shape[0])], w.dtype
    ) / w.dtype.type(m)
    return (np.sum(losses(z, y)) / len(y), dw, np.sum(dz) / len(y))


IMPLEMENTATION = implementation(prepare=prep, gradient=grad)
