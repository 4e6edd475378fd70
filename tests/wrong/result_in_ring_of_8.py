"""dw is in the next of eight buffers: a later call changes it."""

from __future__ import annotations

from _plain import ring_of

IMPLEMENTATION = ring_of(8)
