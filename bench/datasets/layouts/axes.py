"""Axes of an array of examples: features, grey images, or images with their channels last or first."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.results import UnusableInput

CHANNELS = (1, 3, 4)
"""Possible numbers of channels: grey, RGB, RGBA."""


class Axes(NamedTuple):
    """Axes of an array of examples.

    Attributes:
        flat: (m, n_x); of an array of two dimensions its shape, whose columns may be the examples.
        image: (height, width, channels) of the image that an example unrolls, or ().
        channels_first: whether the array has its channels before height and width.
        examples_last: whether the last axis counts the examples, as MATLAB's images have it.
    """

    flat: tuple[int, int]
    image: tuple[int, ...] = ()
    channels_first: bool = False
    examples_last: bool = False

    def rows(self, X: NDArray[Any]) -> NDArray[Any]:
        """Return an array with these axes, in shape `flat`, and with the channels last."""
        if self.examples_last:
            X = np.moveaxis(X, -1, 0)
        if not self.channels_first:
            return X.reshape(self.flat)
        height, width, channels = self.image
        return X.reshape(-1, channels, height, width).transpose(0, 2, 3, 1).reshape(len(X), -1)


def axes_of(path: Path, shape: tuple[int, ...], m: int | None = None, *, columns: bool = False) -> Axes:
    """Return the axes of an array of this shape.

    The shapes are (m, n_x), (m, height, width), (m, height, width, channels) and (m, channels, height, width). If the
    second axis and the last could both be the channels, the last are. Of images, m may be the last axis, too.
    Raises UnusableInput for any other shape.

    m: number of labels, if it is known. columns: whether the last axis counts the examples even if both could.
    """
    if len(shape) > 2 and m == shape[-1] and (columns or m != shape[0]):
        return axes_of(path, (m, *shape[:-1]))._replace(examples_last=True)
    if len(shape) not in (2, 3, 4) or 0 in shape:
        raise UnusableInput(f"{path}: X is of shape {shape}; save it as (m, features) or (m, height, width, channels)")
    flat = shape[0], math.prod(shape[1:])
    match shape[1:]:
        case (_,):
            return Axes(flat)
        case (height, width):
            return Axes(flat, (height, width, 1))
        case (height, width, channels) if channels in CHANNELS:
            return Axes(flat, (height, width, channels))
        case (channels, height, width) if channels in CHANNELS:
            return Axes(flat, (height, width, channels), channels_first=True)
    raise UnusableInput(f"{path}: X is of shape {shape}, without 1, 3 or 4 channels; reshape it to {flat}")
