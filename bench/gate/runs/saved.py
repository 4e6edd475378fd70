"""Saved runs of one side of a comparison: find, read and distinguish them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gradrace.bench.results import Cell, Results, UnusableInput
from gradrace.bench.results_file import files_in, read

MOST_RUNS = 100
"""Maximum number of runs of a side; five to ten are enough evidence."""

LEAST_SAMPLES = 3
"""Minimum number of samples for two equal measurements to be the same one: a coarse clock can repeat a single value."""


class Run(NamedTuple):
    """A results file and its contents."""

    file: Path
    results: Results


class Machine(NamedTuple):
    """Properties of a machine that must be equal for seconds to be comparable, as far as a file records them."""

    name: str
    processor: str
    cores: int
    caches_bytes: tuple[tuple[str, int], ...]


def runs(place: Path) -> list[Run]:
    """Return the runs in a file, or in a folder and its subfolders, written by `gradrace run` or pytest-benchmark.

    Raises:
        UnusableInput: If there are no runs or too many, or a file can't be read.
    """
    files = files_in(place) if place.is_dir() else [place]
    if len(files) > MOST_RUNS:
        raise UnusableInput(f"{place}: {len(files)} runs; give at most {MOST_RUNS}; ten are enough")
    return [Run(file, read(file)) for file in files]


def require_distinct(before: Sequence[Run], after: Sequence[Run]) -> None:
    """Raise UnusableInput if two runs hold the same measurement, which would count as evidence twice."""
    olds = {run.file.resolve() for run in before}
    for run in after:
        if run.file.resolve() in olds:
            raise UnusableInput(f"{run.file} belongs to OLD and to NEW; give two files or folders with different runs")
    seen: dict[tuple[str, Cell, tuple[float, ...]], Path] = {}
    for run in (*before, *after):
        for one in run.results.measurements:
            key = one.impl, one.cell, tuple(one.samples_s)
            if len(one.samples_s) < LEAST_SAMPLES:
                continue
            if key in seen:
                raise UnusableInput(f"{run.file} and {seen[key]} hold the same run, or a part of it; delete one")
            seen[key] = run.file


def machine(results: Results) -> Machine | None:
    """Return the machine of a run; None if the file doesn't record it, so that it equals no other machine."""
    info = results.machine
    facts = info.get("gradrace")
    facts = facts if isinstance(facts, dict) else {}
    processor = info.get("cpu")
    brand = processor.get("brand_raw") if isinstance(processor, dict) else None
    node, cores, caches = info.get("node"), facts.get("cores_allowed"), facts.get("caches_bytes")
    if not (isinstance(node, str) and isinstance(brand, str)):
        return None
    sizes = caches.items() if isinstance(caches, dict) else []
    known = tuple(sorted((level, size) for level, size in sizes if isinstance(size, int)))
    return Machine(node, brand, cores if isinstance(cores, int) else 0, known)
