"""dw is filled in by a timer a millisecond after the call has returned, and to_numpy waits for it."""

from __future__ import annotations

import threading

from _plain import gradient, implementation

from gradrace.impls.interface import Gradient


def later(data, w, b):
    box, w = [], w.copy()
    timer = threading.Timer(0.001, lambda: box.append(gradient(data, w, b)))
    timer.start()
    return timer, box, None


def to_numpy(timer, box, _):
    timer.join()
    return Gradient(*box[0])


IMPLEMENTATION = implementation(gradient=later, to_numpy=to_numpy)
