"""Values of a category that are the same in two encodings, as where files of UTF-8 and of Windows were joined."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress


def same_values(values: Collection[str]) -> dict[str, str]:
    """Return the values that are another one of them in UTF-8, read in another encoding: {"KÃ¶ln": "Köln"}."""
    found = {}
    for value in values:
        for encoding in ("latin-1", "cp1252"):
            with suppress(UnicodeError):
                meant = value.encode(encoding).decode()
                if meant != value and meant in values:
                    found[value] = meant
    return found
