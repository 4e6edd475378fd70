"""Real problems, from files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from bench.results import Dtype, UnusableInput
from impls.interface import Problem

LAYOUT = "gradrace reads the course's layout: *_set_x (m, height, width, 3) of uint8 and *_set_y (m,) of 0 and 1"
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


def read_images(path: Path) -> Images:
    """The images and labels in an HDF5 file of the course's layout: train_set_x and train_set_y, or test_set_x and _y.

    Raises UnusableInput if there is no such file, or if it holds anything else.
    """
    try:
        with h5py.File(path) as file:
            part = _only_part(path, file)
            pixels, labels = np.asarray(file[f"{part}_set_x"]), np.asarray(file[f"{part}_set_y"])
    except FileNotFoundError as error:
        raise UnusableInput(f"{path}: no such file; give --data an HDF5 file of images") from error
    except (OSError, RuntimeError) as error:
        raise UnusableInput(f"{path}: not a whole HDF5 file ({_first_line(error)}); {LAYOUT}") from error
    except KeyError as error:
        raise UnusableInput(f"{path}: {_first_line(error)}; {LAYOUT}") from error
    _check(path, pixels, labels)
    return Images(pixels, labels.astype(np.int64))


def _only_part(path: Path, file: h5py.File) -> str:
    """`train` or `test`, whichever the file holds."""
    parts: list[str] = sorted(name.removesuffix("_set_x") for name in file if name.endswith("_set_x"))
    if len(parts) != 1:
        found = ", ".join(f"{part}_set_x" for part in parts) or "none"
        raise UnusableInput(f"{path}: needs exactly one set of images, found {found}; {LAYOUT}")
    return parts[0]


def _check(path: Path, pixels: NDArray[Any], labels: NDArray[Any]) -> None:
    if pixels.dtype.kind == "f" and not np.isfinite(pixels).all():
        raise UnusableInput(f"{path}: the images hold NaN or infinity; {LAYOUT}")
    if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.size == 0:
        found = f"{pixels.dtype} of shape {pixels.shape}"
        raise UnusableInput(f"{path}: the images are {found}, not uint8 of (m, height, width, channels); {LAYOUT}")
    if labels.shape != (len(pixels),):
        raise UnusableInput(f"{path}: {len(pixels)} images but labels of shape {labels.shape}; {LAYOUT}")
    wrong = np.flatnonzero(~np.isin(labels, (0, 1)))
    if wrong.size:
        first = wrong[0]
        raise UnusableInput(f"{path}: label {labels[first]} of image {first} is neither 0 nor 1; relabel the classes")


def _first_line(error: BaseException) -> str:
    return str(error.args[0] if error.args else error).partition("\n")[0]
