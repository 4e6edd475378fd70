"""Tables of other programs: they are read as the CSV that pandas writes of them, to train and to predict alike."""

from __future__ import annotations

import os
import re
import sqlite3
import sys
import warnings
import zipfile
from collections.abc import Callable
from contextlib import closing, nullcontext
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gradrace.bench.datasets.dialects import programs, sheet
from gradrace.bench.datasets.formats.dataset import ReadOptions, Wanted
from gradrace.bench.datasets.layouts import foreign
from gradrace.bench.datasets.read import read, read_features
from gradrace.bench.datasets.tables import text_rows
from gradrace.bench.results import UnusableInput
from tests.bench.datasets.sources import GUESSES, followed, refusal, run

M = 20
FIRST_OF_2 = "the first of 2 with cells; to read another one, save it as CSV"
FRAME = pd.DataFrame({"age": np.arange(M) * 7 % 13, "mass": np.arange(M) * 3.7 % 11, "outcome": np.arange(M) % 2})
MIXED = FRAME.assign(sex=["f", "m", "m", "f"] * (M // 4), outcome=["no", "yes"] * (M // 2))[
    ["sex", "age", "mass", "outcome"]
]
SAS = b"\0" * 12 + b"\xc2\xea\x81\x60" + b"\0" * 500
SPSS = b"$FL2@(#) SPSS" + bytes(600)


def database(path: Path, frame: pd.DataFrame, *names: str) -> None:
    with closing(sqlite3.connect(path)) as of:
        for name in names or ("people of 2023",):
            frame.to_sql(name, of, index=False)


def workbook(path: Path, frame: pd.DataFrame) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml" if path.suffix == ".ods" else "xl/workbook.xml", b"")


def old_workbook(path: Path, frame: pd.DataFrame) -> None:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))


KINDS: dict[str, Callable[[Path, pd.DataFrame], object]] = {
    "a.dta": lambda path, frame: frame.to_stata(path, write_index=False),
    "it's a.dta": lambda path, frame: frame.to_stata(path, write_index=False, version=118),
    "a.db": database,
    "it's #1?.sqlite": database,
    "a.sas7bdat": lambda path, _: path.write_bytes(SAS),
    "a.sav": lambda path, _: path.write_bytes(SPSS),
    "a.xlsx": workbook,
    "it's.ods": workbook,
    "a.xls": old_workbook,
}

CALAMINE = """import csv, math
__version__ = "99"
class CalamineSheet:
    merged_cell_ranges = MERGED
    def __init__(self, name): self.name = name
    @property
    def total_height(self): return len(self.iter_rows())
    start, total_width = (0, 0), 5
    def iter_rows(self):
        if self.name == "empty": return []
        with open("sheet.csv") as file: rows = [*csv.reader(file)]
        return [[""] * 5, *[["", *[float(cell) if cell[:1].isdigit() else cell for cell in row]] for row in rows]]
    def to_python(self, **options): return self.iter_rows()
class SheetTypeEnum: WorkSheet = 0
class Metadata:
    typ = SheetTypeEnum.WorkSheet
    def __init__(self, name): self.name = name
class CalamineWorkbook:
    sheets_metadata = [Metadata(name) for name in "SHEETS".split()]
    sheet_names = [one.name for one in sheets_metadata]
    def get_sheet_by_name(self, name): return CalamineSheet(name)
    def get_sheet_by_index(self, place): return CalamineSheet(self.sheet_names[place])
    def close(self): pass
def load_workbook(path, **options): return CalamineWorkbook()
"""


