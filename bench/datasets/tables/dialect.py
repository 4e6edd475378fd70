"""Recognition of the dialect of a text file with a table: encoding, separator and decimal mark."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, cast

from gradrace.bench.datasets.formats.checks import refusing
from gradrace.bench.datasets.layouts.kinds import stands_in
from gradrace.bench.results import UnusableInput

HEAD_BYTES = 1 << 20
"""Bytes at the start of a file that decide its dialect."""

HEAD_ROWS = 1001
"""Largest number of rows that decide whether the first line is a header."""

COMPARED_ROWS = 200
"""Number of rows that must have the same number of cells."""

BLANKS = r"\s+"
SEPARATORS = ("\t", ";", ",", "|", BLANKS)
"""Separators in the order of preference: text with blanks or commas is common, text with tabs isn't."""

MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Encodings by their byte-order marks."""

SEP_LINE = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")
SVMLIGHT = re.compile(r"[+-]?[\d.]\S*(\s+qid:\d+)?(\s+\d+:\S+)+\s*(#.*)?")


@dataclass(frozen=True, slots=True)
class Head:
    """Start of a table, and its dialect.

    Attributes:
        encoding: name of the encoding.
        separator: character between cells, or `BLANKS`.
        decimal: "." or ",".
        skipped: number of lines before the table.
        gzipped: whether the file is compressed.
        rows: stripped cells of the first rows.
        bytes_per_row: mean size of a row, uncompressed.
        svmlight: whether the lines are in the svmlight format.
    """

    encoding: str
    separator: str
    decimal: str
    skipped: int
    gzipped: bool
    rows: list[list[str]]
    bytes_per_row: float
    svmlight: bool


def head_of(path: Path) -> Head:
    """Return the start of a table and its dialect. Raises UnusableInput if the file is something else."""
    with refusing(path, "a table", "give it one line for each example"):
        gzipped = is_gzipped(path)
        with opened(path, gzipped=gzipped) as stream:
            start = stream.read(HEAD_BYTES)
        encoding, text = _decoded(start)
    _check_text(path, text)
    if len(start) == HEAD_BYTES:
        text = text[: text.rfind("\n") + 1] or text  # the last line is cut off
    told = SEP_LINE.match(text)
    if told:
        text = text[told.end() :]
    separator = told[1] if told else _separator(path, text)
    rows = rows_of(text, separator, HEAD_ROWS)
    share = min(1.0, HEAD_ROWS / max(1, text.count("\n")))
    return Head(
        encoding=encoding,
        separator=separator,
        decimal=_decimal(rows),
        skipped=(1 if told else 0) + _blank_lines(text),
        gzipped=gzipped,
        rows=rows,
        bytes_per_row=max(1.0, share * len(start) / max(1, len(rows))),
        svmlight=_is_svmlight(text),
    )


def is_gzipped(path: Path) -> bool:
    """Return whether a file is compressed, by its first bytes."""
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def opened(path: Path, *, gzipped: bool) -> IO[bytes]:
    """Return an open stream of the uncompressed bytes."""
    return cast("IO[bytes]", gzip.open(path)) if gzipped else path.open("rb")


def rows_of(text: str, separator: str, count: int) -> list[list[str]]:
    """Return the stripped cells of the first `count` rows that aren't blank."""
    if separator == BLANKS:
        text = "\n".join(" ".join(line.split()) for line in text.splitlines()[: 2 * count])
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=" " if separator == BLANKS else separator, skipinitialspace=True)
    rows = ([cell.strip() for cell in row] for row in reader if row and (len(row) > 1 or row[0].strip()))
    return [*islice(rows, count)]


def _decoded(start: bytes) -> tuple[str, str]:
    """Return the encoding and the text; the last character may be cut off."""
    marked = next((encoding for mark, encoding in MARKS.items() if start.startswith(mark)), None)
    zeros = start[:200].count(0)
    if marked is None and zeros > len(start[:200]) // 3:
        marked = "utf-16-le" if start[1:2] == b"\0" else "utf-16-be"
    try:
        return marked or "utf-8", codecs.getincrementaldecoder(marked or "utf-8")().decode(start)
    except UnicodeDecodeError:
        return "latin-1", start.decode("latin-1")


def _check_text(path: Path, text: str) -> None:
    """Raise UnusableInput if the text stands in for a table, in a compressed file too, or isn't text."""
    if told := stands_in(text[:1000].encode()):
        raise UnusableInput(f"{path}: {told}")
    if "\0" in text:
        raise UnusableInput(f"{path}: not a table (it holds bytes that aren't text); save it as CSV in UTF-8")


def _separator(path: Path, text: str) -> str:
    """Return the separator that gives all first lines the same number of cells, or the usual one of the suffix.

    It isn't a tab where a cell between tabs has runs of blanks: then blanks of any kind separate.
    """
    fitting = [separator for separator in SEPARATORS if _fits(rows_of(text, separator, COMPARED_ROWS))]
    if fitting[:1] == ["\t"] and BLANKS in fitting and "  " in text.strip():
        return BLANKS
    return (fitting or ["\t" if ".tsv" in path.suffixes else ","])[0]


def _fits(rows: list[list[str]]) -> bool:
    """Return whether all rows have the same number of cells above 1; the first may have one more or less."""
    first, *others = [len(row) for row in rows] or [0]
    width = others[0] if others else first
    return width > 1 and {*others} <= {width} and abs(first - width) <= 1


def _blank_lines(text: str) -> int:
    """Return the number of blank lines before the first row."""
    begin = text[: len(text) - len(text.lstrip())]
    return begin.count("\n")


def _decimal(rows: list[list[str]]) -> str:
    """Return the decimal mark: a comma if cells are numbers with a comma that can't separate thousands."""
    cells = [cell for row in rows[:COMPARED_ROWS] for cell in row if DECIMAL_COMMA.fullmatch(cell)]
    return "," if any(not THOUSANDS.fullmatch(cell) for cell in cells) else "."


def _is_svmlight(text: str) -> bool:
    lines = [line for line in text.splitlines()[:COMPARED_ROWS] if line.strip() and not line.startswith("#")]
    return bool(lines) and all(SVMLIGHT.fullmatch(line) for line in lines)
