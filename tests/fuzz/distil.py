"""`python -m tests.fuzz.distil READER FOLDER`: keep the few found inputs that reach lines which no other reaches."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from tests.fuzz.inputs import CORPUS, known
from tests.fuzz.readers import Read, read_or_refuse, reader

MOST_BYTES = 4096
"""Largest input that is kept; all kept inputs of a reader may be twice as large together."""

OURS = tuple(str(Path(__file__).parents[2] / package) for package in ("bench", "reports"))


def lines(read: Read, data: bytes) -> set[tuple[str, int]]:
    """Return the lines of our own code that an input reaches, as (file, number)."""
    reached = set()

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        reached.add((frame.f_code.co_filename, frame.f_lineno))
        return trace

    sys.settrace(trace)
    try:
        read_or_refuse(read, data)
    finally:
        sys.settrace(None)
    return reached


def main() -> None:
    """Keep each input, the smallest first, that reaches a line which none before it reached."""
    name, found = sys.argv[1], Path(sys.argv[2])
    read = reader(name)
    reached = set[tuple[str, int]]().union(*(lines(read, data) for data in known(name)))
    left = 2 * MOST_BYTES
    for file in sorted(found.iterdir(), key=lambda file: (file.stat().st_size, file.name)):
        data = file.read_bytes()
        if len(data) > min(left, MOST_BYTES) or not (new := lines(read, data) - reached):
            continue
        reached |= new
        left -= len(data)
        kept = CORPUS / name / hashlib.sha256(data).hexdigest()[:12]
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(data)
        print(f"{kept.name}: {len(data)} bytes reach {len(new)} lines more")


if __name__ == "__main__":
    main()
