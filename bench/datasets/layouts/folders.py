"""Folders of images: the sub-folders of classes, within a training part, a test part or a single folder if any."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from gradrace.bench.datasets.layouts.names import Part
from gradrace.bench.results import UnusableInput

CLUTTER = ("__macosx", "_ds_store", "desktop.ini", "thumbs.db", "ehthumbs.db", "readme", "license")
"""Names of files and folders that are neither images nor classes, in lower case. Neither are hidden ones."""

CLUTTER_SUFFIXES = (".txt", ".csv", ".tsv", ".json", ".xml", ".md", ".yaml", ".yml", ".ini", ".db")
"""Suffixes of files that describe images."""

PARTS: dict[Part, re.Pattern[str]] = {
    "train": re.compile(r"train(ing)?(set|data|images)?"),
    "test": re.compile(r"test(ing)?(set|data|images)?"),
}
"""Names of the folders of a part, without case and punctuation."""

VALIDATION = re.compile(r"(val|valid|validation|dev)(set|data|images)?")

LEAST_CLASSES = 2


class Found(NamedTuple):
    """Folder whose sub-folders are the classes, and remarks on it for the user."""

    folder: Path
    notes: tuple[str, ...] = ()


def class_folder(folder: Path, part: Part) -> Found:
    """Return the folder with the classes of a part.

    It is the folder itself, a sub-folder such as `train` or `test_set` if there are several parts, or the classes'
    only common folder. Without a test part, the validation part counts as one.
    Raises UnusableInput if there is a training part, but none to test with.
    """
    inner = _folders(folder)
    parts = {part: [one for one in inner if pattern.fullmatch(_letters(one))] for part, pattern in PARTS.items()}
    tests = parts["test"] + [one for one in inner if VALIDATION.fullmatch(_letters(one))]
    if parts["train"] and tests:
        return _part(folder, part, parts["train"], tests)
    if len(inner) == 1 and len(_folders(inner[0])) >= LEAST_CLASSES and not _files(inner[0]):
        found = class_folder(inner[0], part)
        return (
            found if found.notes or part == "test" else Found(found.folder, (f"the classes are those of {inner[0]}",))
        )
    return Found(folder)


def is_clutter(path: Path) -> bool:
    """Return whether a file or folder is neither an image nor a class, by its name."""
    name = path.name.lower()
    return name.startswith(".") or name in CLUTTER or name.endswith(CLUTTER_SUFFIXES)


def _part(folder: Path, part: Part, trains: list[Path], tests: list[Path]) -> Found:
    """Return the classes' folder in a folder of several parts."""
    usable = [one for one in tests if len(_folders(class_folder(one, part).folder)) >= LEAST_CLASSES]
    if part == "test":
        if not usable:
            raise UnusableInput(f"{tests[0]}: no sub-folder for each class to test with; use --test-share 0.2 instead")
        return class_folder(usable[0], part)
    trained = class_folder(trains[0], part).folder
    more = f"; --test-data {folder} tests with {usable[0]}" if usable else ""
    return Found(trained, (f"{folder} holds several parts: {trained} is the training part{more}",))


def _folders(folder: Path) -> list[Path]:
    return [one for one in sorted(folder.iterdir()) if one.is_dir() and not is_clutter(one)]


def _files(folder: Path) -> list[Path]:
    return [one for one in folder.iterdir() if one.is_file() and not is_clutter(one)]


def _letters(path: Path) -> str:
    return re.sub(r"[\W_]", "", path.name.lower())
