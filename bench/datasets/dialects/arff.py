"""ARFF, Weka's files: a list of attributes, then comma-separated lines."""

from __future__ import annotations

import re
from pathlib import Path
from typing import IO, NamedTuple

from gradrace.bench.datasets.layouts.commands import word
from gradrace.bench.results import UnusableInput

BLANK = r"(?:[^\S\n]*(?:%.*)?\n)*[^\S\n]*"
"""Pattern of empty lines and comments. Each character matches one part of it: else thousands of empty lines would take
minutes.
"""

ATTRIBUTE = re.compile(r"\s*@attribute\s+('(?:[^'\\]|\\.)*'|\"[^\"]*\"|\S+)\s", re.IGNORECASE)
RELATION = re.compile(rf"{BLANK}@relation\b", re.IGNORECASE)
DATA = re.compile(r"^[^\S\n]*@data\b.*\n", re.IGNORECASE | re.MULTILINE)


BYTES = {pattern: re.compile(pattern.pattern.encode(), pattern.flags & ~re.UNICODE) for pattern in (RELATION, DATA)}
"""Patterns of bytes, by those of text."""

MARK = b"\xef\xbb\xbf"


class Arff(NamedTuple):
    """Names of the attributes, the text of the examples, and the number of lines before the line `@data`."""

    names: list[str]
    text: str
    skipped: int


def start_of(stream: IO[bytes], size: int) -> bytes:
    """Return the first `size` bytes of a stream, and as many after the list of attributes of an ARFF file."""
    start = stream.read(size)
    if not BYTES[RELATION].match(start.removeprefix(MARK)):
        return start
    parts = [start]
    while parts[-1] and not BYTES[DATA].search(b"".join(parts[-2:])):
        parts.append(stream.read(size))
    return b"".join([*parts, stream.read(size)])  # else no line may be whole: they are as long as the list


def arff_of(path: Path, text: str) -> Arff | None:
    """Return the parts of an ARFF file, or None for another text. Raises UnusableInput if it lists nothing."""
    if not RELATION.match(text):
        return None
    data = DATA.search(text)
    if data is None:
        raise UnusableInput(f"{path}: an ARFF file without a line `@data`; save it again, or save it as CSV")
    header, rest = text[: data.start()], text[data.end() :]
    if re.match(rf"{BLANK}\S.*,\s*\{{[^{{}}\n]*\}}\s*(\n|$)", rest):
        remedy = f"delete them: sed -i 's/,[[:space:]]*{{[^{{}}]*}}[[:space:]]*$//' {word(path)}"
        raise UnusableInput(f"{path}: an ARFF file with weights of its examples, which aren't used; {remedy}")
    names = [found[1].strip("'\"").strip() for line in header.splitlines() if (found := ATTRIBUTE.match(line))]
    if not names:
        raise UnusableInput(f"{path}: an ARFF file without attributes; save it again, or save it as CSV")
    before = text[: data.end()].rstrip("\n")
    return Arff(names, rest, before.count("\n"))
