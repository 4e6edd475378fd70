"""Tables of other programs, such as Excel and Stata: they are read as the CSV that pandas writes of them."""

from __future__ import annotations

import io
import json
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from functools import lru_cache, partial
from pathlib import Path
from typing import IO, Any, NamedTuple

from gradrace.bench.datasets.formats.checks import check_fits, refusing
from gradrace.bench.datasets.layouts.foreign import CALAMINE, Foreign, read_as_table
from gradrace.bench.machine import available
from gradrace.bench.results import UnusableInput
from gradrace.bench.text import few

COPIES, OF_A_WORKBOOK = 10, 40
"""Bytes of memory per byte of a file, and of a workbook, which is compressed: 9 and 40 where they were measured."""

KEPT = 2
"""Number of files whose text is kept: those to train and to test with, each of which is read several times."""

LARGE_BYTES = 1 << 20
"""Size from which on the first rows of a table are tried alone: converting all of 16 MB takes a second or two."""

FIRST_CELLS = 400_000
"""Number of cells in these rows: more than a reader takes before it refuses a table (`text_rows.REFUSED_CELLS`)."""

_cells: ContextVar[int | None] = ContextVar("_cells", default=None)
"""Number of cells of the first rows that are converted, or None to convert all rows."""

SHEET_PROGRAM = "gradrace.bench.datasets.dialects.sheet"

STATA, STATA_END = b"<stata_dta>", b"</stata_dta>"
"""Marks at the beginning and at the end of a Stata file since version 13."""

SAME_LABELS = "different values have the same label, so the values are used in place of the labels"


class Text(NamedTuple):
    """CSV of a table in UTF-8, and what the user should know of it."""

    raw: bytes
    told: tuple[str, ...] = ()


def is_of_program(path: Path) -> bool:
    """Return whether a file is a table of another program that is read here."""
    return read_as_table(path) is not None


def opened(path: Path) -> IO[bytes]:
    """Return an open stream of the CSV of a table. Raises UnusableInput if the file is damaged, or holds several."""
    raw = _text(path).raw
    return io.BytesIO(raw) if _cells.get() is None else FirstRows(raw)


def told(path: Path) -> tuple[str, ...]:
    """Return what the user should know of a table: which sheet of a workbook it is."""
    return _text(path).told if is_of_program(path) else ()


class Unread(EOFError):
    """End of the first rows of a table, of which the others aren't converted yet."""


class FirstRows(io.BytesIO):
    """CSV of the first rows of a table. Whoever reads beyond them gets an Unread."""

    def read(self, size: int | None = -1) -> bytes:
        """Return the next bytes. Raises Unread at the end."""
        return self._some(super().read(size))

    def read1(self, size: int | None = -1) -> bytes:
        """Return the next bytes. Raises Unread at the end."""
        return self._some(super().read1(size))

    def _some(self, found: bytes) -> bytes:
        if not found:
            raise Unread("the other rows aren't converted")
        return found


def refuse_by_first_rows(path: Path, read: Callable[[], object]) -> None:
    """Raise the UnusableInput that `read` raises if the first rows of a large table suffice for that."""
    if path.stat().st_size < LARGE_BYTES or not is_of_program(path):
        return
    before = _cells.set(FIRST_CELLS)
    try:
        with telling(path):
            read()
    except UnusableInput as refusal:
        if not _needs_others(refusal):
            raise
    finally:
        _cells.reset(before)


def _needs_others(error: BaseException | None) -> bool:
    """Return whether an error comes from the end of the first rows."""
    return error is not None and (isinstance(error, Unread) or _needs_others(error.__cause__))


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Begin each UnusableInput with what the user should know of a table, such as which sheet it is."""
    words = told(path)
    try:
        yield
    except UnusableInput as refusal:
        raise UnusableInput(f"{path}: {'; '.join([*words, str(refusal).removeprefix(f'{path}: ')])}") from refusal


def _text(path: Path) -> Text:
    found = path.stat()
    return _converted(path, found.st_mtime_ns, found.st_size, _cells.get())


@lru_cache(maxsize=KEPT)
def _converted(path: Path, changed_ns: int, size: int, cells: int | None) -> Text:  # noqa: ARG001
    """Return the CSV of a file as it was changed last. cells: number of cells of its first rows, or None for all."""
    kind = read_as_table(path)
    if kind is None or kind.is_lacking:
        raise UnusableInput(f"{path}: {kind.told(path) if kind else 'is no table'}")
    check_fits(path, "its table", (OF_A_WORKBOOK if kind.needs == CALAMINE else COPIES) * size)
    whole = f"a whole {kind.kind.partition(' ')[2]}"  # of "a Stata file", or "an Excel workbook"
    with refusing(path, whole, "save it again, or as CSV"):
        return READERS[kind.needs or kind.kind](path, kind, cells)


def _rows(read: Callable[[int | None], Any], cells: int | None) -> Any:
    """Return the DataFrame of all rows, or of the first rows with this number of cells.

    read: function that returns this number of rows, or all for None.
    """
    return read(None) if cells is None else read(max(1, cells // max(1, read(1).shape[1])))


def _sas(path: Path, kind: Foreign, cells: int | None) -> Text:  # noqa: ARG001
    """Return the table of a SAS file."""
    import pandas as pd

    def read(rows: int | None) -> Any:
        with pd.read_sas(path, format="sas7bdat", encoding="infer", iterator=True) as reader:
            return reader.read(rows)

    return _csv(_rows(read, cells))


def _spss(path: Path, kind: Foreign, cells: int | None) -> Text:  # noqa: ARG001
    """Return the table of an SPSS file, with the labels of its values."""
    import pyreadstat

    def read(rows: int | None) -> Any:
        return pyreadstat.read_sav(path, apply_value_formats=True, row_limit=rows or 0)[0]

    return _csv(_rows(read, cells))


class Whole(io.BytesIO):
    """Bytes of a whole file, whose end is found once: pandas wouldn't notice that parts are cut short, or absent."""

    def __init__(self, raw: bytes) -> None:
        """Begin at the first byte."""
        super().__init__(raw)
        self._ended = False

    def read(self, size: int | None = -1) -> bytes:
        """Return the next bytes, or none the first time that there are none. Raises EOFError if there are too few."""
        some = super().read(size)
        if size and (0 < len(some) < size or (not some and self._ended)):
            raise EOFError("it ends too early")
        self._ended = self._ended or not some
        return some


