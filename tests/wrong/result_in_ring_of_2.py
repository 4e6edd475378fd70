"""dw is in the next of two buffers: a later call changes it."""

from __future__ import annotations

from _plain import ring_of

IMPLEMENTATION = ring_of(2)
