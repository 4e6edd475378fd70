"""Program that prints the first sheet with cells of a workbook as CSV: `python -m ... FILE CELLS MEMORY`.

It is a process of its own, because the library ends its process if a sheet doesn't fit the memory: it makes room for
all cells up to the last one, which may be a stray one in the last row and column.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

Merged = tuple[tuple[int, int], tuple[int, int]]
"""Row and column of the first and of the last of some merged cells."""


def filled(rows: Iterable[list[Any]], merged: list[Merged]) -> Iterator[list[Any]]:
    """Yield rows in which cells that are merged over several rows of one column count for each of them."""
    tops: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, _) in merged:
        tops.setdefault(top, []).append((left, bottom))
    filling = dict[int, tuple[int, Any]]()
    for place, row in enumerate(rows):
        filling.update((left, (bottom, row[left])) for left, bottom in tops.get(place, ()))
        for left, (bottom, value) in [*filling.items()]:
            if place <= bottom:
                row[left] = value
            else:
                del filling[left]
        yield row


def written(value: Any) -> Any:
    """Return the value of a cell as CSV has it: the library returns each number as a float."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def table_of(sheet: Any, cells: int | None) -> tuple[list[list[Any]], int]:
    """Return the rows of a sheet without empty rows and columns, and the number of merged cells over several rows.

    cells: number of cells in the first rows, which are returned alone, or None for all rows. All are returned if a
        column is empty in the first rows, as it may be a column of the table.
    """
    begin = sheet.start[1] if sheet.start else 0
    merged = [
        ((top, left - begin), (bottom, right - begin))
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
        if begin <= left == right < sheet.total_width and top < sheet.total_height
    ]
    rows = (row for row in filled(sheet.iter_rows(), merged) if any(cell != "" for cell in row))
    count = None if cells is None else max(1, cells // max(1, sheet.total_width))
    found = [*islice(rows, count)]
    used = _used(found)
    if found and len(used) < len(found[0]):
        found += rows
        used = _used(found)
    return [[written(row[place]) for place in used] for row in found], len(merged)


def _used(rows: list[list[Any]]) -> list[int]:
    """Return the positions of the columns that aren't empty."""
    return [place for place in range(len(rows[0]) if rows else 0) if any(row[place] != "" for row in rows)]


def save(path: str, cells: int | None) -> None:
    """Print the first sheet with cells as CSV, below a line of JSON.

    That holds the names of all sheets, the name of this one, and the number of its merged cells over several rows.
    """
    from python_calamine import SheetTypeEnum, load_workbook

    book = load_workbook(path)
    names = [one.name for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
    read = ((name, *table_of(book.get_sheet_by_name(name), cells)) for name in names)
    name, rows, merged = next((one for one in read if one[1]), (names[0] if names else "", [], 0))
    with io.TextIOWrapper(sys.stdout.buffer, "utf-8", newline="") as stream:
        stream.write(json.dumps([names, name, merged]) + "\n")
        csv.writer(stream, lineterminator="\n").writerows(rows)


if __name__ == "__main__":
    old, most, memory = sys.argv[1:]
    with suppress(ImportError, ValueError, OSError):
        import resource  # not in Windows

        resource.setrlimit(resource.RLIMIT_AS, (int(memory),) * 2)
    save(old, int(most) or None)
