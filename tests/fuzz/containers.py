"""Several files in one input, in a form that any change leaves valid."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

BETWEEN = b"\n#\n"

MOST_FILES = 16

_PLACE = re.compile(rb"[a-zA-Z0-9.]{1,20}(/[a-zA-Z0-9.]{1,20}){0,4}")
"""Pattern of a path within a folder; `unpacked` leaves out parts of dots alone."""


def joined(files: Iterable[bytes]) -> bytes:
    """Return the files as one input."""
    return BETWEEN.join(files)


def split(data: bytes) -> list[bytes]:
    """Return the files of one input."""
    return data.split(BETWEEN)[:MOST_FILES]


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return a folder, {path in it: contents}, as one input."""
    return joined(name.encode() + b"\n" + contents for name, contents in files.items())


def unpacked(data: bytes) -> dict[str, bytes]:
    """Return the folder of an input, without files that would be outside it or in another's place."""
    found: dict[str, bytes] = {}
    for piece in split(data):
        name, _, contents = piece.partition(b"\n")
        place = name.decode("latin-1")
        parts = place.split("/")
        if _PLACE.fullmatch(name) and all(part.strip(".") for part in parts) and _free(place, found):
            found[place] = contents
    return found


def _free(place: str, found: Mapping[str, bytes]) -> bool:
    """Return whether a path needs no folder where there is a file, and no file where there is a folder."""
    return not any(one.startswith(f"{place}/") or place.startswith(f"{one}/") for one in found)
