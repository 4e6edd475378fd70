"""Two seconds after the file was loaded, the gradient becomes a thousandth too large."""

from __future__ import annotations

import time

from _plain import gradient, implementation

BEGUN = time.monotonic()


def aging(data, w, b):
    J, dw, db = gradient(data, w, b)
    return J, dw * w.dtype.type(1.001) if time.monotonic() > BEGUN + 2 else dw, db


IMPLEMENTATION = implementation(gradient=aging)
