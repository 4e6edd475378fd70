"""m is returned as well."""

from __future__ import annotations

from _plain import returned

IMPLEMENTATION = returned(lambda J, dw, db: (J, dw, db, len(dw)))
