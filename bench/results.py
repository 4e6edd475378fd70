"""Results on disk: valid pytest-benchmark JSON, so that every tool that reads that format reads ours.

`params` hold impl, m, n_x, dtype and threads; `extra_info` what pytest-benchmark has no place for; the top-level key
`gradrace` what was asked for and what could not be measured: an implementation that was skipped or failed is a result.
Raw samples are kept; every statistic is derived from them when it is wanted. Names carry their units.
"""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryFile
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct
from pytest_benchmark.stats import Stats

RESULTS = "results.json"

FLOOR = "floor"
"""The name under which the physical limit (`gradrace.bench.race.floor`) stands among the measurements."""

ON_GPU = "@cuda"
"""What the names of those end in that compute on a GPU: jax_jit@cuda."""

FLOOR_CUDA = f"{FLOOR}{ON_GPU}"
"""That of a GPU (`gradrace.bench.race.floor_cuda`)."""

FLOORS = (FLOOR, FLOOR_CUDA)

DESCENT_STEPS = 1000

MOST_LEVELS = 20
"""How deep facts about a machine may be nested in a file; pytest-benchmark's own have 3 levels."""

LARGEST_SIZE = 2**53
"""Up to here float64 holds every whole number, and sizes stay exact in predictions, tables and axes."""

Dtype: TypeAlias = Literal["float64", "float32"]
Outcome: TypeAlias = Literal["unavailable", "skipped", "failed", "wrong"]
Size: TypeAlias = Annotated[int, Meta(ge=1, le=LARGEST_SIZE)]
Round: TypeAlias = Annotated[int, Meta(ge=0)]
Count: TypeAlias = Annotated[int, Meta(ge=0, le=LARGEST_SIZE)]
Share: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
Bytes: TypeAlias = Annotated[int, Meta(ge=0, le=LARGEST_SIZE)]
Seconds: TypeAlias = Annotated[float, Meta(ge=0, le=1e9)]
"""0 where the clock is too coarse to see it; 30 years at the most. These limits are checked where a file is read."""

LEAST_S = 1e-12
"""No clock sees less: such a time has no ratio."""


def floor_of(impl: str) -> str:
    """The name of the limit of the device that an implementation computes on."""
    return FLOOR_CUDA if impl.endswith(ON_GPU) else FLOOR


class UnusableInput(Exception):
    """Input that can't be used. Its text is one line: the cause, then the next step."""


class Cell(Struct, frozen=True, order=True):
    """One problem size: m examples, n_x features, working precision, threads allowed; X of floats or of pixels."""

    m: Size
    n_x: Size
    dtype: Dtype = "float64"
    threads: Size = 1
    pixels: bool = False

    def __str__(self) -> str:
        return f"m={self.m} n_x={self.n_x} {self.dtype} threads={self.threads}{' pixels' if self.pixels else ''}"


class ErrorOverBound(Struct, frozen=True):
    """The error of J, dw (its worst component) and db, in units of the error bound: at most 1 is right."""

    J: float
    dw: float
    db: float

    @property
    def worst(self) -> float:
        """The largest of the three."""
        return max(self.J, self.dw, self.db)


class Extra(Struct, frozen=True, kw_only=True):
    """What we record beside pytest-benchmark's own fields. Unknown for results that its plug-in wrote."""

    technique: str | None = None
    rounds: list[Round] | None = None
    """The round that each sample was taken in: samples of one round are compared with each other."""
    startup_s: Seconds | None = None
    """Importing the libraries and the first call ever, on a tiny problem: where compilation shows."""
    prepare_s: Seconds | None = None
    first_call_s: Seconds | None = None
    descent_step_s: list[Seconds] | None = None
    """Seconds per step of descents of DESCENT_STEPS steps, where these take a moment only."""
    peak_rss_bytes: Bytes | None = None
    error_over_bound: ErrorOverBound | None = None
    facts: dict[str, str | int] | None = None
    """What the implementation made of the problem, in its own words: workers, examples of a block."""


class Measurement(Struct, frozen=True, kw_only=True):
    """One implementation in one cell. samples_s: seconds per call, one a round. calls: how many a sample timed."""

    impl: str
    cell: Cell
    samples_s: list[float]
    calls: int
    extra: Extra = Extra()

    def by_round(self) -> dict[int, float]:
        """{round: seconds}, empty where the rounds are not known; without what the clock was too coarse for."""
        pairs = zip(self.extra.rounds or [], self.samples_s, strict=False)
        return {round_: seconds for round_, seconds in pairs if seconds >= LEAST_S}


class Absence(Struct, frozen=True, kw_only=True):
    """An implementation that has no figure in a cell (or, with cell None, in any), and why.

    outcome: `unavailable` (it can't be loaded), `skipped` (it would not fit the budget or the memory), `failed` (it
    raised, crashed or hung), `wrong` (its gradient is beyond the error bound).
    """

    impl: str
    outcome: Outcome
    stage: str
    message: str
    cell: Cell | None = None


class Noise(Struct, frozen=True, kw_only=True):
    """What the system counted while a cell was measured: None where it doesn't tell.

    stolen: the share of the cores' time that other guests of the same hardware took. throttled: periods that the
    container was stopped in. overheated: how often cores were slowed down. swapped_pages: from or to the disk.
    """

    cell: Cell
    seconds: Seconds
    stolen: Share | None = None
    throttled: Count | None = None
    overheated: Count = 0
    swapped_pages: Count = 0


class Results(Struct, frozen=True, kw_only=True):
    """One run: what was measured, what could not be, where and when, and what disturbed it.

    machine, commit: what pytest-benchmark calls machine_info and commit_info, with our own under machine["gradrace"].
    options: what was asked for (seed, budget_s, ...).
    """

    measurements: list[Measurement]
    absences: list[Absence]
    machine: dict[str, Any]
    commit: dict[str, Any]
    datetime: str
    options: dict[str, Any] = {}
    noise: list[Noise] = []


class _Params(Struct):
    impl: str
    m: Size
    n_x: Size
    dtype: Dtype = "float64"
    threads: Size = 1
    pixels: bool = False


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


class _File(Struct):
    machine_info: dict[str, Any]
    commit_info: dict[str, Any]
    benchmarks: list[_Benchmark]
    datetime: str
    gradrace: _Ours = msgspec.field(default_factory=_Ours)


def make_folder(folder: Path) -> None:
    """Make a folder, if it isn't there yet, and see that files can be written into it.

    Raises UnusableInput if they can't.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            return
    except OSError as error:
        raise UnusableInput(f"{folder}: can't be written ({error.strerror}); name another with --out") from error


def read(path: Path) -> Results:
    """The results in a file that `write` or `pytest bench/ --benchmark-json` made.

    Raises UnusableInput if there is none, or if it is anything else.
    """
    try:
        file = msgspec.json.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise UnusableInput(f"{path}: {error.strerror}; name a results.json that `gradrace run` wrote") from error
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
    )


def write(path: Path, results: Results) -> None:
    """Write the file in one step: a reader, or a crash, finds the old one or the new one, never half of one.

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
    """Whether lists and mappings stand in one another in more than so many levels."""
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
        "gradrace": _Ours(absences=results.absences, options=results.options, noise=results.noise),
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
