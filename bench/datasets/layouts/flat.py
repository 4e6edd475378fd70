"""Images in one folder whose classes are known: each name begins with one, or a table beside them names it."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from gradrace.bench.datasets.layouts.folders import (
    LEAST_CLASSES,
    LONG_LINE,
    MOST_CLASSES,
    NUMBERED,
    are_parts,
    only_folder,
)
from gradrace.bench.datasets.layouts.listing import files_of
from gradrace.bench.text import few

LEAST_EACH = 3
"""Least number of images whose names begin with a class: fewer may be chance."""

GENERAL = re.compile(
    r"(img|image|dsc[nf]?|pic|pict|picture|photo|p|gopr|frame|scan|screenshot|file|untitled|whatsapp|video|clip|day|"
    r"original|orig|aug|augmented|resized|crop|cropped|thumb|thumbnail)_?",
    re.IGNORECASE,
)
"""Beginnings of names of images of any class."""


class Flat(NamedTuple):
    """Images with their classes.

    Attributes:
        files: the images, each with its class.
        told: words that say where the classes are from.
        named: whether they are certainly names of classes; a table may hold ages, too.
    """

    files: list[tuple[Path, str]]
    told: str
    named: bool


def with_classes(folder: Path) -> Flat | None:
    """Return the images of a folder, or of its only sub-folder, with their classes, or None if these aren't certain."""
    where = only_folder(folder)
    images = files_of(where)
    by_names, by_table = _by_names(images), _by_table(where, images)
    differ = by_names and by_table and by_names.files != by_table.files
    return None if differ else by_names or by_table


def _by_names(images: Sequence[Path]) -> Flat | None:
    """Return the classes that all names begin with, such as `cat` in cat.0.jpg, if each has several images."""
    found = [NUMBERED.fullmatch(file.name) for file in images]
    kinds, marks = [match[1] for match in found if match], {match and match[2] for match in found}
    each = Counter(kinds)
    if None in found or len(marks) != 1 or not LEAST_CLASSES <= len(each) <= MOST_CLASSES:
        return None
    stems = {re.sub(r"\d", "", kind).casefold() for kind in each}  # video1 and video2, Cat and cat
    if min(each.values()) < LEAST_EACH or any(map(GENERAL.fullmatch, each)) or len(stems) < len(each):
        return None
    if are_parts([*each]):
        return None
    told = f"classes: the beginnings of the images' names ({few(sorted(each))}); for others, give each a sub-folder"
    return Flat([*zip(images, kinds, strict=True)], told, named=True)


def _by_table(folder: Path, images: Sequence[Path]) -> Flat | None:
    """Return the classes that a table of two columns names for all images, if it is the only one.

    It lies among the images, or beside their folder.
    """
    found = list[Flat]()
    for table in sorted(file for place in (folder, folder.parent) for file in place.glob("*.csv")):
        kinds = _kinds_of(table, [file.name for file in images])
        if kinds and all(file.name in kinds or file.stem in kinds for file in images):
            named = [(file, kinds.get(file.name) or kinds[file.stem]) for file in images]
            told = f"classes: those of {table}; for others, give each a sub-folder of images"
            found.append(Flat(named, told, named=False))
    return found[0] if images and len(found) == 1 else None


def _kinds_of(table: Path, images: Sequence[str]) -> dict[str, str]:
    """Return the class of each file that a table names; its first line may name an image, too.

    Return {} if it isn't of two columns, if a name or class lacks, or if the classes are parts of the data.
    images: names of the images.
    """
    with suppress(OSError, UnicodeDecodeError, csv.Error), table.open(newline="", encoding="utf-8-sig") as stream:
        if len(stream.readline(LONG_LINE)) == LONG_LINE:
            return {}
        stream.seek(0)
        lines = ([cell.strip() for cell in row] for row in csv.reader(stream))
        first, rows = next(lines, []), list[list[str]]()
        for row in chain([first] if first[:1] and first[0] in images else [], lines):
            if len(row) != 2:
                return {}  # another table, perhaps a large one
            rows.append(row)
        kinds = dict(rows)
        if len(kinds) == len(rows) and all(kinds) and all(kinds.values()) and not are_parts([*{*kinds.values()}]):
            return kinds
    return {}
