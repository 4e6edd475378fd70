"""Gradients are remembered by b and the first and last weight."""

from __future__ import annotations

from _plain import remembered_by

IMPLEMENTATION = remembered_by(lambda w, b: (float(w[0]), float(w[-1]), float(b)))
