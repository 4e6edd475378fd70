"""The last eight examples enter dw when the next call but one begins."""

from __future__ import annotations

from _plain import gradient, implementation, prepare, sigma


def prepare_queue(problem):
    return prepare(problem), []


def filling_later(data, w, b):
    (X, y), queue = data
    J, dw, db = gradient((X, y), w, b)
    late = X[:, -8:] @ (sigma(w @ X[:, -8:] + b) - y[-8:]) / len(y)
    queue.append((dw, late))
    if len(queue) > 2:
        earlier, rest = queue.pop(0)
        earlier += rest
    dw -= late
    return J, dw, db


IMPLEMENTATION = implementation(prepare=prepare_queue, gradient=filling_later)
