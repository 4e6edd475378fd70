"""Saved runs of one side of a comparison: found, read, and told apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gradrace.bench.results import Cell, Results, UnusableInput
from gradrace.bench.results_file import RESULTS, read

MOST_RUNS = 100
"""Of a side: five to ten are what evidence takes."""

LEAST_SAMPLES = 3
"""Of a measurement, for that two with the same samples are the same: a coarse clock may well say one figure twice."""


class Run(NamedTuple):
    """A results file and what it holds."""

    file: Path
    results: Results


class Machine(NamedTuple):
    """What has to be equal for seconds to be comparable, as far as a results file tells."""

    name: str
    processor: str
    cores: int
    caches_bytes: tuple[tuple[str, int], ...]


def runs(place: Path) -> list[Run]:
    """Those in a file; or in a folder and the folders in it, whatever `gradrace run` and pytest-benchmark wrote there.

    Raises UnusableInput if there are none or too many, or one can't be read.
    """
    files = [place]
    if place.is_dir():
        stem = Path(RESULTS).stem
        patterns = (f"{stem}*.json", f"*/{stem}*.json"), ("*.json", "*/*.json")
        files = next((found for ours in patterns if (found := _matching(place, ours))), [])
        if not files:
            raise UnusableInput(f"{place}: no {RESULTS} in it, nor in its folders; `gradrace run --out` writes them")
    if len(files) > MOST_RUNS:
        raise UnusableInput(f"{place}: {len(files)} runs; give {MOST_RUNS} at the most, ten are plenty")
    return [_run(file) for file in files]


def _matching(place: Path, patterns: Sequence[str]) -> list[Path]:
    return sorted(file for pattern in patterns for file in place.glob(pattern))


def _run(file: Path) -> Run:
    results = read(file)
    twice = Counter((one.impl, one.cell) for one in results.measurements).most_common(1)
    if twice and twice[0][1] > 1:
        raise UnusableInput(f"{file}: measures the same implementation twice in {twice[0][0][1]}; it is no single run")
    return Run(file, results)


def require_distinct(found: Sequence[Run]) -> None:
    """Refuse the same measurement twice: as further evidence it would be none. Raises UnusableInput."""
    seen: dict[tuple[str, Cell, tuple[float, ...]], Path] = {}
    for run in found:
        for one in run.results.measurements:
            key = one.impl, one.cell, tuple(one.samples_s)
            if len(one.samples_s) < LEAST_SAMPLES:
                continue
            if key in seen:
                raise UnusableInput(f"{run.file} holds the same run as {seen[key]}, or a part of it; name one of them")
            seen[key] = run.file


def machine(results: Results) -> Machine | None:
    """Where they were measured; None if the file doesn't tell: then it is not known to be the same as any other."""
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
