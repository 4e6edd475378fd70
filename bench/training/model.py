"""Trained classifier and its file: an .npz of plain arrays, never a pickle."""

from __future__ import annotations

import math
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.feature_scaling import Scaling
from gradrace.bench.datasets.formats.npz import read_arrays
from gradrace.bench.results import UnusableInput
from gradrace.bench.scratch import replaced

MEMBERS = {
    **dict.fromkeys(("w", "mean", "deviation", "shape", "features", "classes"), 1),
    **dict.fromkeys(("b", "factor", "record"), 0),
}
"""Arrays of the .npz, and the number of dimensions of each."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Origin of a model.

    Attributes:
        data: hash of the problem.
        costs: (iteration, J), of which the last belongs to the model.
        unnamed: `Dataset.unnamed` of the training data.
        threshold: probability above which an example is predicted to be of class 1.
    """

    date: str
    implementation: str
    dtype: str
    alpha: float
    decay: float
    data: str
    costs: list[tuple[int, float]]
    unnamed: tuple[str, ...] = ()
    threshold: float = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Trained classifier.

    Attributes:
        w: weights (n_x,) in the precision of the training.
        b: bias.
        scaling: scaling of its features.
        shape: shape of the images that it takes, or ().
        features: columns of the table that it takes, or ().
        classes: names of the classes 0 and 1.
        record: origin of the model, and its threshold.
    """

    w: NDArray[Any]
    b: float
    scaling: Scaling
    shape: tuple[int, ...]
    features: tuple[str, ...]
    classes: tuple[str, str]
    record: Record

    @property
    def threshold(self) -> float:
        """Return the probability above which an example is predicted to be of class 1."""
        return self.record.threshold

    def with_threshold(self, threshold: float) -> Model:
        """Return the model with another threshold."""
        return replace(self, record=msgspec.structs.replace(self.record, threshold=threshold))


def save(model: Model, file: Path) -> None:
    """Write the model atomically: concurrent readers, and readers after an interruption, find the old file complete."""
    scale, nothing = model.scaling, np.empty(0)
    arrays = {
        "w": model.w,
        "b": np.array(model.b, dtype=model.w.dtype),
        "factor": np.array(scale.factor),
        "mean": nothing if scale.mean is None else scale.mean,
        "deviation": nothing if scale.deviation is None else scale.deviation,
        "shape": np.array(model.shape, dtype=np.int64),
        "features": np.array(model.features, dtype=np.str_),
        "classes": np.array(model.classes, dtype=np.str_),
        "record": np.array(msgspec.json.encode(model.record).decode(), dtype=np.str_),
    }
    with replaced(file) as stream:
        np.savez(stream, allow_pickle=False, **arrays)


def load(file: Path) -> Model:
    """Return the model that `save` wrote.

    Raises UnusableInput with a one-line message if the file is anything else, or damaged.
    """
    if not file.is_file():
        raise UnusableInput(f"{file}: no such file; name a model that `gradrace train --model` wrote")
    try:
        if not zipfile.is_zipfile(file):
            raise ValueError("no .npz file")
        found = read_arrays(file, [*MEMBERS])
        return _model(dict(zip(MEMBERS, found, strict=True)))
    except (ValueError, TypeError, IndexError, OverflowError, msgspec.MsgspecError) as error:
        raise UnusableInput(f"{file}: not a model ({error}); name a file of `gradrace train --model`") from error


def _model(found: dict[str, NDArray[Any]]) -> Model:
    if any(found[name].ndim != dimensions for name, dimensions in MEMBERS.items()):
        raise ValueError("its parts don't fit each other")  # checked first, as a billion empty rows would take minutes
    w, b, shape = found["w"], found["b"], tuple(map(int, found["shape"]))
    scale = _scaling(found)
    first, second = map(str, found["classes"])
    features = tuple(map(str, found["features"]))
    sizes = {one.shape for one in (w, scale.mean, scale.deviation) if one is not None}
    if w.dtype.kind != "f" or len(sizes) > 1 or (shape and _unrolled(shape) != len(w)):
        raise ValueError("its parts don't fit each other")
    if not (np.isfinite(w).all() and np.isfinite(b)):
        raise ValueError("its weights aren't finite")
    record = msgspec.json.decode(str(found["record"]), type=Record)
    if not record.costs:
        raise ValueError("it has no costs")
    if not 0 < record.threshold < 1:
        raise ValueError("its threshold isn't between 0 and 1")
    return Model(w, float(b), scale, shape, features, (first, second), record)


def _scaling(found: dict[str, NDArray[Any]]) -> Scaling:
    """Return the scaling by a factor, or by mean and deviation. Raises ValueError if they can't give finite numbers."""
    factor, mean, deviation = float(found["factor"]), found["mean"], found["deviation"]
    if not math.isfinite(factor):
        raise ValueError("its scale isn't finite")
    if not mean.size:
        return Scaling(factor)
    if not (
        mean.dtype.kind == deviation.dtype.kind == "f" and np.isfinite(mean).all() and np.isfinite(deviation).all()
    ):
        raise ValueError("its mean and deviation aren't finite numbers")
    if not (deviation > 0).all():
        raise ValueError("its deviation isn't positive")
    return Scaling(factor, mean, deviation)


def _unrolled(shape: tuple[int, ...]) -> int:
    """Return how many numbers an image of this shape has, or −1 if the shape is invalid."""
    return math.prod(shape) if min(shape) > 0 else -1
