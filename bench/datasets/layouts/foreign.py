"""Files of other programs: what they are, and the command that makes a file of those that aren't read."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO, NamedTuple, cast

from gradrace.bench.datasets.layouts.commands import converted, free, python, word
from gradrace.bench.text import few

HEAD_BYTES = 512
"""Number of bytes in which a kind is recognised."""

ZIP = b"PK\x03\x04"

SQLITE = (
    "import pandas, sqlite3; database = sqlite3.connect({old!r}); "
    "pandas.read_sql('SELECT * FROM \"{{name}}\"'.format(name=database.execute('SELECT name FROM sqlite_master WHERE "
    'type = "table" AND name NOT LIKE "sqlite%"\').fetchone()[0]), database)'
)

TENSORS = (  # a tensor, a pair of them, a pair for each example, or named tensors and lists, also within others
    "import numpy, torch; found = torch.load({old!r}, map_location='cpu', weights_only=True); "
    "walk = lambda at, one: [pair for key in one for pair in walk([*at, str(key)], one[key])] "
    "if hasattr(one, 'items') else [('_'.join(at), one)]; "
    "each = lambda: [torch.stack([one[0] for one in found]), torch.tensor([one[1] for one in found])]; "
    "pairs = walk([], found) if hasattr(found, 'items') else [('X', found)] if hasattr(found, 'numpy') "
    "else zip('Xy', found if hasattr(found[0], 'numpy') else each()); "
    "{{name: value.numpy(force=True) if hasattr(value, 'numpy') else numpy.array(value) "
    "for name, value in pairs if hasattr(value, 'numpy') or isinstance(value, list)}}"
)

RECORDS = (
    "import pandas, tfrecord; cells = lambda one: [str(one, errors='replace')] if isinstance(one, bytes) else one; "
    "pandas.DataFrame([{{name if len(cells(row[name])) == 1 else f'{{name}}.{{place}}': cell for name in row "
    "for place, cell in enumerate(cells(row[name]))}} for row in tfrecord.tfrecord_loader({old!r}, None)])"
)


class Foreign(NamedTuple):
    """Kind of files.

    Attributes:
        kind: what a file is.
        start: pattern of its first bytes, or b"" if its suffix tells.
        suffixes: suffixes of its name, if the first bytes alone don't tell.
        table: Python that reads it as a DataFrame; `{old!r}` is the file.
        arrays: Python that reads it as a dictionary of arrays; `{old!r}` is the file.
        package: packages that this needs.
        remedy: what else is to be done.
        needs: module without which a table that `dialects.programs` reads isn't read, or "".
        is_read: whether `dialects.programs` reads it.
    """

    kind: str
    start: bytes = b""
    suffixes: tuple[str, ...] = ()
    table: str = ""
    arrays: str = ""
    package: str = ""
    remedy: str = "save its data as CSV"
    needs: str = ""
    is_read: bool = False

    def fits(self, path: Path, head: bytes) -> bool:
        """Return whether a file with these first bytes is of this kind."""
        is_called = not self.suffixes or path.suffix.lower() in self.suffixes
        return is_called and re.match(self.start, head, re.DOTALL) is not None

    def told(self, path: Path) -> str:
        """Return what a file is, and the remedy."""
        if self.is_read:
            return f"is {self.kind}; to read it: pip install {self.package}"
        return f"is {self.kind}, which isn't read; {self.command(path) or self.remedy}"

    @property
    def is_lacking(self) -> bool:
        """Return whether the module that it needs to be read isn't installed."""
        return bool(self.needs) and find_spec(self.needs) is None

    def as_csv(self, path: Path, new: str = "") -> tuple[str, str]:
        """Return the steps of a program, and its expression that makes a CSV of a table: a file, or else a text."""
        steps, _, value = self.table.format(old=str(path)).rpartition("; ")
        words = [repr(new)] if new else []
        words += ["index=False", *(["header=False"] if "header=None" in value else [])]
        return steps, f"{value}.to_csv({', '.join(words)})"

    def command(self, path: Path) -> str:
        """Return the words with the command that makes a file of it that is read, or "" if there is none."""
        if not (self.table or self.arrays):
            return ""
        install = f"pip install {self.package} && " if self.package else ""
        new = converted(path, ".csv" if self.table else ".npz")
        steps, _, value = self.arrays.format(old=str(path)).rpartition("; ")
        if self.table:
            steps, saved = self.as_csv(path, new)
        else:
            saved = f"import numpy; numpy.savez({new!r}, **{value})"
        made = f"{steps}; {saved}"
        return f"go on with --data {word(new)} after {install}{python(made)}"


