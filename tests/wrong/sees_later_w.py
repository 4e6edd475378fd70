"""w is kept, not copied, and dw is worked out from it when it is read: from what w is then."""

from __future__ import annotations

from _plain import gradient, implementation

from gradrace.impls.interface import Gradient


def keeping(data, w, b):
    J, _, db = gradient(data, w, b)
    return J, (data, w, b), db


def to_numpy(J, dw, db):
    return Gradient(float(J), gradient(*dw)[1], float(db))


IMPLEMENTATION = implementation(gradient=keeping, to_numpy=to_numpy)
