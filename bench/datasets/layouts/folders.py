"""Folders of images: the sub-folders of classes, within a training part, a test part or a single folder if any."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from gradrace.bench.datasets.layouts.commands import go_on, word
from gradrace.bench.datasets.layouts.features import letters_of
from gradrace.bench.datasets.layouts.listing import files_in, files_of, folders_of
from gradrace.bench.datasets.layouts.names import Part
from gradrace.bench.results import UnusableInput

TABLES = (".csv", ".tsv", ".txt", ".json")
"""Suffixes of files that may name the class of each image."""

PARTS: dict[Part, re.Pattern[str]] = {
    "train": re.compile(r"train(ing)?(set|data|images)?"),
    "test": re.compile(r"test(ing)?(set|data|images)?\d*"),
}
"""Names of the folders of a part, without case and punctuation; Kaggle has test1."""

VALIDATION = re.compile(r"(val|valid|validation|dev)(set|data|images)?")

BEGIN_OF_PART = re.compile(r"(train|test|val)(ing|id|idation)?(?![a-z])")
"""Beginning of a name such as train_cats, in lower case."""

VEHICLES = ("train", "trains")
"""Names of parts that a class may have, too, in lower case."""

IMAGES = re.compile(r"(jpe?g|png)?(images?|imgs?)")
"""Names of folders that hold images of any class, without case and punctuation."""

MASKS = re.compile(r"(image|img)?(mask|annotation|segmentation)s?")
"""Names of folders with an image for each image of another folder, without case and punctuation."""

NUMBERED = re.compile(r"([A-Za-z]\w*?)([._-]?)\d+\.\w+", re.ASCII)
"""Name of an image that begins with its class, such as cat.17.jpg."""

BY_TABLE = "docs/how-to/your-own-data.md#images-whose-classes-a-table-names"
"""Page with the recipe for images whose classes stand in a table."""

MOVED = (
    "import os, pandas; [os.renames(old, os.path.join({folder!r}, kind, file + {suffix!r})) for {order} in "
    "pandas.read_csv({table!r}, dtype=str{header}).itertuples(index=False) "
    "for old in [os.path.join({folder!r}, file + {suffix!r})] if os.path.isfile(old)]"
)
"""Program that moves images to folders of their classes, which a table names."""

LONG_LINE = 10_000
"""Number of letters that no line of two cells has."""

LEAST_CLASSES = 2

MOST_CLASSES = 100
"""Maximum number of classes that names of images begin with."""


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
    inner = folders_of(folder)
    parts = {part: [one for one in inner if pattern.fullmatch(letters_of(one.name))] for part, pattern in PARTS.items()}
    tests = parts["test"] + [one for one in inner if VALIDATION.fullmatch(letters_of(one.name))]
    if parts["train"] and (tests or _has_classes(parts["train"][0], part)):
        return _part(folder, part, parts["train"], tests)
    if len(inner) == 1 and not files_of(inner[0]) and folders_of(inner[0]):
        found = class_folder(inner[0], part)
        notes = found.notes if found.notes or part == "test" else (f"the classes are those of {found.folder}",)
        is_part_of_it = found.folder != inner[0]
        return Found(found.folder, notes) if is_part_of_it or _has_classes(found.folder, part) else Found(folder)
    return Found(folder)


def check_are_classes(folder: Path, kinds: Sequence[Path], part: Part) -> None:
    """Raise UnusableInput if a sub-folder with images isn't named as a class, but as a part, or as images of any kind.

    Raise it, too, if there is a single class to train with. kinds: the sub-folders with images.
    """
    named = [one for one in kinds if is_general(one.name)]
    parts = _parts([one.name for one in kinds])
    if named or len(parts) > 1:
        names = named[0].name if named else " and ".join(parts.values())
        what = "isn't the name of a class" if named else "aren't classes, but parts of the data"
        images = [one for one in named if IMAGES.fullmatch(letters_of(one.name))]
        if inner := next((one for one in images if _has_classes(one, part)), None):
            raise UnusableInput(
                f"{folder}: {names} {what}; go on with --data {word(inner)} if its sub-folders are them"
            )
        if any(MASKS.fullmatch(letters_of(one.name)) for one in folders_of(folder)):
            raise UnusableInput(
                f"{folder}: images and their masks, but no classes; give it one sub-folder of images for each class"
                f"{_beside(folder)}"
            )
        raise UnusableInput(f"{folder}: {names} {what}; give it one sub-folder for each class{_beside(folder)}")
    if len(kinds) < LEAST_CLASSES and part == "train":
        told = f"only {kinds[0].name} has images"
        raise UnusableInput(f"{folder}: {told}; give it one sub-folder for each class{_beside(folder)}")


def is_general(name: str) -> bool:
    """Return whether a name is that of a part of the data, or of images of any class."""
    known = letters_of(name)
    general = (IMAGES, VALIDATION, *PARTS.values())
    return known not in VEHICLES and any(pattern.fullmatch(known) for pattern in general)


def are_parts(names: Sequence[str]) -> bool:
    """Return whether one of these names is general, or of masks, or if they begin with different parts of the data."""
    masks = any(MASKS.fullmatch(letters_of(name)) for name in names)
    return masks or any(map(is_general, names)) or len(_parts(names)) > 1


def _parts(names: Sequence[str]) -> dict[str, str]:
    """Return the last name that begins with each part of the data."""
    return {found[1]: name for name in names if (found := BEGIN_OF_PART.match(name.lower()))}


def without_classes(folder: Path) -> UnusableInput:
    """Return the refusal of a folder without sub-folders of images, with what makes such folders if it is known."""
    files = files_of(folder)
    found = [NUMBERED.fullmatch(file.name) for file in files]
    kinds, marks = {match and match[1] for match in found}, {match and match[2] for match in found}
    may_be_classes = LEAST_CLASSES <= len(kinds) <= MOST_CLASSES and not are_parts([*map(str, kinds)])
    if may_be_classes and len(marks) == 1 and None not in kinds:
        place, names = word(folder), " ".join(sorted(map(str, kinds)))
        move = f"mkdir {place}/$kind && mv {place}/${{kind}}{marks.pop()}[0-9]* {place}/$kind"
        return UnusableInput(
            f"{folder}: no sub-folder for each class, but names of images that begin with one; "
            f"move them: for kind in {names}; do {move}; done"
        )
    return UnusableInput(f"{folder}: no sub-folder with images; give it one for each class{_beside(folder)}")


def _part(folder: Path, part: Part, trains: list[Path], tests: list[Path]) -> Found:
    """Return the classes' folder in a folder of several parts."""
    usable = [one for one in tests if _has_classes(one, part)]
    if part == "test":
        if not usable:
            where = (*tests, folder)[0]
            raise UnusableInput(f"{where}: no sub-folder for each class to test with; use --test-share 0.2 instead")
        return class_folder(usable[0], part)
    trained = class_folder(trains[0], part).folder
    more = f"; --test-data {folder} tests with {usable[0]}" if usable else ""
    return Found(trained, (f"{folder} holds several parts: {trained} is the training part{more}",))


