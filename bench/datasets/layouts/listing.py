"""Contents of folders. The system tells which of them are folders, so that 50,000 files need no look at each."""

from __future__ import annotations

import os
from operator import attrgetter
from pathlib import Path


def entries_of(folder: Path) -> list[os.DirEntry[str]]:
    """Return the contents of a folder in the order of their names."""
    with os.scandir(folder) as found:
        return sorted(found, key=attrgetter("name"))


def folders_in(folder: Path) -> list[Path]:
    """Return the folders in a folder, and links to some, in the order of their names."""
    return [Path(one.path) for one in entries_of(folder) if is_folder(one)]


def files_in(folder: Path) -> list[Path]:
    """Return the files in a folder, and links to some, in the order of their names."""
    return [Path(one.path) for one in entries_of(folder) if one.is_file(follow_symlinks=False) or _leads_to_file(one)]


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a folder, or a link to one. A link that leads nowhere isn't."""
    return Path(entry.path).is_dir() if entry.is_symlink() else entry.is_dir()


def _leads_to_file(entry: os.DirEntry[str]) -> bool:
    return entry.is_symlink() and Path(entry.path).is_file()
