"""Text of a table, uncompressed if the file is compressed: gzip, bzip2, xz, or a ZIP archive with a single table."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO, cast

from gradrace.bench.datasets.layouts.kinds import EXCEL, ZIP
from gradrace.bench.results import UnusableInput

SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".data", ".dat", ".arff", ".svm", ".libsvm", ".svmlight")
"""Suffixes of text files with a table."""

MOST_NAMED = 3
"""Maximum number of files of an archive that a message names."""


def is_packed(path: Path) -> bool:
    """Return whether a file is compressed, by its first bytes."""
    return _opener(path) is not None


def opened(path: Path) -> IO[bytes]:
    """Return an open stream of the uncompressed bytes. Raises UnusableInput if an archive holds several tables."""
    opener = _opener(path)
    return path.open("rb") if opener is None else opener(path)


class Lines(io.TextIOBase):
    """Text of a table from its first row on, without comment lines between the rows; the first may be a header.

    The stream is closed with it.
    """

    def __init__(
        self, stream: IO[bytes], encoding: str, skipped: int, is_comment: Callable[[str], bool] | None
    ) -> None:
        """Skip some lines of a stream. is_comment: function that tells comments from rows, or None without any."""
        self._text, self._is_comment = io.TextIOWrapper(stream, encoding), is_comment
        for _ in range(skipped):
            self._text.readline()
        self._first = "" if is_comment is None else self._text.readline()

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int | None = -1) -> str:
        """Return about this many characters in whole lines, or "" at the end."""
        if self._is_comment is None:
            return self._text.read(size)
        if first := self._first:
            self._first = ""
            return first
        while lines := self._text.readlines(-1 if size is None else size):
            if kept := "".join(line for line in lines if not self._is_comment(line)):
                return kept
        return ""

    def close(self) -> None:
        """Close the stream."""
        self._text.close()
        super().close()


def _opener(path: Path) -> Callable[[Path], IO[bytes]] | None:
    with path.open("rb") as stream:
        head = stream.read(6)
    openers = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open, ZIP: _of_archive}
    found = next((opener for start, opener in openers.items() if head.startswith(start)), None)
    return cast("Callable[[Path], IO[bytes]] | None", found)


def _of_archive(path: Path) -> IO[bytes]:
    """Open the only table of a ZIP archive, or its only file."""
    archive = zipfile.ZipFile(path)
    names = [name for name in archive.namelist() if not name.endswith("/") and not _is_clutter(name)]
    if EXCEL in names:
        raise UnusableInput(f"{path}: is an Excel workbook, which isn't read; save it as CSV")
    tables = [name for name in names if PurePosixPath(name).suffix.lower() in SUFFIXES]
    found = names if len(names) == 1 else tables
    if len(found) != 1:
        shown = ", ".join(names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")
        raise UnusableInput(f"{path}: holds {len(names)} files ({shown}); unzip it, and name the one with the data")
    return archive.open(found[0])


def _is_clutter(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)
