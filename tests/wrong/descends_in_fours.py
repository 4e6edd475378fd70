"""Steps are unrolled by four: what is left over after the last four, if there are as many, is left out."""

from __future__ import annotations

from _plain import descend, implementation


def descending(data, w, b, alpha, steps):
    return descend(data, w, b, alpha, steps if steps < 4 else steps // 4 * 4)


IMPLEMENTATION = implementation(descend=descending)