@pytest.fixture
def libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[pd.DataFrame, str], None]:
    """Stand-ins of the libraries that aren't installed with the tests: they read a table from the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setitem(sys.modules, "python_calamine", sys)
    monkeypatch.delitem(sys.modules, "python_calamine")  # so that the stand-in is gone after the test
    pyreadstat: Any = ModuleType("pyreadstat")
    pyreadstat.__spec__ = ModuleSpec("pyreadstat", None)

    def hold(frame: pd.DataFrame, sheets: str = "people", merged: object = None) -> None:
        frame.to_csv("sheet.csv", index=False, header=isinstance(frame.columns[0], str))
        (tmp_path / "python_calamine.py").write_text(CALAMINE.replace("SHEETS", sheets).replace("MERGED", repr(merged)))
        pyreadstat.read_sav = lambda path, row_limit, **options: (frame[: row_limit or None].copy(), None)
        monkeypatch.setitem(sys.modules, "pyreadstat", pyreadstat)
        sas = SimpleNamespace(read=lambda rows: frame[:rows].copy())
        monkeypatch.setattr(pd, "read_sas", lambda path, **options: nullcontext(sas))

    return hold


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("frame", [FRAME, MIXED], ids=["numbers", "text"])
def test_a_table_of_another_program_is_read(libraries: Callable[..., None], name: str, frame: pd.DataFrame) -> None:
    libraries(frame)
    KINDS[name](Path(name), frame)
    dataset = read(name, GUESSES)
    assert (dataset.m, dataset.label) == (M, "outcome")
    sexes = ("sex=f", "sex=m") if "sex" in frame else ()
    assert dataset.features == ("age", "mass", *sexes)
    np.testing.assert_allclose(dataset.X[:2].T, FRAME[["age", "mass"]], rtol=1e-12)
    np.testing.assert_array_equal(dataset.labels, FRAME.outcome)
    assert not any("sheet" in one for one in dataset.readings)
    found = next(read_features(name, Wanted(dataset.n_x, names=dataset.features)))
    np.testing.assert_array_equal(found.X, dataset.X)


@pytest.mark.parametrize("name", ["a.xlsx", "a.ods", "a.xls", "a.sav"])
def test_a_library_that_is_absent_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    KINDS.get(name, workbook)(tmp_path / name, FRAME)
    monkeypatch.setattr(foreign, "find_spec", lambda _: None)
    monkeypatch.chdir(tmp_path)
    package = "pyreadstat" if name == "a.sav" else "'gradrace[excel]'"
    assert refusal(name).endswith(f"; to read it: pip install {package}")


def written_workbook(path: Path, rows: list[list[str]]) -> None:
    """Write the parts of a workbook of Excel that a sheet needs."""
    office, package = "http://schemas.openxmlformats.org", "http://schemas.openxmlformats.org/package/2006"
    cells = [[f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in row] for row in rows]
    main, of = f"{office}/spreadsheetml/2006/main", f"{office}/officeDocument/2006/relationships"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml."
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Override PartName="/xl/workbook.xml" '
        f'ContentType="{kind}sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r" '
        f'Type="{of}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{of}"><sheets>'
        '<sheet name="one" sheetId="1" r:id="r"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r" '
        f'Type="{of}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>'
        + "".join(f"<row>{''.join(row)}</row>" for row in cells)
        + "</sheetData></worksheet>",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)


def test_a_workbook_is_read_by_its_library(tmp_path: Path) -> None:
    pytest.importorskip("python_calamine")
    rows = [[*MIXED.columns], *MIXED.astype(str).to_numpy().tolist()]
    written_workbook(tmp_path / "a.xlsx", rows)
    dataset = read(str(tmp_path / "a.xlsx"), GUESSES)
    assert dataset.features == ("age", "mass", "sex=f", "sex=m")
    np.testing.assert_allclose(dataset.X[:2].T, FRAME[["age", "mass"]])


def test_the_first_row_of_a_sheet_may_be_an_example(libraries: Callable[..., None]) -> None:
    libraries(FRAME.set_axis([0, 1, 2], axis=1), "one two")
    workbook(Path("a.xlsx"), FRAME)
    dataset = read("a.xlsx", GUESSES)
    assert (dataset.m, dataset.label) == (M, "3")
    assert dataset.readings[0] == f"sheet 'one' is read, {FIRST_OF_2}"


def test_a_column_that_is_empty_in_the_first_rows_is_a_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("python_calamine")
    monkeypatch.setattr(programs, "LARGE_BYTES", 0)
    monkeypatch.setattr(programs, "FIRST_CELLS", 6000)
    rows = [[str(row % 7), "" if row < 3000 else "5", str(row % 2)] for row in range(4000)]
    written_workbook(tmp_path / "a.xlsx", rows)
    dataset = read(str(tmp_path / "a.xlsx"), ReadOptions(guesses=True, label="3", header=False))
    assert (dataset.m, dataset.features) == (4000, ("1",))


def test_an_empty_sheet_is_passed_over(tmp_path: Path, libraries: Callable[..., None]) -> None:
    libraries(FRAME, "empty people")
    workbook(Path("a.xlsx"), FRAME)
    dataset = read("a.xlsx", GUESSES)
    assert (dataset.m, dataset.readings[0]) == (M, f"sheet 'people' is read, {FIRST_OF_2}")
    run(refusal("a.xlsx", ReadOptions(guesses=True, label="mass")).partition("after ")[2], tmp_path)


def test_a_refused_sheet_is_named(libraries: Callable[..., None]) -> None:
    libraries(pd.DataFrame({"about": ["These are data", "of people"]}), "readme people")
    workbook(Path("a.xlsx"), FRAME)
    assert refusal("a.xlsx").startswith(f"sheet 'readme' is read, {FIRST_OF_2}; ")


def test_merged_cells_count_for_each_of_their_rows(libraries: Callable[..., None]) -> None:
    holds = MIXED.assign(sex=["f", ""] * 5 + ["m", ""] * 5)
    top, left = 2, 1  # below an empty row and the names, beside an empty column
    pairs = [((row, left), (row + 1, left)) for row in range(top, top + M, 2)]
    libraries(holds, merged=[((0, 0), (0, 3)), *pairs])  # the first are cells of one row
    workbook(Path("a.xlsx"), FRAME)
    dataset = read("a.xlsx", GUESSES)
    assert dataset.features == ("age", "mass", "sex=f", "sex=m")
    np.testing.assert_array_equal(dataset.X[2], np.arange(M) < M // 2)
    assert dataset.readings[0] == "cells merged over several rows count for each of them (10)"


def test_texts_of_stata_in_latin_1_are_read_without_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "a.dta"
    MIXED.replace({"outcome": {"yes": "j-a"}}).to_stata(path, write_index=False, version=118)
    path.write_bytes(path.read_bytes().replace(b"j-a", b"j\xe4a"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read(str(path), GUESSES).classes == ("jäa", "no")


@pytest.mark.parametrize("version", [114, 117, 118, 119])
def test_a_stata_file_that_ends_early_is_refused(tmp_path: Path, version: int) -> None:
    path, labelled = tmp_path / "a.dta", MIXED.astype({"sex": "category"})
    labelled.to_stata(path, write_index=False, version=version)
    raw, features = path.read_bytes(), read(str(path), GUESSES).features
    assert features == ("age", "mass", "sex=f", "sex=m")
    for lost in range(1, 40):
        path.write_bytes(raw[:-lost])
        with pytest.raises(UnusableInput, match="not a whole Stata file"):
            read(str(path), GUESSES)


def test_values_of_the_same_label_stay_apart(tmp_path: Path) -> None:
    labels = {0: "few", 1: "few", 2: "many", 3: "very many"}
    frame = FRAME.assign(kids=np.arange(M) % 4)[["kids", "age", "outcome"]]
    frame.to_stata(tmp_path / "a.dta", write_index=False, value_labels={"kids": labels})
    dataset = read(str(tmp_path / "a.dta"), GUESSES)
    np.testing.assert_array_equal(dataset.X, frame[["kids", "age"]].T)
    assert dataset.readings[0].startswith("different values have the same label")


def test_whole_numbers_without_a_label_are_whole(libraries: Callable[..., None]) -> None:
    kids = pd.Series([0.0, 1.0, 2.0, "3 or more"] * (M // 4), dtype="category")
    libraries(FRAME.assign(kids=kids)[["kids", "age", "outcome"]])
    KINDS["a.sav"](Path("a.sav"), FRAME)
    assert read("a.sav", GUESSES).features == ("age", "kids=0", "kids=1", "kids=2", "kids=3 or more")


LONG = 30_000
"""Number of rows from which on the stand-ins' tables are longer than their first rows."""


