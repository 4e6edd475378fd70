"""The slide's two nested for-loops in plain Python, line by line."""

from __future__ import annotations

from gradrace.impls._shared.lists import Lists, Number, by_example, to_native
from gradrace.impls._shared.loop import accumulate
from gradrace.impls.interface import Implementation, Technique


def gradient(data: Lists, w: list[Number], b: Number) -> tuple[Number, list[Number], Number]:
    """Return J, dw_1..dw_n and db, summed example by example and divided by m at the end."""
    dw = [data.zero] * len(w)
    J, db = accumulate(data.X, data.Y, w, b, dw, data.zero, data.one)
    m = len(data.Y)
    return J / m, [dw_j / m for dw_j in dw], db / m


IMPLEMENTATION = Implementation(technique=Technique.LOOP, prepare=by_example, gradient=gradient, to_native=to_native)
