"""Gradients are remembered by Python's hash of w and b, which is the same for −1 and −2."""

from __future__ import annotations

from _plain import remembered_by

IMPLEMENTATION = remembered_by(lambda w, b: hash((*w.tolist(), float(b))))
