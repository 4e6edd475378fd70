"""Cases of a race on real data: growing fractions of the examples, then all of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from gradrace.bench.datasets.feature_scaling import Scaling, scaling
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions
from gradrace.bench.datasets.read import read
from gradrace.bench.problems import Case, Make
from gradrace.bench.results import Cell, Dtype, UnusableInput

FRACTIONS = (1000, 100, 10, 3, 1)
"""Divisors of the number of examples: 1000 means one example in 1000."""

LEAST = 10
"""Smallest number of examples in a fraction, because calls with fewer examples are no faster."""


def fractions(dataset: Dataset, dtypes: list[Dtype], threads: int) -> list[Cell]:
    """Return the cells of a race: growing fractions of the examples, then all of them, in each precision."""
    ms = [dataset.m // part for part in FRACTIONS if dataset.m // part >= LEAST or part == 1]
    pixels = dataset.X.dtype == np.uint8
    return [Cell(m, dataset.n_x, dtype, threads, pixels=pixels) for dtype in dtypes for m in ms]


def raced(
    source: str,
    how: ReadOptions,
    scale: str | None,
    dtypes: list[Dtype],
    threads: int,
    seed: int,
    wanted: Sequence[int] | None = None,
    *,
    say: Callable[[str], None],
) -> tuple[list[Cell], tuple[str, Make]]:
    """Return the cells of a race on real data, and the name and the maker of its cases.

    Args:
        source: file, folder or name of the data.
        how: options for reading the data.
        scale: kind of scaling, or None for the default of the data.
        dtypes: precisions to race in.
        threads: threads of each implementation.
        seed: seed of the order of the examples.
        wanted: numbers of examples, instead of `FRACTIONS`.
        say: function that tells the user what was decided in reading the data, as `train` does.

    Raises:
        UnusableInput: if the data can't be read, or hold fewer examples than `wanted` needs.
    """
    dataset = read(source, dataclasses.replace(how, guesses=True))
    for line in (*dataset.readings, *dataset.gaps):
        say(line)
    cells = fractions(dataset, dtypes, threads)
    if wanted:
        if max(wanted) > dataset.m:
            raise UnusableInput(f"--m: {source} has only {dataset.m} examples; give a smaller size")
        cells = [replace(cells[0], m=m, dtype=dtype) for dtype in dtypes for m in wanted]
    return cells, (Path(source).name, from_data(dataset, scaling(scale, dataset), seed))


def from_data(dataset: Dataset, scale: Scaling, seed: int) -> Make:
    """Return the maker of a cell's case: the first m examples in a shuffled order, and a point (w, b).

    The seed determines the order and w. w is scaled down so that z is at most of the order of 1.
    """
    order = np.random.default_rng(seed).permutation(dataset.m)

    def make(cell: Cell) -> Case:
        problem = scale.problem(dataset.some(order[: cell.m]), cell.dtype)
        w = np.random.default_rng([seed, cell.m]).standard_normal(problem.n_x) / np.sqrt(problem.n_x)
        spread = np.std(w @ (problem.X[:, :LEAST] * problem.scale))
        return Case(problem, (w / max(1.0, spread)).astype(problem.dtype), problem.dtype.type(0.25))

    return make
