"""Tables of other programs, such as Excel and Stata: they are read as the CSV that pandas writes of them."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
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
    return io.BytesIO(_text(path).raw)


def told(path: Path) -> tuple[str, ...]:
    """Return what the user should know of a table: which sheet of a workbook it is."""
    return _text(path).told if is_of_program(path) else ()


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

    if kind.kind == "a Stata file":
        return _stata(path)
    sas = kind.kind == "a SAS file"
    return _csv(pd.read_sas(path, format="sas7bdat", encoding="infer") if sas else pd.read_spss(path))


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


def _stata(path: Path) -> Text:
    """Return a table with the labels of its values, or with the values themselves if some have the same label."""
    import pandas as pd

    raw = path.read_bytes()
    if raw.startswith(STATA) and not raw.endswith(STATA_END):
        raise EOFError("it ends too early")
    with pd.read_stata(Whole(raw), convert_categoricals=False, iterator=True) as reader:
        values, labels = reader.read(), reader.value_labels()  # which raise an error if the file is damaged
    if any(len({*of.values()}) < len(of) for of in labels.values()):
        return _csv(values, SAME_LABELS)
    return _csv(pd.read_stata(Whole(raw)) if labels else values)


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


def _sheet(path: Path, kind: Foreign) -> Text:  # noqa: ARG001
    """Return the first sheet with cells as it lies: its first row may be an example, or a title."""
    import pandas as pd

    with pd.ExcelFile(path, engine="calamine") as book:
        names = book.sheet_names
        sheets = ((name, pd.read_excel(book, sheet_name=name, header=None)) for name in names)
        name, found = next(((name, found) for name, found in sheets if found.size), (names[0], pd.DataFrame()))
        merged = book.book.get_sheet_by_name(name).merged_cell_ranges or []
    told = [f"sheet {name!r} is read, the first of {len(names)} with cells; to read another one, save it as CSV"]
    told = told if len(names) > 1 else []
    columns = [((top, bottom), left) for (top, left), (bottom, right) in merged if left == right and top in found.index]
    for (top, bottom), place in columns:
        found.loc[top:bottom, place] = found.loc[top, place]
    told += [f"cells merged over several rows count for each of them ({len(columns)})"] if columns else []
    found = found.dropna(how="all").dropna(how="all", axis=1)
    return Text(found.to_csv(index=False, header=False).encode(), tuple(told))


def _database(path: Path, kind: Foreign) -> Text:
    """Return the only table of a database. Raises UnusableInput if it has several, with the command for the first."""
    import pandas as pd

    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as of:
        names = [name for (name,) in of.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        names = [name for name in names if not name.startswith("sqlite_")]
        if len(names) != 1:
            raise UnusableInput(f"{path}: {_of_several(path, kind, names)}")
        table = pd.read_sql(_all_of(names[0]), of)
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


READERS: dict[str, Callable[[Path, Foreign], Text]] = {CALAMINE: _sheet, "a SQLite database": _database}
"""Readers by the module that they need, or the kind of file; pandas reads the others."""
