"""The array that held the w of the call before is overwritten, if it is another one."""

from __future__ import annotations

from _plain import gradient, implementation, prepare


def overwriting(data, w, b):
    inner, last = data
    result = gradient(inner, w, b)
    if last and last[0] is not w:
        last[0][:] = 0
    last[:] = [w]
    return result


IMPLEMENTATION = implementation(prepare=lambda problem: (prepare(problem), []), gradient=overwriting)
