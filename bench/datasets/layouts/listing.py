"""Contents of folders. The system tells which of them are folders, so that 50,000 files need no look at each."""

from __future__ import annotations

import os
from operator import attrgetter
from pathlib import Path

CLUTTER = ("__macosx", "_ds_store", "desktop.ini", "thumbs.db", "ehthumbs.db", "readme", "license")
"""Names of files and folders that are neither images nor classes, in lower case. Neither are hidden ones."""

DESCRIPTIONS = (".txt", ".csv", ".tsv", ".json", ".xml", ".md", ".yaml", ".yml", ".ini", ".db")
PROGRAMS = (".py", ".ipynb", ".sh", ".log", ".lock", ".toml", ".cfg")
CLUTTER_SUFFIXES = (*DESCRIPTIONS, *PROGRAMS)
"""Suffixes of files that describe images, or read them."""


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


def is_clutter(path: Path) -> bool:
    """Return whether a file or folder is neither an image nor a class, by its name."""
    name = path.name.lower()
    return name.startswith(".") or name in CLUTTER or name.endswith(CLUTTER_SUFFIXES)


def folders_of(folder: Path) -> list[Path]:
    """Return the folders in a folder, without clutter."""
    return [one for one in folders_in(folder) if not is_clutter(one)]


def files_of(folder: Path) -> list[Path]:
    """Return the files in a folder, without clutter."""
    return [one for one in files_in(folder) if not is_clutter(one)]
