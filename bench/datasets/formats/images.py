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
from gradrace.bench.results import UnusableInput
from gradrace.bench.text import said

CHANNELS = 3

logging.getLogger("PIL").addHandler(logging.NullHandler())  # otherwise Pillow logs damaged files to stderr


def read(folder: Path, how: ReadOptions) -> Dataset:
    """Return all images of all sub-folders, resized to one size in RGB.

    Raises UnusableInput if a file isn't a whole image, or if the images don't fit the memory.
    """
    files = [(file, kind.name) for kind in _visible(folder) if kind.is_dir() for file in _visible(kind)]
    if not files:
        raise UnusableInput(f"{folder}: no sub-folder with images; give it one for each class")
    labels, classes = binary(folder, np.array([kind for _, kind in files]), how.positive)
    shape = (*how.size, CHANNELS)
    needed = len(files) * int(np.prod(shape)) * (1 + BYTES_PER_NUMBER)
    check_fits(folder, f"{len(files)} images of shape {shape}", needed)
    pixels = np.stack([read_image(file, how.size) for file, _ in files])
    return Dataset(pixels.reshape(len(files), -1).T, labels, classes, shape)


def read_features(path: Path, wanted: Wanted) -> Iterator[Unlabelled]:
    """Yield each image of a folder and its sub-folders, or of one file, resized to the model's shape: X (n_x, 1).

    Raises UnusableInput if the model takes no images, or if an image can't be read.
    """
    if len(wanted.shape) != 3 or wanted.shape[2] != CHANNELS:
        told = f"an image, but the model takes {wanted.n_x} numbers of another kind"
        raise UnusableInput(f"{path}: {told}; give data of that kind")
    for file in _files_in(path) if path.is_dir() else [path]:
        yield Unlabelled(str(file), read_image(file, (wanted.shape[0], wanted.shape[1])).reshape(-1, 1))


def _files_in(folder: Path) -> list[Path]:
    found = [file for file in sorted(folder.rglob("*")) if file.is_file() and file in _visible(file.parent)]
    if not found:
        raise UnusableInput(f"{folder}: no image in it; name another folder")
    return found


def read_image(file: Path, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return an image as (height, width, 3) in uint8.

    Raises UnusableInput if the file isn't a whole image, or has over 89 megapixels.
    """
    height, width = size
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file) as image:
                if image.format == "EPS":
                    raise ValueError("a program, which Ghostscript would run")
                image.draft("RGB", (2 * width, 2 * height))  # decode a JPEG at a reduced size, at least this
                return np.asarray(_rgb(ImageOps.exif_transpose(image)).resize((width, height)))
    except OSError as error:
        raise UnusableInput(f"{file}: not a whole image ({said(error)}); repair it, or remove it") from error
    except Exception as error:  # damaged files raise SyntaxError, ValueError, struct.error, ...
        raise UnusableInput(f"{file}: not a usable image ({said(error)}); repair it, or remove it") from error


def _rgb(image: Image.Image) -> Image.Image:
    """Return the image in RGB. Transparent pixels become white.

    Of 16-bit values the upper 8 bits stay, where Pillow would clip at 255.
    """
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8)).convert("RGB")
    if image.mode in ("I", "F"):
        raise ValueError(f"of mode {image.mode}, whose range isn't known")
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")


def _visible(folder: Path) -> list[Path]:
    """Return the sorted contents of a folder without hidden files and Thumbs.db."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith(".") and path.name != "Thumbs.db")
