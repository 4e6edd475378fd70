"""dw of more than 4096 features is in the next of 4 buffers."""

from __future__ import annotations

from _plain import ring_of

IMPLEMENTATION = ring_of(4, lambda problem: problem.n_x > 4096)