def _stata(path: Path, kind: Foreign, cells: int | None) -> Text:  # noqa: ARG001
    """Return a table with the labels of its values, or with the values themselves if some have the same label."""
    import pandas as pd

    raw = path.read_bytes()
    if raw.startswith(STATA) and not raw.endswith(STATA_END):
        raise EOFError("it ends too early")

    labels = dict[str, dict[Any, str]]()

    def read(rows: int | None, *, labelled: bool = False) -> Any:
        with (
            warnings.catch_warnings(),
            pd.read_stata(Whole(raw), convert_categoricals=labelled, iterator=True) as reader,
        ):
            warnings.simplefilter("ignore", UnicodeWarning)  # texts of older programs, which are read as Latin-1
            values = reader.read(rows)
            labels.update(reader.value_labels())
        return values  # both steps raise an error if the file is damaged

    values = _rows(read, cells)
    if any(len({*of.values()}) < len(of) for of in labels.values()):
        return _csv(values, SAME_LABELS)
    return _csv(_rows(partial(read, labelled=True), cells) if labels else values)


def _csv(table: Any, *told: str) -> Text:
    """Return the CSV of a DataFrame. Whole numbers among labels lose the fraction .0, as other whole numbers have none.

    told: what the user should know of it.
    """
    for name, column in table.items():
        if column.dtype == "category":
            table[name] = column.cat.rename_categories(
                lambda one: int(one) if isinstance(one, float) and one.is_integer() else one
            )
    return Text(table.to_csv(index=False).encode(), told)


def _sheet(path: Path, kind: Foreign, cells: int | None) -> Text:  # noqa: ARG001
    """Return the first sheet with cells as it lies: its first row may be an example, or a title."""
    memory = available.memory_bytes()
    words = [sys.executable, "-P", "-m", SHEET_PROGRAM, str(path), str(cells or 0), str(int(memory))]
    ended = subprocess.run(words, capture_output=True, check=False)
    if ended.returncode < 0 or b"MemoryError" in ended.stderr:
        lack = f"{path}: needs more memory than the {memory / 1e9:.1f} GB that are free"
        raise UnusableInput(f"{lack}; a cell may lie far from its table: copy that to a new sheet, or save it as CSV")
    if ended.returncode:
        raise ValueError(ended.stderr.decode(errors="replace").strip().rpartition("\n")[2].partition(": ")[2])
    head, _, raw = ended.stdout.partition(b"\n")
    names, name, merged = json.loads(head)
    which = f"sheet {name!r} is read, the first of {len(names)} with cells; to read another one, save it as CSV"
    joined = f"cells merged over several rows count for each of them ({merged})"
    return Text(raw, (*([which] if len(names) > 1 else []), *([joined] if merged else [])))


def _database(path: Path, kind: Foreign, cells: int | None) -> Text:
    """Return the only table of a database. Raises UnusableInput if it has several, with the command for the first."""
    import pandas as pd

    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as of:
        names = [name for (name,) in of.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        names = [name for name in names if not name.startswith("sqlite_")]
        if len(names) != 1:
            raise UnusableInput(f"{path}: {_of_several(path, kind, names)}")
        query = _all_of(names[0])
        table = _rows(lambda rows: pd.read_sql(query if rows is None else f"{query} LIMIT {rows}", of), cells)
    bytes_in = [name for name, column in table.items() if column.map(lambda cell: isinstance(cell, bytes)).any()]
    told = [f"left out, as they hold bytes and no text: {few(bytes_in)}"] if bytes_in else []
    return _csv(table.drop(columns=bytes_in), *told)


def _of_several(path: Path, kind: Foreign, names: list[str]) -> str:
    """Return what a database without a single table is, and the command for its first table."""
    if not names:
        return "is a SQLite database without a table; name another file"
    query = repr(_all_of(names[0])).replace("{", "{{").replace("}", "}}")
    first = kind._replace(table=f"import pandas, sqlite3; pandas.read_sql({query}, sqlite3.connect({{old!r}}))")
    return f"holds {len(names)} tables ({few(names)}); for {names[0]!r}, {first.command(path)}"


def _all_of(table: str) -> str:
    """Return the query for a whole table."""
    quoted = table.replace('"', '""')
    return f'SELECT * FROM "{quoted}"'  # noqa: S608 - quoted, and the database is only read


READERS: dict[str, Callable[[Path, Foreign, int | None], Text]] = {
    CALAMINE: _sheet,
    "a SQLite database": _database,
    "a Stata file": _stata,
    "a SAS file": _sas,
    "pyreadstat": _spss,
}
"""Readers by the module that they need, or the kind of file."""