@pytest.fixture(params=["a.dta", "a.db", "a.sas7bdat", "a.sav", "a.xlsx"])
def large(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Name of a file of each kind, of which the first rows are tried alone."""
    monkeypatch.setattr(programs, "LARGE_BYTES", 0)
    monkeypatch.setattr(programs, "FIRST_CELLS", 60_000)
    monkeypatch.setattr(text_rows, "CHUNK_CELLS", 2000)
    monkeypatch.setattr(text_rows, "REFUSED_CELLS", 2000)
    name: str = request.param
    return name


def test_a_large_table_is_refused_by_its_first_rows(
    libraries: Callable[..., None], monkeypatch: pytest.MonkeyPatch, large: str
) -> None:
    places = np.arange(LONG)
    frame = pd.DataFrame(
        {"mass": places * 3.7 % 11, "kind": np.array(["a", "b", "c"])[places % 3], "size": places * 0.7}
    )
    libraries(frame)
    KINDS[large](Path(large), frame)
    converted = programs._converted
    monkeypatch.setattr(programs, "_converted", lambda *about: converted(*about) if about[-1] else pytest.fail("all"))
    told = refusal(large)
    assert told.startswith("the column of labels isn't named; go on with --label kind")
    monkeypatch.setattr(programs, "_converted", converted)
    monkeypatch.setattr(programs, "LARGE_BYTES", np.inf)
    assert refusal(large) == told


def test_a_large_table_is_read_beyond_its_first_rows(libraries: Callable[..., None], large: str) -> None:
    frame = pd.DataFrame({"mass": np.arange(LONG) * 3.7 % 11, "size": 1.5, "outcome": np.arange(LONG) % 2})
    frame.loc[LONG - 1, "size"] = 0.25
    libraries(frame)
    KINDS[large](Path(large), frame)
    dataset = read(large, GUESSES)
    np.testing.assert_array_equal(dataset.X.T, frame[["mass", "size"]])


def test_a_sheet_beyond_the_memory_is_refused(libraries: Callable[..., None]) -> None:
    """The library ends its process then."""
    libraries(FRAME)
    workbook(Path("a.xlsx"), FRAME)
    library = Path("python_calamine.py")
    library.write_text(library.read_text().replace("return CalamineWorkbook()", "import os; os.abort()"))
    told = refusal("a.xlsx")
    assert re.fullmatch(r"needs more memory than the [\d.]+ GB .*: copy that to a new sheet, or save it as CSV", told)


def test_merged_cells_of_a_table_in_the_middle_of_a_sheet_count_for_each_of_their_rows() -> None:
    rows = [["", ""], ["name", "age"], ["a", 1.0], ["", 2.5]]
    middle = SimpleNamespace(start=(1, 3), total_height=3, total_width=5, merged_cell_ranges=[((2, 3), (3, 3))])
    middle.iter_rows = lambda: iter(rows)
    assert sheet.table_of(middle, None) == ([["name", "age"], ["a", 1], ["a", 2.5]], 1)


@pytest.mark.parametrize(("name", "kind"), [("a.xlsx", "Excel workbook"), ("a.ods", "OpenDocument table")])
def test_a_workbook_that_ends_early_is_refused(libraries: Callable[..., None], name: str, kind: str) -> None:
    libraries(FRAME)
    workbook(Path(name), FRAME)
    Path(name).write_bytes(Path(name).read_bytes()[:-30])
    library = Path("python_calamine.py")
    library.write_text(library.read_text().replace("return CalamineWorkbook()", "raise OSError('no archive')"))
    assert refusal(name) == f"not a whole {kind} (no archive); save it again, or as CSV"


@pytest.mark.parametrize("name", ["a.dta", "a.db", "a.xlsx"])
def test_a_regression_gets_the_command_that_makes_classes(
    tmp_path: Path, libraries: Callable[..., None], name: str
) -> None:
    frame = pd.DataFrame({"size": np.arange(M) * 7 % 13, "price": np.arange(M) * 3.7})
    libraries(frame)
    KINDS[name](Path(name), frame)
    dataset = followed(refusal(name, ReadOptions(guesses=True, label="price")), tmp_path)
    np.testing.assert_array_equal(dataset.labels, frame.price > frame.price.median())


def test_of_several_tables_the_first_has_a_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    database(Path("a.db"), FRAME, "it's {a}", "b")
    told = refusal("a.db")
    assert told.startswith("holds 2 tables (it's {a}, b); for \"it's {a}\", go on with --data a.db.csv after python")
    run(told.partition("after ")[2], tmp_path)
    assert read("a.db.csv", GUESSES).m == M
    database(Path("c.db"), FRAME)
    with closing(sqlite3.connect("c.db")) as of:
        of.execute('DROP TABLE "people of 2023"')
        of.commit()
    assert refusal("c.db") == "is a SQLite database without a table; name another file"


def test_columns_of_bytes_in_a_database_are_left_out(tmp_path: Path) -> None:
    """NumPy's whole numbers are stored as bytes, too: they would be categories."""
    frame = FRAME.assign(photo=[b"\x89PNG"] * M, count=[int(row % 2).to_bytes(8, "little") for row in range(M)])
    database(tmp_path / "a.db", frame[["photo", "age", "count", "mass", "outcome"]])
    dataset = read(str(tmp_path / "a.db"), GUESSES)
    assert dataset.features == ("age", "mass")
    assert dataset.readings[0] == "left out, as they hold bytes and no text: photo, count"


def test_a_file_that_was_written_anew_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.dta"
    FRAME.to_stata(path, write_index=False)
    assert read(str(path), GUESSES).m == M
    FRAME[:12].to_stata(path, write_index=False)
    assert read(str(path), GUESSES).m == 12
