"""Text of a table, uncompressed if the file is compressed, or as CSV if another program wrote it.

A file may be compressed by gzip, bzip2 or xz, or be a ZIP archive with a single table.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO

from gradrace.bench.datasets.dialects import programs
from gradrace.bench.datasets.dialects.sparse_arff import opened_dense
from gradrace.bench.datasets.layouts.foreign import PACKERS, ZIP, of_archive
from gradrace.bench.results import UnusableInput

SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".data", ".dat", ".arff", ".svm", ".libsvm", ".svmlight")
"""Suffixes of text files with a table."""


def is_packed(path: Path) -> bool:
    """Return whether a file is compressed, or of another program, by its first bytes."""
    return _opener(path) is not None


def opened(path: Path) -> IO[bytes]:
    """Return an open stream of the uncompressed bytes. Raises UnusableInput if an archive holds several tables."""
    return opened_dense(path, _opener(path) or _plain)


def _plain(path: Path) -> IO[bytes]:
    return path.open("rb")


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
    if programs.is_of_program(path):
        return programs.opened
    with path.open("rb") as stream:
        head = stream.read(6)
    openers = {**PACKERS, ZIP: _of_archive}
    return next((opener for start, opener in openers.items() if head.startswith(start)), None)


def _of_archive(path: Path) -> IO[bytes]:
    """Open the only table of a ZIP archive, or its only file."""
    archive = zipfile.ZipFile(path)
    names = [name for name in archive.namelist() if not name.endswith("/") and not _is_clutter(name)]
    tables = [name for name in names if PurePosixPath(name).suffix.lower() in SUFFIXES]
    found = names if len(names) == 1 else tables
    if len(found) != 1 or found[0].startswith("xl/"):
        raise UnusableInput(f"{path}: {of_archive(path, names)}")
    return archive.open(found[0])


def _is_clutter(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)
