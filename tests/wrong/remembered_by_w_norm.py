"""Gradients are remembered by b and the norm of w, which −w has as well."""

from __future__ import annotations

from _plain import remembered_by

IMPLEMENTATION = remembered_by(lambda w, b: (float(w @ w), float(b)))
