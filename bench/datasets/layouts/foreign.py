"""Files of other programs, which aren't read: what they are, and the command that makes a file of them that is read."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import shlex
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple, cast

from gradrace.bench.datasets.layouts.commands import free, word
from gradrace.bench.text import few

HEAD_BYTES = 512
"""Number of bytes in which a kind is recognised."""

ZIP = b"PK\x03\x04"

SQLITE = (
    "import pandas, sqlite3; of = sqlite3.connect({old!r}); "
    "name = of.execute('SELECT name FROM sqlite_master').fetchone()[0]; "
    "pandas.read_sql(f'SELECT * FROM \"{{name}}\"', of)"
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
    """

    kind: str
    start: bytes = b""
    suffixes: tuple[str, ...] = ()
    table: str = ""
    arrays: str = ""
    package: str = ""
    remedy: str = "save its data as CSV"

    def fits(self, path: Path, head: bytes) -> bool:
        """Return whether a file with these first bytes is of this kind."""
        is_called = not self.suffixes or path.suffix.lower() in self.suffixes
        return is_called and re.match(self.start, head, re.DOTALL) is not None

    def told(self, path: Path) -> str:
        """Return what a file is, and the remedy."""
        return f"is {self.kind}, which isn't read; {self._command(path) or self.remedy}"

    def _command(self, path: Path) -> str:
        if not (self.table or self.arrays):
            return ""
        install = f"pip install {self.package} && " if self.package else ""
        new = free(f"{path}{'.csv' if self.table else '.npz'}")
        steps, _, value = (self.table or self.arrays).format(old=str(path)).rpartition("; ")
        if self.table:
            names = ", header=False" if "header=None" in value else ""
            saved = f"{value}.to_csv({new!r}, index=False{names})"
        else:
            saved = f"import numpy; numpy.savez({new!r}, **{value})"
        made = f"{steps}; {saved}"
        return f"go on with --data {word(new)} after {install}python -c {shlex.quote(made)}"


SHEET = (
    "import pandas; pandas.read_excel({old!r}, engine='calamine', header=None)"
    ".dropna(how='all').dropna(how='all', axis=1)"
)
"""Program that reads a sheet as it lies: its first row may be an example, and its table may not begin in a corner."""


TFRECORD = (".tfrecord", ".tfrecords")

PARAMETERS = re.compile(rb"ctorch\.nn|\.weight[qr]|(\.|X.\0\0\0)bias[qr]|_state_dict[qr]")
OBJECTS = re.compile(rb"(?<![a-z])c(?!torch|collections\n)[a-zA-Z_][\w.]*\n\w+\n|ctorch\.utils")
"""Parts of the pickle in a file of PyTorch that tell a model, and objects which are never opened."""

EXCEL = Foreign("an Excel workbook", table=SHEET, package="python-calamine")
ODS = Foreign("an OpenDocument table", table=SHEET, package="python-calamine")
KERAS = Foreign("a model of Keras", remedy="name the file of its training data")
TORCH_MODEL = Foreign("a model of PyTorch", remedy="name the file of its training data")
TORCH_OBJECTS = Foreign("a file of PyTorch with objects", remedy="save their tensors: torch.save((X, y), 'data.pt')")
TORCH = Foreign("a file of PyTorch", b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19", arrays=TENSORS, package="torch")
ARRAYS = "save its arrays as .npz"
PICTURES = "save it as PNG or JPEG"

FOREIGN = (
    Foreign("an old Excel workbook", rb"\xd0\xcf\x11\xe0", table=SHEET, package="python-calamine"),
    Foreign("a SQLite database", rb"SQLite format 3", table=SQLITE),
    Foreign("an ORC file", rb"ORC(.*[\0-\x08]|$)", table="import pandas; pandas.read_orc({old!r})"),
    Foreign(
        "a Stata file", rb"<stata_dta>|[\x69-\x73][\x01\x02]\x01\0", table="import pandas; pandas.read_stata({old!r})"
    ),
    Foreign(
        "a SAS file",
        rb"\0{12}\xc2\xea\x81\x60",
        table="import pandas; pandas.read_sas({old!r}, format='sas7bdat', encoding='infer')",
    ),
    Foreign(
        "a SAS transport file",
        rb"HEADER RECORD\*+LIB",
        table="import pyreadstat; pyreadstat.read_xport({old!r})[0]",
        package="pyreadstat",
    ),
    Foreign("an SPSS file", rb"\$FL[23]", table="import pandas; pandas.read_spss({old!r})", package="pyreadstat"),
    Foreign(
        "an SPSS file",
        rb".{40}ASCII SPSS PORT FILE",
        table="import pyreadstat; pyreadstat.read_por({old!r})[0]",
        package="pyreadstat",
    ),
    Foreign("R data", rb"RD[AX][23]\n", remedy="in R: write.csv(get(load(FILE)), 'data.csv', row.names = FALSE)"),
    Foreign(
        "R data", rb"[XA]\n\0\0\0[\x02\x03]", remedy="in R: write.csv(readRDS(FILE), 'data.csv', row.names = FALSE)"
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
"""Kinds of files that aren't read."""

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


def packer(path: Path) -> str:
    """Return the name of the module that opens a compressed file, or ""."""
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    return next((opener.__module__ for start, opener in PACKERS.items() if head.startswith(start)), "")


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
    return found and found.told(path)


def of_archive(path: Path, names: Sequence[str]) -> str:
    """Return what a ZIP archive without a single table is, and the remedy. names: its files."""
    if any(name.startswith("xl/workbook") for name in names):
        return EXCEL.told(path)
    if "content.xml" in names:
        return ODS.told(path)
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