def _has_classes(folder: Path, part: Part) -> bool:
    return len(folders_of(class_folder(folder, part).folder)) >= LEAST_CLASSES


def _named_by_table(folder: Path) -> str:
    """Return the words with the command that moves images to folders of their classes, which a table names, or "".

    The table lies among the images or beside their folder, and has two columns: a name of an image, and its class.
    """
    files = files_of(folder)
    suffixes = {file.stem: file.suffix for file in files} | {file.name: "" for file in files}
    for table in sorted(file for place in (folder, folder.parent) for file in place.glob("*.csv")):
        with suppress(OSError, UnicodeDecodeError, csv.Error), table.open(newline="") as stream:
            rows = [*islice(csv.reader(iter(partial(stream.readline, LONG_LINE), "")), 2)]
            cells = rows[1] if len(rows) == 2 and len(rows[1]) == 2 else []
            named = [cell for cell in cells if cell in suffixes]
            if len(named) == 1:
                suffix = suffixes[named[0]]
                order = "file, kind" if named[0] == cells[0] else "kind, file"
                header = ", header=None" if {*rows[0]} & {*suffixes} else ""
                made = MOVED.format(folder=str(folder), table=str(table), suffix=suffix, order=order, header=header)
                return f"; if {table.name} names the classes: {go_on(folder, made)}"
    return ""


def _beside(folder: Path) -> str:
    """Return the recipe for images whose classes stand in a table, if a table lies in the folder."""
    if told := _named_by_table(only_folder(folder)):
        return told
    tables = [one for one in files_in(folder) if one.suffix.lower() in TABLES and not one.name.startswith(".")]
    return f"; if {tables[0].name} names the classes: {BY_TABLE}" if tables else ""


def only_folder(folder: Path) -> Path:
    """Return the only sub-folder of a folder, or the folder itself if it has none or several."""
    inner = folders_of(folder)
    return inner[0] if len(inner) == 1 else folder


def is_part(path: Path) -> bool:
    """Return whether the name of a folder is that of a part of the data, such as `train` or `val`."""
    return any(pattern.fullmatch(letters_of(path.name)) for pattern in (*PARTS.values(), VALIDATION))
