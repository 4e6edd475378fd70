"""Results on disk: valid pytest-benchmark JSON, which all tools for that format can read.

`params` hold impl, m, n_x, dtype, threads and pixels. `extra_info` holds the data for which pytest-benchmark has no
field. The top-level key `gradrace` holds options and absences, as a skipped or failed implementation is a result.
"""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import msgspec
from msgspec import Struct
from pytest_benchmark.stats import Stats

from gradrace.bench.plausible import plausible
from gradrace.bench.results import (
    Absence,
    Cell,
    Extra,
    Measurement,
    Noise,
    Results,
    Seconds,
    Size,
    UnusableInput,
)

RESULTS = "results.json"

MOST_LEVELS = 20
"""Largest nesting depth of facts about a machine in a file; pytest-benchmark's own have 3 levels."""


class _Params(Cell, frozen=True, kw_only=True):
    impl: str


class _Stats(Struct):
    data: list[Seconds]
    iterations: Size


class _Benchmark(Struct):
    params: _Params
    stats: _Stats
    extra_info: Extra = Extra()


class _Ours(Struct):
    absences: list[Absence] = []
    options: dict[str, Any] = {}
    noise: list[Noise] = []
    seconds: dict[str, Seconds] = {}


class _File(Struct):
    machine_info: dict[str, Any]
    commit_info: dict[str, Any]
    benchmarks: list[_Benchmark]
    datetime: str
    gradrace: _Ours = msgspec.field(default_factory=_Ours)


def make_folder(folder: Path) -> None:
    """Make a folder, if it doesn't exist, and check that files can be written into it.

    Raises UnusableInput if they can't.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            return
    except OSError as error:
        raise UnusableInput(f"{folder}: can't be written ({error.strerror}); name another with --out") from error


def read(path: Path) -> Results:
    """Return the results in a file or a run's folder, as `read_all` does, without the measurements below the limit."""
    return plausible(read_all(path))


def read_all(path: Path) -> Results:
    """Return all results in a file that `write` or `pytest bench/ --benchmark-json` made, or in a run's folder.

    Raises UnusableInput if there is no such file, or if it holds anything else.
    """
    path = path / RESULTS if path.is_dir() else path
    try:
        file = msgspec.json.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise UnusableInput(
            f"{path}: {error.strerror}; name a results.json that `gradrace run` wrote, or its folder"
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _not_results(path, str(error)) from error
    if _deeper([file.machine_info, file.commit_info, file.gradrace.options], MOST_LEVELS):
        raise _not_results(path, f"nested in more than {MOST_LEVELS} levels")
    measurements = [_measurement(benchmark) for benchmark in file.benchmarks if benchmark.stats.data]
    for measurement in measurements:
        if measurement.extra.rounds is not None and len(measurement.extra.rounds) != len(measurement.samples_s):
            raise _not_results(path, f"{measurement.impl} at {measurement.cell} has not one sample a round")
    return Results(
        measurements=measurements,
        absences=file.gradrace.absences,
        machine=file.machine_info,
        commit=file.commit_info,
        datetime=file.datetime,
        options=file.gradrace.options,
        noise=file.gradrace.noise,
        seconds=file.gradrace.seconds,
    )


def write(path: Path, results: Results) -> None:
    """Write the file in one step, so that a reader, or a crash, finds the old or the new one, never a part.

    Raises OSError if it can't be written; the old one stays.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with unfinished.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(_as_file(results)), indent=1))
            file.flush()
            os.fsync(file.fileno())  # a rename may reach the disk before the contents do
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _not_results(path: Path, reason: str) -> UnusableInput:
    return UnusableInput(f"{path}: not a results file ({reason}); `gradrace run` writes results.json")


def _deeper(value: Any, levels: int) -> bool:
    """Return whether lists and mappings are nested in more than `levels` levels."""
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels < 0 or any(_deeper(entry, levels - 1) for entry in inner)


def _measurement(benchmark: _Benchmark) -> Measurement:
    params = benchmark.params
    return Measurement(
        impl=params.impl,
        cell=Cell(params.m, params.n_x, params.dtype, params.threads, params.pixels),
        samples_s=benchmark.stats.data,
        calls=benchmark.stats.iterations,
        extra=benchmark.extra_info,
    )


def _as_file(results: Results) -> dict[str, Any]:
    from pytest_benchmark import __version__  # the version of the format

    return {
        "machine_info": results.machine,
        "commit_info": results.commit,
        "benchmarks": [_as_benchmark(measurement) for measurement in results.measurements],
        "datetime": results.datetime,
        "version": __version__,
        "gradrace": _Ours(
            absences=results.absences, options=results.options, noise=results.noise, seconds=results.seconds
        ),
    }


def _as_benchmark(measurement: Measurement) -> dict[str, Any]:
    cell = measurement.cell
    name = f"{measurement.impl}[{cell.m}-{cell.n_x}-{cell.dtype}-{cell.threads}{'-pixels' if cell.pixels else ''}]"
    stats = Stats()
    for sample_s in measurement.samples_s:
        stats.update(sample_s)
    return {
        "group": str(cell),
        "name": name,
        "fullname": f"gradrace::{name}",
        "params": {"impl": measurement.impl, **msgspec.structs.asdict(cell)},
        "param": name,
        "extra_info": measurement.extra,
        "options": {},
        "stats": {**stats.as_dict(), "data": measurement.samples_s, "iterations": measurement.calls},
    }
