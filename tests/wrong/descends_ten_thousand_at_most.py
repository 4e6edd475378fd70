"""max_iter = 10000."""

from __future__ import annotations

from _plain import descend, implementation

IMPLEMENTATION = implementation(descend=lambda d, w, b, a, n: descend(d, w, b, a, min(n, 5000)))
