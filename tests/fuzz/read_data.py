"""The readers of data, of images and of models: each as `gradrace train` and `gradrace predict` call it."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
from PIL import Image

# Some of these are only named for that they are imported here, where an engine watches, and not at the first reading.
from gradrace.bench.datasets import cases
from gradrace.bench.datasets.dialects import programs
from gradrace.bench.datasets.feature_scaling import scaling
from gradrace.bench.datasets.formats import hdf5, images, npz, zarr_arrays  # noqa: F401
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted
from gradrace.bench.datasets.formats.stored import is_stored
from gradrace.bench.datasets.read import read, read_features
from gradrace.bench.datasets.tables import delimited, parquet, svmlight  # noqa: F401
from gradrace.bench.training.model import Model, load
from gradrace.bench.training.prediction import predict
from gradrace.reports.training.predictions import show_json, show_table
from tests.fuzz.containers import unpacked
from tests.fuzz.harmless import check_log, check_terminal
from tests.fuzz.readers import Way, every
from tests.fuzz.scratch import file, folder, tree

ON_DISK = 1.0
"""Bytes of memory, for X to stay on disk."""

MOST_NUMBERS = 1 << 16
"""Largest X whose numbers are all read: a file of a few bytes may promise any number."""


def read_npy(data: bytes) -> None:
    """Read an .npy as X, and as labels."""
    given, ours = file("given.npy", data), _ours()
    every(
        *_trained(given, ReadOptions(label=str(ours["y"]))),
        *_trained(ours["X"], ReadOptions(label=str(given))),
        _predicted(given, 3),
    )


def read_npz(data: bytes) -> None:
    """Read an .npz of X and y."""
    path = file("given.npz", data)
    ways = ReadOptions(), ReadOptions(examples="rows"), ReadOptions(label="X", positive="1")
    every(*(_trained_in_memory(path, how) for how in ways), _predicted(path, 3))


def read_csv(data: bytes) -> None:
    """Read a text table, whose labels are a column y."""
    path = file("given.csv", data)
    every(_trained_in_memory(path, ReadOptions(label="y")), _predicted(path, 2, names=("a", "b")))


def read_arff(data: bytes) -> None:
    """Read an ARFF file, whose labels are an attribute y."""
    path = file("given.arff", data)
    every(_trained_in_memory(path, ReadOptions(label="y")), _predicted(path, 2, names=("a", "b c")))


def read_stata(data: bytes) -> None:
    """Read a Stata file, as a small and as a large one."""
    _read_program(file("given.dta", data))


def read_sqlite(data: bytes) -> None:
    """Read a SQLite database, as a small and as a large one."""
    _read_program(file("given.db", data))


def read_workbook(data: bytes) -> None:
    """Read a workbook, each time in a process of its own."""
    programs._converted.cache_clear()
    path = file("given.xlsx", data)
    every(_trained_in_memory(path, ReadOptions(label="y")))


def _read_program(path: Path) -> None:
    """Read a table of another program, whose labels are a column y. Its first rows are tried alone first."""
    programs._converted.cache_clear()
    with patch.object(programs, "LARGE_BYTES", 0):
        every(_trained_in_memory(path, ReadOptions(label="y")), _predicted(path, 2, names=("a", "b")))


def read_parquet(data: bytes) -> None:
    """Read a Parquet table, whose labels are a column y."""
    path = file("given.parquet", data)
    every(*_trained(path, ReadOptions(label="y")), _predicted(path, 2, names=("a", "b")))


def read_hdf5(data: bytes) -> None:
    """Read an HDF5 file in the course's layout."""
    path = file("given.h5", data)
    every(*_trained(path, ReadOptions()), _trained_in_memory(path, ReadOptions(part="test")), _predicted(path, 36))


def read_zarr(data: bytes) -> None:
    """Read a Zarr folder that is packed as one input."""
    path = tree("given.zarr", unpacked(data))
    try:
        every(*_trained(path, ReadOptions()), _predicted(path, 3))
    finally:
        check_log()


def read_image(data: bytes) -> None:
    """Read an image to classify; in a quarter of all cases also as one of a folder to train with."""
    path = file("given.png", data)
    ways: list[Way] = [lambda: images.read_image(path, (6, 5))]
    if len(data) % 4 == 0:
        pets = tree("given", {"a/given.png": data, "b/ours.png": _ours()["image"].read_bytes()})
        ways.append(lambda: read(str(pets), ReadOptions(size=(3, 4))))
    every(*ways)


def read_model(data: bytes) -> None:
    """Read a classifier, and predict examples that fit it."""
    found = load(file("given.npz", data))
    for examples in _fitting(found):
        every(*(_told(found, examples, as_json=as_json) for as_json in (False, True)))


def _trained(path: Path, how: ReadOptions) -> list[Way]:
    """Return the ways in which `gradrace train` reads: into memory, and from disk."""
    return [_trained_in_memory(path, replace(how, memory_bytes=memory_bytes)) for memory_bytes in (None, ON_DISK)]


def _trained_in_memory(path: Path, how: ReadOptions) -> Way:
    return lambda: _gone_through(read(str(path), how))


def _gone_through(dataset: Dataset) -> None:
    """Do all that a training does with the data before its first step."""
    if dataset.m * dataset.n_x > MOST_NUMBERS:
        return
    if is_stored(dataset.X):
        for _ in dataset.X.blocks(0, dataset.m):
            pass
    with np.errstate(all="ignore"):
        scaling("standardize", dataset).problem(dataset)
    cases.fractions(dataset, ["float64"], 1)


def _predicted(path: Path, n_x: int, names: tuple[str, ...] = ()) -> Way:
    """Return the way in which `gradrace predict` reads."""
    return lambda: [*read_features(str(path), Wanted(n_x, (), names))]


def _told(found: Model, examples: Path, *, as_json: bool) -> Way:
    """Return the way in which `gradrace predict` prints. JSON is for programs, so its text isn't checked."""

    def tell() -> None:
        told = io.StringIO()
        with redirect_stdout(told):
            predictions = predict(found, [str(examples)], print)
            show_json(predictions) if as_json else show_table(predictions, found.classes)
        if not as_json:
            check_terminal(told.getvalue())

    return tell


def _fitting(found: Model) -> list[Path]:
    """Return the files that the model takes: an image, or an array."""
    if len(found.shape) == 3:
        return [_ours()["image"]]
    if not 0 < len(found.w) <= 64:
        return []
    path = folder() / f"{len(found.w)}.npy"
    if not path.exists():
        np.save(path, np.ones((len(found.w) + 1, len(found.w))))
    return [path]


def _ours() -> dict[str, Path]:
    """Return valid files."""
    paths = {"X": folder() / "X.npy", "y": folder() / "y.npy", "image": folder() / "ours.png"}
    if not paths["image"].exists():
        np.save(paths["X"], np.arange(15.0).reshape(5, 3))
        np.save(paths["y"], np.array([0, 1, 1, 0, 1]))
        Image.new("RGB", (4, 3), "red").save(paths["image"])
    return paths
