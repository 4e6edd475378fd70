"""Sources of data for the tests of readers: files, the message that refuses one, and the command of a message."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest

from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions
from gradrace.bench.datasets.read import read
from gradrace.bench.results import UnusableInput

GUESSES = ReadOptions(guesses=True)
"""Labels that are certain need no option, as in `train`."""


def save_arrays(path: Path, **arrays: np.ndarray) -> Path:
    """Save arrays under their names: as .npz, or by another suffix as HDF5."""
    if path.suffix == ".npz":
        np.savez(path, **arrays)
        return path
    with h5py.File(path, "w") as file:
        for name, values in arrays.items():
            file[name] = values
    return path


def written(path: Path, frame: pd.DataFrame, **how: Any) -> str:
    """Save a table: as records in JSON, as Parquet, or by another suffix as text; return its path as text."""
    if path.suffix == ".json":
        frame.to_json(path, orient="records", double_precision=15)
    elif path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False, **how)
    return str(path)


def message(source: Path | str, how: ReadOptions | None = GUESSES) -> str:
    """The message that refuses a source, in one line."""
    with pytest.raises(UnusableInput) as refused:
        read(str(source), how)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def refusal(source: Path | str, how: ReadOptions | None = GUESSES) -> str:
    """The message that refuses a source, without its name."""
    return message(source, how).removeprefix(f"{source}: ")


def run(command: str, folder: Path | None = None) -> None:
    """Run the command of a message as a shell does, with the Python of the tests as `python`."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["sh", "-c", command], cwd=folder, env={**os.environ, "PATH": path}, check=True)


def followed(told: str, folder: Path, how: ReadOptions = GUESSES) -> Dataset:
    """Run the command of a message, and read what it goes on with, by the options that it names."""
    found = re.search(r"go on with --data (.*?) after (.*?)(?:, or .*|; --no-header if .*)?$", told)
    assert found, told
    run(found[2], folder)
    source, *options = shlex.split(found[1])
    given = dict(zip(options[::2], options[1::2], strict=True))
    label, positive = given.get("--label", how.label), given.get("--positive", how.positive)
    return read(source, replace(how, label=label, positive=positive))
