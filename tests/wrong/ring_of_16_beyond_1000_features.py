"""dw of more than 1000 features is in the next of 16 buffers."""

from __future__ import annotations

from _plain import ring_of

IMPLEMENTATION = ring_of(16, lambda problem: problem.n_x > 1000)
