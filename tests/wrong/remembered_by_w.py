"""Gradients are remembered by the values of w, whatever b is."""

from __future__ import annotations

from _plain import remembered_by

IMPLEMENTATION = remembered_by(lambda w, b: w.tobytes())
