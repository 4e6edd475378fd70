"""Kinds of files, recognised by their first bytes or their suffix: no data, not read, or read under any name."""

from __future__ import annotations

import gzip
import re
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

from gradrace.bench.datasets.layouts.commands import converted, python
from gradrace.bench.datasets.layouts.foreign import HEAD_BYTES, ZIP, read_as_table, told_of, unpacked_head
from gradrace.bench.results import UnusableInput

SAVE = "save it as PNG or JPEG"

BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), "HEIC"),
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
    b"crx ": "camera RAW",
}
"""Formats of images by the brand at byte 8 of files that have `ftyp` at byte 4."""

STARTS = {
    b"%PDF": "PDF",
    b"\xff\x0a": "JPEG XL",
    b"\0\0\0\x0cJXL ": "JPEG XL",
    ZIP: "a ZIP archive",
    b"Rar!": "a RAR archive",
}

MATLAB = b"MATLAB 5.0"
"""First bytes of MATLAB's files before version 7.3, but for version 4, which begins with a 0."""

PICKLE = re.compile(rb"\x80[\x02-\x05][\x95c\]}(c)XKG]|c[a-z_][\w.]*\n\w+\n(p\d+\n|q[\0-\x1f]|\()|\((dp|lp)\d+\n")
"""Beginning of a pickle, binary or, as Python 2 wrote it, in letters: not a column `class` with its first label."""

UNPICKLED = (
    "import joblib, numpy; found = joblib.load({old!r}); "
    "found.to_csv({table!r}, index=False) if hasattr(found, 'to_csv') else "
    "numpy.savez({arrays!r}, *[found] if hasattr(found, 'dtype') else found) "
    "if not hasattr(found, 'keys') else "
    "numpy.savez({arrays!r}, **{{key if isinstance(key, str) else key.decode(): found[key] for key in found}})"
)
"""Program that saves the table, the arrays, or the named arrays of a pickle of pandas, joblib or scikit-learn."""

MODEL = re.compile(
    rb"(sklearn\.(?!utils|datasets)|xgboost\.|lightgbm\.|catboost\.|statsmodels\.|keras\.|torch\.nn)|(pandas\.|numpy)"
)
"""Modules in a pickle: those of models, and in the second group those of data."""

MODEL_BYTES = 1 << 16
"""Number of bytes of a pickle in which its first module is looked for."""

GZIP = b"\x1f\x8b"

IDX = b"\0\0\x08"

CONTENTS = {
    b"\x89HDF\r\n\x1a\n": "hdf5",
    b"MATLAB 7.3": "hdf5",
    b"\x93NUMPY": "npy",
    b"PAR1": "parquet",
    b"ARROW1": "feather",
    GZIP: "delimited",
    b"BZh": "delimited",
    b"\xfd7zXZ\0": "delimited",
    ZIP: "delimited",
    b"\x89PNG": "images",
    b"\xff\xd8\xff": "images",
    b"GIF8": "images",
    b"RIFF": "images",
    b"BM": "images",
    b"II*\0": "images",
    b"MM\0*": "images",
    b"\0\0\0": "images",
    IDX: "idx",
    b"\xff\xfe": "delimited",
    b"\xfe\xff": "delimited",
}
"""Modules that read a file, by its first bytes: HDF5, NumPy, Parquet, compressed text, images, UTF-16."""

CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a]")
"""Bytes that text doesn't hold."""

IMAGES = (".bmp", ".eps", ".ico", ".pbm", ".pgm", ".pnm", ".ppm", ".ps", ".svg", ".tga", ".xbm", ".xpm")
"""Suffixes of images that may be text, or have no mark."""

