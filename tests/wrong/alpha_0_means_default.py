"""A learning rate of 0 is taken for none given."""

from __future__ import annotations

from _plain import descend, implementation

IMPLEMENTATION = implementation(descend=lambda d, w, b, a, n: descend(d, w, b, a or 0.01, n))
