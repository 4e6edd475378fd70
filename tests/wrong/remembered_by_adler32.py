"""Gradients are remembered by a checksum of w, which three changed bytes may keep."""

from __future__ import annotations

import zlib

from _plain import remembered_by

IMPLEMENTATION = remembered_by(lambda w, b: (zlib.adler32(w.tobytes()), float(b)))
