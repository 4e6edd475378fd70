"""Gradients are remembered by b and the identity of w: w changed in place isn't noticed."""

from __future__ import annotations

from _plain import remembered_by

IMPLEMENTATION = remembered_by(lambda w, b: (id(w), float(b)))