SHEET = (
    "import pandas; next(one for one in pandas.read_excel({old!r}, sheet_name=None, engine='calamine', header=None)"
    ".values() if one.size).dropna(how='all').dropna(how='all', axis=1)"
)
"""Program that reads the first sheet with cells as it lies.

Its first row may be an example, and its table may not begin in a corner.
"""


CALAMINE = "python_calamine"
"""Module that reads workbooks."""

TFRECORD = (".tfrecord", ".tfrecords")

PARAMETERS = re.compile(rb"ctorch\.nn|\.weight[qr]|(\.|X.\0\0\0)bias[qr]|_state_dict[qr]")
OBJECTS = re.compile(rb"(?<![a-z])c(?!torch|collections\n)[a-zA-Z_][\w.]*\n\w+\n|ctorch\.utils")
"""Parts of the pickle in a file of PyTorch that tell a model, and objects which are never opened."""

EXCEL = Foreign("an Excel workbook", table=SHEET, package="'gradrace[excel]'", needs=CALAMINE, is_read=True)
ODS = EXCEL._replace(kind="an OpenDocument table")
OFFICE = {".xlsx": EXCEL, ".xlsm": EXCEL, ".ods": ODS}
KERAS = Foreign("a model of Keras", remedy="name the file of its training data")
TORCH_MODEL = Foreign("a model of PyTorch", remedy="name the file of its training data")
TORCH_OBJECTS = Foreign("a file of PyTorch with objects", remedy="save their tensors: torch.save((X, y), 'data.pt')")
TORCH = Foreign("a file of PyTorch", b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19", arrays=TENSORS, package="torch")
ARRAYS = "save its arrays as .npz"
PICTURES = "save it as PNG or JPEG"

FOREIGN = (
    EXCEL._replace(kind="an old Excel workbook", start=rb"\xd0\xcf\x11\xe0"),
    Foreign("a SQLite database", rb"SQLite format 3", table=SQLITE, is_read=True),
    Foreign("an ORC file", rb"ORC(.*[\0-\x08]|$)", table="import pandas; pandas.read_orc({old!r})"),
    Foreign(
        "a Stata file",
        rb"<stata_dta>|[\x69-\x73][\x01\x02]\x01\0",
        table="import pandas; pandas.read_stata({old!r})",
        is_read=True,
    ),
    Foreign(
        "a SAS file",
        rb"\0{12}\xc2\xea\x81\x60",
        table="import pandas; pandas.read_sas({old!r}, format='sas7bdat', encoding='infer')",
        is_read=True,
    ),
    Foreign(
        "a SAS transport file",
        rb"HEADER RECORD\*+LIB",
        table="import pyreadstat; pyreadstat.read_xport({old!r})[0]",
        package="pyreadstat",
    ),
    Foreign(
        "an SPSS file",
        rb"\$FL[23]",
        table="import pandas; pandas.read_spss({old!r})",
        package="pyreadstat",
        needs="pyreadstat",
        is_read=True,
    ),
    Foreign(
        "an SPSS file",
        rb".{40}ASCII SPSS PORT FILE",
        table="import pyreadstat; pyreadstat.read_por({old!r})[0]",
        package="pyreadstat",
    ),
    Foreign(
        "R data",
        rb"RD[AX][23]\n|[XA]\n\0\0\0[\x02\x03]",
        table="import pyreadr; [*pyreadr.read_r({old!r}).values()][0]",
        package="pyreadr",
    ),
    Foreign(
        "a MatrixMarket file",
        rb"%%MatrixMarket",
        table="import pandas, scipy.io; pandas.DataFrame(scipy.io.mmread({old!r}).toarray())",
    ),
    Foreign("an HTML table", rb"\s*<table\b", table="import pandas; pandas.read_html({old!r})[0]", package="lxml"),
    Foreign(
        "a model in safetensors",
        rb".{6}\0\0\{.*\.(weight|bias)\"",
        remedy="name the file of its training data",
    ),
    Foreign(
        "a safetensors file",
        rb".{6}\0\0\{\"",
        arrays="import safetensors.numpy; safetensors.numpy.load_file({old!r})",
        package="safetensors",
    ),
    TORCH,
    Foreign("a NIfTI scan", rb".{344}(n\+1|ni1)\0", remedy=ARRAYS),
    Foreign("a FITS file", rb"SIMPLE  =", remedy=ARRAYS),
    Foreign("a netCDF file", rb"CDF[\x01\x02\x05]", remedy=ARRAYS),
    Foreign("a DICOM image", rb".{128}DICM", remedy=PICTURES),
    Foreign(
        "sound",
        rb"RIFF.{4}WAVE|ID3[\x02-\x04]|fLaC\0|OggS\0",
        remedy="save its features, such as its spectrum, as .npz",
    ),
    Foreign(
        "an Avro file",
        rb"Obj\x01",
        table="import fastavro, pandas; pandas.DataFrame(fastavro.reader(open({old!r}, 'rb')))",
        package="fastavro cramjam",
    ),
    Foreign("PDF", rb"%PDF"),
    Foreign("a TFRecord file without tf.train.Example", rb".{12}[^\n]", TFRECORD, remedy="save its records as CSV"),
    Foreign("a TFRecord file", suffixes=TFRECORD, table=RECORDS, package="tfrecord"),
    Foreign("SQL", suffixes=(".sql",)),
    Foreign("YAML", suffixes=(".yaml", ".yml")),
    Foreign("a program", suffixes=(".py", ".r", ".m", ".ipynb"), remedy="run it, and save its data as CSV or .npz"),
    Foreign("GeoJSON", suffixes=(".geojson",)),
)
"""Kinds of files of other programs."""

ARCHIVES = {
    rb".{257}ustar": "python -m tarfile -e {old} {new}",
    rb"7z\xbc\xaf": "7z x {old} -o{new}",
    rb"Rar!\x1a\x07": "unrar x {old} {new}/",
    rb"\x28\xb5\x2f\xfd": "zstd -d {old} -o {new}",
    rb"\x04\x22\x4d\x18": "lz4 -d {old} {new}",
    rb"\x1f[\x9d\xa0]": "gzip -dk {old}",
}
"""Commands that unpack archives and compressed files, by patterns of their first bytes."""

PACKERS = cast(
    "dict[bytes, Callable[[Path], IO[bytes]]]",
    {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open},
)
"""Functions that open compressed files, by their first bytes."""

MOST_NAMED = 3
"""Maximum number of files of an archive that a message names."""


def unpacked_head(path: Path, head: bytes) -> bytes:
    """Return the first bytes of a file, uncompressed if it is compressed. head: its first bytes as they are."""
    opener = next((opener for start, opener in PACKERS.items() if head.startswith(start)), None)
    if opener is not None:
        with suppress(Exception), opener(path) as stream:  # a damaged file: its reader says how
            return stream.read(HEAD_BYTES)
    return head


def told_of(path: Path, head: bytes) -> str | None:
    """Return what a file with these first bytes is, and the remedy, if it is known and not read; otherwise None."""
    unpack = next((command for start, command in ARCHIVES.items() if re.match(start, head, re.DOTALL)), None)
    if unpack is not None:
        return f"is an archive; go on with {_unpacked(path, unpack)}"
    found = next((one for one in FOREIGN if one.fits(path, head)), None)
    return None if found is None or (found.is_read and not found.is_lacking) else found.told(path)


def read_as_table(path: Path) -> Foreign | None:
    """Return the kind of a file of another program that `dialects.programs` reads as a table, or None."""
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except OSError:
        return None
    if head.startswith(ZIP):
        with suppress(zipfile.BadZipFile, NotImplementedError, ValueError, OSError), zipfile.ZipFile(path) as archive:
            return _of_office(archive.namelist())
        return OFFICE.get(path.suffix.lower())  # damaged: its reader says how
    return next((one for one in FOREIGN if one.is_read and one.fits(path, head)), None)


def _of_office(names: Sequence[str]) -> Foreign | None:
    """Return the kind of a workbook in a ZIP archive with these files, or None."""
    if any(name.startswith("xl/workbook") for name in names):
        return EXCEL
    return ODS if "content.xml" in names else None


def of_archive(path: Path, names: Sequence[str]) -> str:
    """Return what a ZIP archive without a single table is, and the remedy. names: its files."""
    if found := _of_office(names):
        return found.told(path)
    if "model.weights.h5" in names:
        return KERAS.told(path)
    if pickled := next((name for name in names if name.endswith("data.pkl")), None):
        return _of_torch(path, pickled).told(path)
    told = f"holds {len(names)} files ({few(names, MOST_NAMED)}); go on with"
    return f"{told} {_unpacked(path, 'python -m zipfile -e {old} {new}')}"


def _of_torch(path: Path, pickled: str) -> Foreign:
    """Return the kind of a file of PyTorch, by the names in its pickle, which isn't opened. pickled: its name."""
    with suppress(zipfile.BadZipFile, OSError), zipfile.ZipFile(path) as archive:
        raw = archive.read(pickled)
        return TORCH_MODEL if PARAMETERS.search(raw) else TORCH_OBJECTS if OBJECTS.search(raw) else TORCH
    return TORCH


def _unpacked(path: Path, command: str) -> str:
    """Return the option that names what an archive unpacks to, and the command that unpacks it."""
    name = path.name.removesuffix("".join(path.suffixes[-2:])) if ".tar" in path.suffixes else path.stem
    name += "-unpacked" if path.with_name(name).exists() else ""
    new = word(free(path.with_name(name)))
    return f"--data {new} after {command.format(old=word(path), new=new)}"
