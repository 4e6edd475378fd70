"""The gradient is wrong where a sample is being timed."""

from __future__ import annotations

import sys

from _plain import gradient, implementation


def looking(data, w, b):
    J, dw, db = gradient(data, w, b)
    frame, names = sys._getframe(), set()
    while frame:
        names.add(frame.f_code.co_name)
        frame = frame.f_back
    return J, dw * w.dtype.type(1.001) if "sample" in names else dw, db


IMPLEMENTATION = implementation(gradient=looking)
