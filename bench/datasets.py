"""Real problems, from files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import h5py
import numpy as np
import psutil
from numpy.typing import NDArray

from bench.results import Dtype, UnusableInput
from impls.interface import Problem

LAYOUT = "gradrace reads the course's layout: *_set_x (m, height, width, 3) of uint8 and *_set_y (m,) of 0 and 1"
BYTES_PER_PIXEL = 1 + 8
"""A pixel as it is read, and the feature in float64 that an implementation makes of it."""

Part: TypeAlias = Literal["train", "test"]
PIXEL_SCALE = 1 / 255
"""What brings pixels from 0..255 to features from 0 to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Images:
    """pixels: (m, height, width, channels), uint8. labels: (m,), each 0 or 1."""

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def problem(self, dtype: Dtype = "float64") -> Problem:
        """Each image unrolled to a column x of X (height·width·channels, m), scaled to 0..1."""
        precision = np.dtype(dtype)
        X = self.pixels.reshape(len(self.pixels), -1).T
        return Problem(X, self.labels[np.newaxis].astype(precision), precision, PIXEL_SCALE)


def read_images(path: Path, part: Part) -> Images:
    """The images and labels in an HDF5 file of the course's layout: train_set_x and train_set_y, or test_set_x and _y.

    Raises UnusableInput if there is no such file, or if it holds anything else, before any of that is read.
    """
    if not path.is_file():
        cause = "is not a file" if path.exists() else "no such file"
        raise UnusableInput(f"{path}: {cause}; name an HDF5 file of images")
    try:
        with h5py.File(path) as file:
            images, classes = _dataset(path, file, f"{part}_set_x"), _dataset(path, file, f"{part}_set_y")
            _check_kinds(path, images, classes)
            pixels, labels = images[()], classes[()]
    except (OSError, RuntimeError) as error:
        raise UnusableInput(f"{path}: not a whole HDF5 file ({_first_line(error)}); {LAYOUT}") from error
    _check_labels(path, labels)
    return Images(pixels, labels.astype(np.int64))


def _dataset(path: Path, file: h5py.File, name: str) -> h5py.Dataset:
    dataset = file.get(name)
    if not isinstance(dataset, h5py.Dataset):
        raise UnusableInput(f"{path}: needs {name}, found {', '.join(file) or 'nothing'}; {LAYOUT}")
    return dataset


def _check_kinds(path: Path, images: h5py.Dataset, classes: h5py.Dataset) -> None:
    """See by shapes and dtypes alone that these are images with a class each, and that they fit the memory."""
    if images.shape is None or len(images.shape) != 4 or images.size == 0 or images.dtype != np.uint8:
        found = f"{images.dtype} of shape {images.shape}"
        raise UnusableInput(f"{path}: the images are {found}, not uint8 of (m, height, width, channels); {LAYOUT}")
    m = images.shape[0]
    if classes.shape != (m,):
        raise UnusableInput(f"{path}: {m} images but labels of shape {classes.shape}; {LAYOUT}")
    if classes.dtype.kind not in "biuf":
        raise UnusableInput(f"{path}: the labels are {classes.dtype}, not numbers of one part; {LAYOUT}")
    needed, free = BYTES_PER_PIXEL * images.size, psutil.virtual_memory().available
    if needed > free:
        raise UnusableInput(
            f"{path}: {m} images of shape {images.shape[1:]} need about {needed / 1e9:.1f} GB, "
            f"{free / 1e9:.1f} GB are free; give fewer or smaller ones"
        )


def _check_labels(path: Path, labels: NDArray[Any]) -> None:
    wrong = np.flatnonzero(~np.isin(labels, (0, 1)))
    if wrong.size:
        first = wrong[0]
        raise UnusableInput(f"{path}: label {labels[first]} of image {first} is neither 0 nor 1; relabel the classes")


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
