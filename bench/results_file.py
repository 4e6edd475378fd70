"""Results on disk: valid pytest-benchmark JSON, which all tools for that format can read.

`params` hold impl, m, n_x, dtype, threads and pixels. `extra_info` holds the data for which pytest-benchmark has no
field. The top-level key `gradrace` holds options and absences, as a skipped or failed implementation is a result.
Names are made as pytest makes them, `numba_fused[1000-100-float64-2]`, so that tools can group by `param`. `ops` is
1 / median, because some tools read nothing else and pytest-benchmark's own, 1 / mean, follows every disturbance.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import Struct
from pytest_benchmark.stats import Stats

from gradrace.bench.plausible import plausible
from gradrace.bench.results import (
    ARITHMETIC,
    FLOOR,
    FLOORS,
    LEAST_S,
    READING,
    Absence,
    Cell,
    Extra,
    Limiting,
    Measurement,
    Noise,
    Results,
    Seconds,
    Size,
    UnusableInput,
    limited_by,
)
from gradrace.bench.scratch import replaced
from gradrace.bench.text import one_line

RESULTS = "results.json"

REPORT = {"report.md": b"# gradrace", "index.html": b"<title>gradrace"}
"""Names of report files that other tools use as well, and words that only gradrace's own files contain."""

MOST_BEFORE = 1000
"""Bytes of a file in which those words are: the page's title is at byte 309."""

MOST_LEVELS = 20
"""Largest nesting depth of facts about a machine in a file; pytest-benchmark's own have 3 levels."""

OF_PLUG_IN = ".benchmarks"
"""Folder in which pytest-benchmark saves; other hidden folders hold no results."""

LIMIT = {READING: "limit_of_reading_X", ARITHMETIC: "limit_of_arithmetic"}
"""Names of the limit in a file: tools would show its name in `params`, floor, as that of an implementation."""

WHAT_LIMIT = {
    READING: "the time to read X once, which no implementation can beat; not an implementation",
    ARITHMETIC: "the time of the arithmetic alone, which is longer than reading X once; not an implementation",
}

Ops: TypeAlias = Literal["median", "min"]


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
    """Make a folder for a report, if it doesn't exist, and check that files can be written into it.

    Raises UnusableInput if they can't, or if they would replace files that no report has.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
        foreign = [folder / name for name, words in REPORT.items() if not _is_ours(folder / name, words)]
    except OSError as error:
        raise UnusableInput(f"{folder}: can't be written ({error.strerror}); name another with --out") from error
    if foreign:
        raise UnusableInput(f"{foreign[0]}: isn't a report, and would be replaced by one; name a folder with --out")


def _is_ours(file: Path, words: bytes) -> bool:
    """Return whether a file is a report's, which has these words near its beginning, or doesn't exist."""
    if not file.exists():
        return True
    with file.open("rb") as stream:
        return words in stream.read(MOST_BEFORE)


def read(path: Path) -> Results:
    """Return the results in a file or a run's folder, as `read_all` does, without the measurements below the limit."""
    return plausible(read_all(path))


def read_all(path: Path) -> Results:
    """Return all results in a file that `write` or `pytest bench/ --benchmark-json` made, or in a run's folder.

    Raises UnusableInput if there is no such file, if it holds anything else, or if it holds a measurement twice.
    """
    path = path / RESULTS if path.is_dir() else path
    file = _decoded(path)
    if _deeper([file.machine_info, file.commit_info, file.gradrace.options], MOST_LEVELS):
        raise _not_results(path, f"nested in more than {MOST_LEVELS} levels")
    measurements = [_measurement(benchmark) for benchmark in file.benchmarks if benchmark.stats.data]
    for measurement in measurements:
        if measurement.extra.rounds is not None and len(measurement.extra.rounds) != len(measurement.samples_s):
            raise _not_results(path, f"{measurement.impl} at {measurement.cell} has not one sample a round")
    for (impl, cell), times in Counter((one.impl, one.cell) for one in measurements).items():
        if times > 1:
            raise UnusableInput(
                f"{path}: has two measurements of one implementation ({one_line(impl)}) in {cell}; name single runs"
            )
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


