"""Images of any size and mode: a folder with a sub-folder for each class, or images to classify."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from gradrace.bench.datasets.formats.checks import BYTES_PER_NUMBER, check_fits
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Unlabelled, Wanted
from gradrace.bench.datasets.formats.labels import binary
from gradrace.bench.datasets.layouts.flat import with_classes
from gradrace.bench.datasets.layouts.folders import (
    check_are_classes,
    class_folder,
    without_classes,
)
from gradrace.bench.datasets.layouts.kinds import RAW, unread
from gradrace.bench.datasets.layouts.listing import files_of, folders_of, is_clutter
from gradrace.bench.datasets.layouts.nested import files_below, images_of
from gradrace.bench.results import UnusableInput
from gradrace.bench.text import few, said

CHANNELS = 3

TWELVE_BITS = 12
"""Bits of the values that many cameras and scanners save in 16-bit images."""

FIRST_COUNTS = {"MPO"}
"""Formats with several images of which the first is the photo. Cameras append a preview."""

MOST_NAMED, MOST_FILES = 3, 30
"""Maximum numbers of folders and files that a message names, and of files to remove."""

logging.getLogger("PIL").addHandler(logging.NullHandler())  # otherwise Pillow logs damaged files to stderr


def read(folder: Path, how: ReadOptions) -> Dataset:
    """Return all images of the sub-folders of classes and of the folders in them, resized to one size in RGB.

    Raises UnusableInput if files aren't whole images, or if the images don't fit the memory.
    """
    where, notes = class_folder(folder, how.part)
    kinds = folders_of(where)
    filled = [kind for kind in kinds if files_below(kind)]
    flat = with_classes(where) if len(filled) <= 1 and (how.guesses or how.part == "test") else None
    files, told = _of_folders(where, kinds, filled, how) if flat is None else (flat.files, (flat.told,))
    labelled = binary(where, np.array([kind for _, kind in files]), how, named=flat is None or flat.named)
    shape = (*how.size, CHANNELS)
    needed = len(files) * int(np.prod(shape)) * (1 + BYTES_PER_NUMBER)
    check_fits(where, f"{len(files)} images of shape {shape}", needed)
    pixels = _all_of(where, [file for file, _ in files], how.size)
    labelled = labelled._replace(readings=(*told, *labelled.readings))
    return labelled.dataset(pixels.reshape(len(files), -1).T, shape=shape, notes=notes)


def _of_folders(
    where: Path, kinds: list[Path], filled: list[Path], how: ReadOptions
) -> tuple[list[tuple[Path, str]], tuple[str, ...]]:
    """Return the images of the sub-folders, each with its class, and what the user should know of them.

    kinds, filled: all sub-folders, and those that hold files. Raises UnusableInput if they aren't classes.
    """
    if not filled:
        raise without_classes(where)
    check_are_classes(where, filled, how.part)
    images, told = images_of(where, filled)
    return [(file, kind.name) for kind in filled for file in images[kind]], (*told, *_left_out(where, kinds, filled))


def _left_out(folder: Path, kinds: list[Path], filled: list[Path]) -> tuple[str, ...]:
    """Return the words that name what a folder holds beside the images of its classes."""
    empty = [kind.name for kind in kinds if kind not in filled]
    beside = [file.name for file in files_of(folder)]
    readings = [f"empty folders are no classes: {few(empty, MOST_NAMED)}"] if empty else []
    return (*readings, *([f"files beside the classes are left out: {few(beside, MOST_NAMED)}"] if beside else ()))


def _all_of(folder: Path, files: list[Path], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the images as (m, height, width, 3). Raises UnusableInput that names all unusable files at once."""
    pixels, refusals = np.empty((len(files), *size, CHANNELS), np.uint8), dict[str, list[Path]]()
    for place, file in enumerate(files):
        try:
            pixels[place] = read_image(file, size)
        except UnusableInput as reason:
            refusals.setdefault(str(reason).removeprefix(f"{file}: "), []).append(file)
    unusable = sum(map(len, refusals.values()))
    if unusable > 1:
        told = [why.partition("; ") for why in refusals]
        names = [few([str(file.relative_to(folder)) for file in found], MOST_FILES) for found in refusals.values()]
        causes = ", ".join(f"{name} {cause}" for name, (cause, *_) in zip(names, told, strict=True))
        remedies = ", or ".join(dict.fromkeys(remedy for *_, remedy in told))
        raise UnusableInput(f"{folder}: {unusable} of {len(files)} files aren't usable: {causes}; {remedies}")
    for why, found in refusals.items():
        raise UnusableInput(f"{found[0]}: {why}")
    return pixels


def read_features(path: Path, wanted: Wanted) -> Iterator[Unlabelled]:
    """Yield each image of a folder and its sub-folders, or of one file, resized to the model's shape: X (n_x, 1).

    Raises UnusableInput if the model takes no images, or if an image can't be read.
    """
    if len(wanted.shape) != 3 or wanted.shape[2] != CHANNELS:
        given = "a folder" if path.is_dir() else "an image"
        raise UnusableInput(f"{path}: is {given}, but the model takes {wanted.kind()}; name files of that kind")
    for file in _files_in(path) if path.is_dir() else [path]:
        yield Unlabelled(str(file), read_image(file, (wanted.shape[0], wanted.shape[1])).reshape(-1, 1))


def _files_in(folder: Path) -> list[Path]:
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    found = [file for file in files if not any(map(is_clutter, (file, *file.relative_to(folder).parents[:-1])))]
    if not found:
        raise UnusableInput(f"{folder}: no image in it; name another folder")
    return found


def read_image(file: Path, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return an image as (height, width, 3) in uint8.

    Raises UnusableInput if the file isn't a whole image, or has over 89 megapixels.
    """
    height, width = size
    if file.is_symlink() and not file.exists():
        raise UnusableInput(f"{file}: is a link to a file that doesn't exist; remove it")
    try:
        if file.suffix.lower() in RAW:
            raise OSError("a thumbnail is all that could be read")
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file) as image:
                if image.format == "EPS":
                    raise ValueError("a program, which Ghostscript would run")
                if (count := getattr(image, "n_frames", 1)) > 1 and image.format not in FIRST_COUNTS:
                    raise ValueError(f"{count} images in one file")
                image.draft("RGB", (2 * width, 2 * height))  # decode a JPEG at a reduced size, at least this
                return np.asarray(_rgb(ImageOps.exif_transpose(image)).resize((width, height)))
    except Exception as error:  # damaged files raise OSError, SyntaxError, ValueError, struct.error, ...
        what = "whole" if isinstance(error, OSError) else "usable"
        cause = said(error).replace(f" {str(file)!r}", "")
        told = f"not a {what} image ({cause}); repair it, or remove it"
        raise UnusableInput(f"{file}: {unread(file) or told}") from error


def _rgb(image: Image.Image) -> Image.Image:
    """Return the image in RGB. Transparent pixels become white.

    Of 16-bit values the upper 8 bits stay, where Pillow would clip at 255. Of 12-bit values only 4 would stay.
    """
    if image.mode.startswith("I;16"):
        values = np.asarray(image).astype(np.uint16)
        if 0 < values.max() < 2**TWELVE_BITS:
            raise ValueError(f"16-bit values of at most {values.max()}, whose range isn't known")
        return Image.fromarray((values >> 8).astype(np.uint8)).convert("RGB")
    if image.mode in ("I", "F"):
        raise ValueError(f"of mode {image.mode}, whose range isn't known")
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")
