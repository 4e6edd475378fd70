"""Saved runs of one side of a comparison: found, read, and told apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from bench.results import Results, UnusableInput, read

RESULTS = "results.json"


class Run(NamedTuple):
    """A results file and what it holds."""

    file: Path
    results: Results


class Machine(NamedTuple):
    """What has to be equal for seconds to be comparable, as far as a results file tells."""

    name: str
    processor: str
    cores: int


def runs(place: Path) -> list[Run]:
    """Those in a file, in a run's folder, or in the folders and JSON files in a folder.

    Raises UnusableInput if there are none, or one can't be read.
    """
    files = [place]
    if place.is_dir():
        own = place / RESULTS
        files = [own] if own.exists() else sorted([*place.glob(f"*/{RESULTS}"), *place.glob("*.json")])
        if not files:
            raise UnusableInput(f"{place}: no {RESULTS} in it, nor in its folders; `gradrace run --out` writes them")
    return [Run(file, read(file)) for file in files]


def require_distinct(found: Sequence[Run]) -> None:
    """Refuse the same run twice: as further evidence it would be none. Raises UnusableInput."""
    seen: dict[bytes, Path] = {}
    for run in found:
        samples = msgspec.json.encode([measurement.samples_s for measurement in run.results.measurements])
        if samples in seen:
            raise UnusableInput(f"{run.file} holds the same run as {seen[samples]}; name it once")
        seen[samples] = run.file


def machine(results: Results) -> Machine:
    """Where they were measured."""
    info = results.machine
    processor, facts = info.get("cpu"), info.get("gradrace")
    name = processor.get("brand_raw") if isinstance(processor, dict) else processor
    cores = facts.get("cores_allowed") if isinstance(facts, dict) else 0
    return Machine(str(info.get("node")), str(name), cores if isinstance(cores, int) else 0)
