"""Images in sub-folders of a class's folder: they are of that class, unless the sub-folders could be the classes."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from gradrace.bench.datasets.layouts.commands import free, python, word
from gradrace.bench.datasets.layouts.features import letters_of
from gradrace.bench.datasets.layouts.folders import IMAGES, is_part
from gradrace.bench.datasets.layouts.listing import entries_of, files_of, folders_of, is_clutter, is_folder
from gradrace.bench.results import UnusableInput
from gradrace.bench.text import few

MOST_SHOWN = 3
"""Maximum number of folders that a message names."""

DERIVED = re.compile(r"(image|img)?(mask|thumb|thumbnail|preview|annotation|segmentation|heatmap)s?")
"""Names of sub-folders with images that are made from those beside them, without case and punctuation."""

NUMBERED = re.compile(r".*\d.*")
"""Names of sub-folders that are no classes, such as those of patients, years or batches."""

MOVED = (
    "import os, pathlib; [os.renames(file, new) for file in [*pathlib.Path({folder!r}).glob('*/*/**/*')] "
    "if file.is_file() for of, *to in [file.relative_to({folder!r}).parts] for new in [pathlib.Path({new})] "
    "if {{*to}}.isdisjoint({masks}) and file.name[0] != '.' and not new.exists()]"
)
"""Program that moves images of sub-folders, whose folders begin their new names."""

Inner = Mapping[Path, Sequence[Path]]
"""Sub-folders with files, for each class."""


def check_no_loop(folder: Path) -> None:
    """Raise UnusableInput if a link in a folder leads back to a folder that holds it, so that no search would end."""
    for _ in _folders(folder, frozenset(folder.resolve().parents)):
        pass


def files_below(folder: Path) -> list[Path]:
    """Return the files of a folder and of its sub-folders, without clutter, in the order of their paths."""
    found = list[Path]()
    for entry in entries_of(folder):
        path = Path(entry.path)
        if not is_clutter(path):
            found += files_below(path) if is_folder(entry) else [path]
    return found


def images_of(folder: Path, kinds: Sequence[Path]) -> tuple[dict[Path, list[Path]], tuple[str, ...]]:
    """Return the images of each class, and the words that say which sub-folders they are from.

    kinds: folders of the classes. Of a class's `images` beside other sub-folders, such as `masks`, only `images` count.
    Sub-folders of masks or thumbnails beside other images are left out.
    Raises UnusableInput if the sub-folders are parts of the data, or could be the classes.
    """
    inner = {kind: _filled(kind) for kind in kinds}
    inner = {kind: found for kind, found in inner.items() if found}
    _check_no_parts(folder, inner)
    left_out = {one for kind, found in inner.items() for one in _beside_images(kind, found)}
    inner = {kind: [one for one in found if one not in left_out] for kind, found in inner.items()}
    _check_no_classes(folder, inner, left_out)
    images = {kind: [file for file in files_below(kind) if left_out.isdisjoint(file.parents)] for kind in kinds}
    counted = [one for found in inner.values() for one in found]
    told = [f"images in {_few(folder, counted)} are of the class above"] if counted else []
    return images, (*told, *([f"left out: {_few(folder, sorted(left_out))}"] if left_out else ()))


def _beside_images(kind: Path, inner: Sequence[Path]) -> list[Path]:
    """Return the sub-folders of a class that hold no images of it: all beside `images`, or those of masks."""
    named = [one for one in inner if IMAGES.fullmatch(letters_of(one.name))]
    if len(named) == 1:
        return [one for one in inner if one not in named]
    derived = [one for one in inner if DERIVED.fullmatch(letters_of(one.name))]
    return [] if all({*derived}.intersection(file.parents) for file in files_below(kind)) else derived


def _check_no_parts(folder: Path, inner: Inner) -> None:
    """Raise UnusableInput if the classes hold the parts, with the command that makes folders of parts of them."""
    if parts := [*dict.fromkeys(one.name for found in inner.values() for one in found if is_part(one))]:
        kinds, place = " ".join(shlex.quote(kind.name) for kind in inner), word(folder)
        move = f'mkdir -p {place}/"$part" && mv {place}/"$kind/$part" {place}/"$part/$kind"'
        raise UnusableInput(
            f"{folder}: each class has the parts {', '.join(parts)}; make folders of parts with the classes: "
            f"for part in {' '.join(map(shlex.quote, parts))}; do for kind in {kinds}; do {move}; done; done"
        )


def _check_no_classes(folder: Path, inner: Inner, left_out: Collection[Path]) -> None:
    """Raise UnusableInput if a class has several sub-folders that may be the classes, and no images beside them.

    They may be if other classes have sub-folders of the same names, or if their names hold no digit.
    left_out: sub-folders of masks, which the advised commands leave where they are.
    """
    several = {kind: found for kind, found in inner.items() if len(found) > 1 and not _has_images(kind)}
    names = [one.name for found in several.values() for one in found]
    for kind, found in several.items():
        if not any(names.count(one.name) > 1 or not NUMBERED.fullmatch(one.name) for one in found):
            continue
        masks = sorted({one.name for one in left_out})
        up = MOVED.format(folder=str(folder), masks=masks, new=f"{str(folder)!r}, of, '-'.join(to)")
        whole = ""
        if len(several) > 1:
            other = free(f"{folder}-classes")
            made = MOVED.format(folder=str(folder), masks=masks, new=f"{other!r}, to[0], '-'.join([of, *to[1:]])")
            whole = f", or with those of all folders: --data {word(other)} after {python(made)}"
        raise UnusableInput(
            f"{folder}: {kind.name} has the sub-folders {_few(kind, found)}; if these are the classes, go on with "
            f"--data {word(kind)}{whole}; if not, move their images up: {python(up)}"
        )


def _has_images(kind: Path) -> bool:
    """Return whether a class has files beside its sub-folders."""
    return bool(files_of(kind))


def _filled(kind: Path) -> list[Path]:
    return [one for one in folders_of(kind) if files_below(one)]


def _few(folder: Path, paths: Sequence[Path]) -> str:
    return few([str(path.relative_to(folder)) for path in paths], MOST_SHOWN)


def _folders(folder: Path, above: frozenset[Path]) -> Iterator[Path]:
    """Yield all folders below a folder. above: folders that it lies in, without links."""
    here = folder.resolve()
    if here in above:
        raise UnusableInput(f"{folder}: is a link to a folder that holds it; remove it: rm {word(folder)}")
    with os.scandir(folder) as entries:
        inner = sorted(entry.path for entry in entries if entry.is_dir())
    for path in map(Path, inner):
        yield path
        yield from _folders(path, above | {here})
