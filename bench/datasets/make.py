"""Synthetic examples in files of any size, for example to try X that exceeds the memory of a machine."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from gradrace.bench.results import Dtype, UnusableInput

BLOCK = 1 << 24
"""Numbers that are generated at a time."""

MARGIN_BYTES = 1 << 28
"""Bytes that must stay free on the disk."""


def make(
    file: Path, m: int, n_x: int, dtype: Dtype, seed: int, tell: Callable[..., None], *, pixels: bool = False
) -> Path:
    """Write X, m rows of n_x normal numbers or pixels, as an .npy, and its labels as another .npy.

    A label is drawn with P(y = 1) = σ(w·x + b) for a random w of the seed. A classifier can therefore learn it.
    Interrupted files are removed.

    Returns:
        The path of the file with the labels.

    Raises:
        UnusableInput: if the name is unusable or taken, or if the disk lacks space.
    """
    kind = np.dtype(np.uint8 if pixels else dtype)
    labels, needed = file.with_suffix(".labels.npy"), m * (n_x * kind.itemsize + 1)
    if file.suffix != ".npy":
        raise UnusableInput(f"{file}: doesn't end in .npy; name it like {file.name or 'X'}.npy")
    if taken := [str(old) for old in (file, labels) if old.exists()]:
        raise UnusableInput(f"{taken[0]}: exists already; name another file, or delete it")
    free = shutil.disk_usage(file.absolute().parent).free
    if needed + MARGIN_BYTES > free:
        raise UnusableInput(
            f"{file}: needs {needed / 1e9:.1f} GB, {free / 1e9:.1f} GB are free there; give a smaller --m"
        )
    y = np.empty(m, np.uint8)
    with TemporaryDirectory(prefix=".gradrace-make-", dir=file.parent) as folder:
        part = Path(folder) / "X.npy"
        with part.open("wb") as stream:
            npy.write_array_header_2_0(stream, {"descr": kind.str, "fortran_order": False, "shape": (m, n_x)})
            for start, X, Y in blocks(m, n_x, kind, seed):
                stream.write(X.data)
                y[start : start + len(X)] = Y
                tell(f"{(start + len(X)) * n_x * kind.itemsize / 1e9:.1f} of {needed / 1e9:.1f} GB")
        np.save(part.with_name("labels.npy"), y)
        part.with_name("labels.npy").replace(labels)
        part.replace(file)
    return labels


def blocks(m: int, n_x: int, kind: np.dtype[Any], seed: int) -> Iterator[tuple[int, NDArray[Any], NDArray[np.uint8]]]:
    """Yield the number of the first example, X (some, n_x) and the labels (some,) of successive runs."""
    rng, of_labels = np.random.default_rng([seed, m, n_x]).spawn(2)
    w = (rng.standard_normal(n_x) * 2 / np.sqrt(n_x)).astype(np.float32)
    count = max(1, BLOCK // n_x)
    for start in range(0, m, count):
        shape = min(count, m - start), n_x
        if kind == np.uint8:
            X = rng.integers(0, 256, shape, dtype=np.uint8)
            z = X.astype(np.float32) @ w / 74 - w.sum() * np.float32(127.5 / 74)  # 74: standard deviation of 0..255
        else:
            X = rng.standard_normal(shape, dtype=kind.type)
            z = X @ w
        yield start, X, (of_labels.random(len(X)) < 1 / (1 + np.exp(-z))).astype(np.uint8)


def alpha_of_pixels(n_x: int) -> float:
    """Return a learning rate that lowers the cost for synthetic pixels: 1 / L, half of the allowed 2 / L.

    L is the largest curvature of J, at most a quarter of the largest second moment of the features and the bias. For
    numbers uniform in [0, 1], that moment lies along their mean: n_x/4 + 1, plus 1/12 of variance.
    """
    return 4 / (n_x / 4 + 1 + 1 / 12)
