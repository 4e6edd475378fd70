"""Tables of other programs, such as Excel and Stata: they are read as the CSV that pandas writes of them."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, NamedTuple

from gradrace.bench.datasets.formats.checks import check_fits, refusing
from gradrace.bench.datasets.layouts.foreign import CALAMINE, Foreign, read_as_table
from gradrace.bench.results import UnusableInput
from gradrace.bench.text import few

COPIES, OF_A_WORKBOOK = 10, 40
"""Bytes of memory per byte of a file, and of a workbook, which is compressed: 9 and 40 where they were measured."""

KEPT = 2
"""Number of files whose text is kept: those to train and to test with, each of which is read several times."""


class Text(NamedTuple):
    """CSV of a table in UTF-8, and what the user should know of it."""

    raw: bytes
    told: tuple[str, ...] = ()


def is_of_program(path: Path) -> bool:
    """Return whether a file is a table of another program that is read here."""
    return read_as_table(path) is not None


def opened(path: Path) -> IO[bytes]:
    """Return an open stream of the CSV of a table. Raises UnusableInput if the file is damaged, or holds several."""
    return io.BytesIO(_text(path).raw)


def told(path: Path) -> tuple[str, ...]:
    """Return what the user should know of a table: which sheet of a workbook it is."""
    return _text(path).told if is_of_program(path) else ()


def _text(path: Path) -> Text:
    found = path.stat()
    return _converted(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=KEPT)
def _converted(path: Path, changed_ns: int, size: int) -> Text:  # noqa: ARG001
    """Return the CSV of a file as it was changed last."""
    kind = read_as_table(path)
    if kind is None or kind.is_lacking:
        raise UnusableInput(f"{path}: {kind.told(path) if kind else 'is no table'}")
    check_fits(path, "its table", (OF_A_WORKBOOK if kind.needs == CALAMINE else COPIES) * size)
    whole = f"a whole {kind.kind.partition(' ')[2]}"  # of "a Stata file", or "an Excel workbook"
    with refusing(path, whole, "save it again, or as CSV"):
        return READERS.get(kind.needs or kind.kind, _by_pandas)(path, kind)


def _by_pandas(path: Path, kind: Foreign) -> Text:
    """Return the table of a statistics package, whose columns have names."""
    import pandas as pd

    readers: dict[str, Callable[[], Any]] = {
        "a Stata file": lambda: pd.read_stata(path),
        "a SAS file": lambda: pd.read_sas(path, format="sas7bdat", encoding="infer"),
        "an SPSS file": lambda: pd.read_spss(path),
    }
    return Text(readers[kind.kind]().to_csv(index=False).encode())


def _sheet(path: Path, kind: Foreign) -> Text:  # noqa: ARG001
    """Return the first sheet as it lies: its first row may be an example, or a title."""
    import pandas as pd

    with pd.ExcelFile(path, engine="calamine") as book:
        names = book.sheet_names
        found = pd.read_excel(book, header=None).dropna(how="all").dropna(how="all", axis=1)
    several = f"the first of {len(names)} sheets is read, {names[0]!r}; to read another one, save it as CSV"
    return Text(found.to_csv(index=False, header=False).encode(), (several,) if len(names) > 1 else ())


def _database(path: Path, kind: Foreign) -> Text:
    """Return the only table of a database. Raises UnusableInput if it has several, with the command for the first."""
    import pandas as pd

    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as of:
        names = [name for (name,) in of.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        names = [name for name in names if not name.startswith("sqlite_")]
        if len(names) != 1:
            raise UnusableInput(f"{path}: {_of_several(path, kind, names)}")
        table = pd.read_sql(_all_of(names[0]), of)
    return Text(table.to_csv(index=False).encode())


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


READERS: dict[str, Callable[[Path, Foreign], Text]] = {CALAMINE: _sheet, "a SQLite database": _database}
"""Readers by the module that they need, or the kind of file; pandas reads the others."""
