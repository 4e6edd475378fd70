"""dw of more than 1000 features lies in one of 16 buffers, by turns."""

from __future__ import annotations

from _plain import ring_of

IMPLEMENTATION = ring_of(16, lambda problem: problem.n_x > 1000)