def files_of(places: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Return the files that places name, and the folders without results.

    A place is a file, a run's folder with its results.json, or another folder, of which all results files count.
    Raises UnusableInput if no place has any.
    """
    found = [(one, _below(one) if one.is_dir() and not (one / RESULTS).exists() else [one]) for one in places]
    empty = [place for place, files in found if not files]
    if len(empty) == len(found):
        files_in(empty[0])
    return [file for _, files in found for file in files], empty


def files_in(folder: Path) -> list[Path]:
    """Return the results files in a folder and its subfolders. Raises UnusableInput if it has none."""
    if found := _below(folder):
        return found
    raise UnusableInput(f"{folder}: no {RESULTS} in it, nor in its folders; `gradrace run --out` writes them")


def _below(folder: Path) -> list[Path]:
    """Return the results files in a folder and its subfolders, whatever their names.

    A file of another name than results*.json counts if it has a list of benchmarks. Hidden folders don't count, except
    pytest-benchmark's own.
    """
    return [file for file in sorted(folder.rglob("*.json")) if _is_candidate(file, file.relative_to(folder).parts)]


def _is_candidate(file: Path, parts: Sequence[str]) -> bool:
    if any(part.startswith(".") and part != OF_PLUG_IN for part in parts) or not file.is_file():
        return False
    if file.match(f"{Path(RESULTS).stem}*.json"):
        return True
    try:
        return b'"benchmarks"' in file.read_bytes().replace(b"\0", b"")  # also in UTF-16
    except OSError:
        return True  # reading it tells the reason


def _decoded(path: Path) -> _File:
    """Return the contents of a file. Raises UnusableInput with the reason if it is no file of results."""
    raw = b""
    try:
        raw = path.read_bytes()
        return msgspec.json.decode(_text(raw), type=_File)
    except OSError as error:
        raise UnusableInput(
            f"{path}: {error.strerror}; name a results.json that `gradrace run` wrote, or its folder"
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _of_plug_in(path, raw) or _not_results(path, str(error)) from error


def _text(raw: bytes) -> bytes | str:
    """Return JSON without a byte-order mark; shells of Windows write one, and UTF-16."""
    encoding = json.detect_encoding(raw)
    return raw if encoding == "utf-8" else raw.decode(encoding)


def _of_plug_in(path: Path, raw: bytes) -> UnusableInput | None:
    """Return the error for a file of pytest-benchmark with other tests in it, or without samples; otherwise None."""
    try:
        benchmarks = json.loads(_text(raw))["benchmarks"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    for one in benchmarks if isinstance(benchmarks, list) else []:
        match one:
            case {"params": {"impl": _, "m": _, "n_x": _}, "stats": {"data": _}}:
                continue
            case {"params": {"impl": _, "m": _, "n_x": _}, "stats": _}:
                return UnusableInput(
                    f"{path}: has no samples; give pytest the option `--benchmark-save-data` as well, "
                    "or `--benchmark-json FILE`"
                )
            case {"name": str(name), "stats": _}:
                return UnusableInput(
                    f"{path}: results of other tests, not of gradrace's ({one_line(name)[:80]}); "
                    "name a results.json that `gradrace run` wrote"
                )
    return None


def write(path: Path, results: Results, ops: Ops = "median") -> None:
    """Write the file in one step, as `replaced` does.

    Args:
        path: File to write.
        results: Contents of the file.
        ops: Statistic of the samples whose inverse is `ops`.

    Raises:
        OSError: If it can't be written; the old one stays.
    """
    contents = msgspec.json.format(msgspec.json.encode(_as_file(results, ops)), indent=1)
    with replaced(path) as file:
        file.write(contents)
        file.flush()
        os.fsync(file.fileno())  # a rename may reach the disk before the contents do


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


def _as_file(results: Results, ops: Ops) -> dict[str, Any]:
    from pytest_benchmark import __version__  # the version of the format

    ours = _Ours(absences=results.absences, options=results.options, noise=results.noise, seconds=results.seconds)
    listed = [msgspec.to_builtins(one) | _names(one.impl, one.cell) for one in results.absences]
    return {
        "machine_info": results.machine,
        "commit_info": results.commit,
        "benchmarks": [_as_benchmark(measurement, ops) for measurement in results.measurements],
        "datetime": results.datetime,
        "version": __version__,
        "gradrace": msgspec.to_builtins(ours) | {"absences": listed},
    }


def _as_benchmark(measurement: Measurement, ops: Ops) -> dict[str, Any]:
    cell = measurement.cell
    stats = Stats()
    for sample_s in measurement.samples_s:
        stats.update(sample_s)
    typical_s = float(getattr(stats, ops))
    per_s = 1 / typical_s if typical_s >= LEAST_S else 0.0  # what no clock resolves is 0 in pytest-benchmark, too
    kind = limited_by(measurement)
    what = {"what": WHAT_LIMIT[kind]} if measurement.impl in FLOORS else {}
    return {
        "group": str(cell),
        **_names(measurement.impl, cell, kind),
        "params": {"impl": measurement.impl, **msgspec.structs.asdict(cell)},
        "extra_info": what | msgspec.to_builtins(measurement.extra),
        "options": {},
        "stats": {**stats.as_dict(), "ops": per_s, "data": measurement.samples_s, "iterations": measurement.calls},
    }


def _names(impl: str, cell: Cell | None, kind: Limiting = READING) -> dict[str, str | None]:
    """Return the names of an entry as pytest makes them: `param` is what stands between the brackets."""
    shown = impl.replace(FLOOR, LIMIT[kind], 1) if impl in FLOORS else impl
    if cell is None:
        return {"name": shown, "fullname": f"gradrace::{shown}", "param": None}
    param = f"{cell.m}-{cell.n_x}-{cell.dtype}-{cell.threads}{'-pixels' if cell.pixels else ''}"
    return {"name": f"{shown}[{param}]", "fullname": f"gradrace::{shown}[{param}]", "param": param}
