"""JSON: a list of records, lines with one record each, or columns, as pandas' to_json writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from gradrace.bench.datasets.dialects.packed import opened
from gradrace.bench.datasets.formats.checks import check_fits, refusing
from gradrace.bench.datasets.tables.frame import FrameReader

BYTES_PER_BYTE = 20
"""Bytes of memory per byte of text: a record of small numbers, as a dictionary, takes about 16."""

CELL_BYTES = 16
"""Bytes of memory per cell: pandas makes an object of each before it makes numbers."""


def _table(path: Path) -> pd.DataFrame:
    check_fits(path, "its records", BYTES_PER_BYTE * path.stat().st_size)
    with refusing(path, "a table in JSON", "write a list with one record for each example"):
        with opened(path) as stream:
            raw = stream.read()
        text = raw.decode(json.detect_encoding(raw))
        try:
            written = json.loads(text)
        except json.JSONDecodeError:
            written = [json.loads(line) for line in text.split("\n") if line.strip()]
        _check_width(path, written)
        return _frame(written).reset_index(drop=True)


def _check_width(path: Path, written: Any) -> None:
    """Raise UnusableInput if the table of a list of records with too many different names doesn't fit the memory."""
    if _is_table(written):
        width = len({name for row in written for name in row})
        needed = CELL_BYTES * len(written) * width
        check_fits(path, f"{len(written)} records with {width} different names", needed)


def _frame(written: Any) -> pd.DataFrame:
    """Return the table that a JSON text holds, in any form that pandas' to_json writes, or one value of an object."""
    if isinstance(written, dict):
        tables = [value for value in written.values() if _is_table(value)]
        if isinstance(names := written.get("columns"), list) and "data" in written:
            return pd.DataFrame(written["data"], columns=names)
        if len(tables) == 1:
            return _frame(tables[0]).drop(columns=written.get("schema", {}).get("primaryKey", []))
        only = next(iter(written.values())) if len(written) == 1 else None
        if isinstance(only, dict) and any(map(_is_table, only.values())):
            return _frame(only)
        nested = {name: value for name, value in written.items() if isinstance(value, list | dict)}
        if 0 < len(nested) < len(written):  # pandas would repeat the other values, which describe the table
            inner = next(iter(nested.values())) if len(nested) == 1 else nested
            return _frame(inner if isinstance(inner, dict) else nested)
        return pd.DataFrame(written).T.infer_objects() if _is_by_example(written) else pd.DataFrame(written)
    names, *rows = written
    if isinstance(names, list) and all(isinstance(name, str) for name in names) and rows and _has_number(rows[0]):
        return pd.DataFrame(rows, columns=names)
    return pd.DataFrame(written)


def _is_table(value: Any) -> bool:
    """Return whether a value is a list of records."""
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _has_number(row: Any) -> bool:
    return isinstance(row, list) and any(isinstance(cell, int | float) for cell in row)


def _is_by_example(written: dict[str, Any]) -> bool:
    """Return whether an object has an object for each example, and not one for each column.

    Those of examples, or their entries, are called by numbers. Without numbers, there are more examples than columns.
    """
    if not written or not all(isinstance(value, dict) for value in written.values()):
        return False
    entries = next(iter(written.values()))
    numbered = all(map(str.isdecimal, written)), all(map(str.isdecimal, entries))
    return numbered[0] if numbered[0] != numbered[1] else len(written) > len(entries)


_READER = FrameReader(_table)
read, read_features = _READER.read, _READER.read_features
read_labels, holds_only_examples = _READER.read_labels, _READER.holds_only_examples
