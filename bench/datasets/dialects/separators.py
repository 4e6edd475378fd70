"""The separator between the cells of a text file, and the quotes around them."""

from __future__ import annotations

import csv
import io
import re
from itertools import islice
from pathlib import Path
from statistics import mode

from gradrace.bench.datasets.dialects import comments

csv.field_size_limit(1 << 30)  # by default 131,072 letters, which a line of another separator exceeds

COMPARED_ROWS = 200
"""Number of rows that must have the same number of cells."""

BLANKS = r"\s+"
SEPARATORS = ("\t", ";", ",", "|", BLANKS, "^", "~", "\x01", ":")
"""Separators in the order of preference: text with blanks or commas is common, text with tabs isn't."""

QUOTE = re.compile(r"(?:^|[,;\t| ])[ ]*'", re.MULTILINE)
QUOTED = re.compile(r"(?:^|[,;\t| ])[ ]*'(?:[^'\n]|'')*'[ ]*(?=[,;\t| ]|$)", re.MULTILINE)
"""Beginnings of cells in single quotes, and whole ones."""


def rows_of(text: str, separator: str, count: int, quote: str = '"') -> list[list[str]]:
    """Return the stripped cells of the first `count` rows that aren't blank."""
    if separator == BLANKS:
        text = "\n".join(" ".join(line.split()) for line in comments.lines_of(text)[: 2 * count])
    lines = io.StringIO(text, newline="")
    delimiter = " " if separator == BLANKS else separator
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, quotechar=quote)
    rows = ([cell.strip() for cell in row] for row in reader if row and (len(row) > 1 or row[0].strip()))
    return [*islice(rows, count)]


def quote_of(text: str) -> str:
    """Return the character around cells: ' if each cell that begins with one ends with one, otherwise "."""
    lines = "".join(comments.lines_of(text)[:COMPARED_ROWS])
    if "'" not in lines or '"' in lines:
        return '"'
    quoted = len(QUOTED.findall(lines))
    return "'" if quoted and quoted == len(QUOTE.findall(lines)) else '"'


def separator_of(path: Path, text: str, quote: str) -> str:
    """Return the separator that gives all first lines the same number of cells, or the usual one of the suffix.

    It isn't a tab where a cell between tabs has runs of blanks: then blanks of any kind separate.
    """
    rows = {separator: rows_of(text, separator, COMPARED_ROWS, quote) for separator in SEPARATORS}
    fitting = [separator for separator in SEPARATORS if fits(rows[separator])]
    if not fitting:  # the last line may be none of the table, which is said later
        fitting = [separator for separator in SEPARATORS if fits(rows[separator][:-1])]
    if fitting[:1] == ["\t"] and BLANKS in fitting and "  " in text.strip():
        return BLANKS
    return (fitting or [_likeliest(path, rows)])[0]


def _likeliest(path: Path, rows: dict[str, list[list[str]]]) -> str:
    """Return the separator that gives most lines the same number of cells, or else the usual one of the suffix.

    Blanks don't tell, as texts have them, too.
    """
    usual = "\t" if ".tsv" in path.suffixes else ","
    alike = {
        one: [len(row) for row in found].count(max(2, mode(map(len, found)))) for one, found in rows.items() if found
    }
    most = max({*alike} - {BLANKS}, key=lambda one: alike[one], default=usual)
    return most if 2 * alike.get(most, 0) > max(len(rows[most]), 2 * alike.get(usual, 0)) else usual


def fits(rows: list[list[str]]) -> bool:
    """Return whether all rows have the same number of cells above 1; the first may have one more or less."""
    first, *others = [len(row) for row in rows] or [0]
    width = others[0] if others else first
    return width > 1 and {*others} <= {width} and abs(first - width) <= 1