RAW = (".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".raf", ".raw", ".rw2")
"""Suffixes of cameras' raw images, of which other readers see a thumbnail only."""


def check_is_data(path: Path) -> None:
    """Raise UnusableInput if a file is something else in place of the data, such as a web page."""
    if path.is_file() and (told := stands_in(_head(path))):
        raise UnusableInput(f"{path}: {told}")


def check_is_read(path: Path) -> None:
    """Raise UnusableInput if a file holds data of a kind that isn't read, such as a pickle."""
    head = _head(path) if path.is_file() else b""
    if told := _not_read(path, head):
        raise UnusableInput(f"{path}: {told}")


def stands_in(head: bytes) -> str | None:
    """Return what a file with these first bytes is, and the remedy, if it only stands in for data; otherwise None."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head")):
        return "is a web page (HTML), not the data; download the file itself"
    if text.startswith(b"<?xml") and b"<svg" not in text:
        return "is XML, not the data; download the file itself, or save it as CSV"
    if re.match(rb"(404|403)\b[: ]+(not found|forbidden)\s*$", text):
        return "is a web server's error message, not the data; download the file itself"
    if text.startswith(b"version https://git-lfs."):
        return "is a Git LFS pointer, not the data; run `git lfs pull` in its repository"
    return None


def _not_read(path: Path, head: bytes) -> str | None:
    """Return what a file with these first bytes is, and the remedy, if its kind isn't read; otherwise None."""
    head = unpacked_head(path, head)
    if PICKLE.match(head) or path.suffix.lower() == ".joblib":  # whose compression may be zlib's
        if _is_model(path):
            return "is a pickled model, not data; name the file of its training data"
        table, arrays = converted(path, ".csv"), converted(path, ".npz")
        made = UNPICKLED.format(old=str(path), table=table, arrays=arrays)
        trusted = f"if you trust it, {table} or {arrays} is made by {python(made)}"
        return f"is a pickle, which is never opened, as it may run any code; {trusted}"
    return told_of(path, head)


def _is_model(path: Path) -> bool:
    """Return whether the first module that a pickle names is one of models, and not of tables or arrays."""
    try:
        with path.open("rb") as stream:
            found = MODEL.search(unpacked_head(path, stream.read(MODEL_BYTES)))
    except OSError:
        return False
    return found is not None and found[1] is not None


def format_of(path: Path) -> str | None:
    """Return the module that reads a file, by its first bytes: of arrays, of tables, of images, or None.

    A text is a table. A ZIP archive is one, too, unless it holds arrays.
    """
    head = _head(path)
    if head.startswith(MATLAB) or (path.suffix.lower() == ".mat" and head.startswith(b"\0\0\0")):
        return "mat5"
    found = next((name for start, name in CONTENTS.items() if head.startswith(start)), None)
    if found == "delimited" and head.startswith(ZIP) and _holds_arrays(path):
        return "npz"
    if read_as_table(path) is not None:
        return "delimited"
    if head.startswith(GZIP):
        with suppress(OSError, EOFError, zlib.error), gzip.open(path) as stream:
            found = "idx" if stream.read(len(IDX)) == IDX else found
    if found:
        return found
    is_text = bool(head) and not CONTROL.search(head)
    return "images" if path.suffix.lower() in IMAGES else "delimited" if is_text else None


def _holds_arrays(path: Path) -> bool:
    with suppress(zipfile.BadZipFile, NotImplementedError, ValueError), zipfile.ZipFile(path) as archive:
        return all(name.endswith(".npy") for name in archive.namelist())
    return False


def unread(path: Path) -> str | None:
    """Return what an image file is, and the remedy, if its format isn't known to be read; otherwise None."""
    head = _head(path)
    kind = next((kind for start, kind in STARTS.items() if head.startswith(start)), None)
    if head[4:8] == b"ftyp":
        kind = BRANDS.get(head[8:12], "a video")
    elif b"<svg" in head.lower():
        kind = "SVG"
    elif path.suffix.lower() in RAW:
        kind = "camera RAW"
    return f"is {kind}, which isn't read; {SAVE}" if kind else stands_in(head) or told_of(path, head)


def _head(path: Path) -> bytes:
    """Return the first bytes of a file, or none if it can't be read, which its reader reports."""
    try:
        with path.open("rb") as stream:
            return stream.read(HEAD_BYTES)
    except OSError:
        return b""
