"""The three tools, each of which measures the same implementations in a cell for the same seconds.

The seconds are those in which calls are timed. Starting, compiling, calibrating and verifying come on top.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import TypeAlias

import numpy as np

from gradrace.bench import problems
from gradrace.bench.machine.available import cores
from gradrace.bench.race.cell import Terms, race_cell
from gradrace.bench.race.ready import ReadyCell, set_up
from gradrace.bench.results import Cell
from gradrace.bench.run import the_limit
from gradrace.bench.scratch import scratch
from gradrace.bench.workers.client import LEAST_PATIENCE_S, ProcessWorker, at_once, begin, ended
from gradrace.impls.discovery import everyone
from studies.intervals.estimates import Samples
from studies.intervals.prepared import environment

HERE = Path(__file__).parent

ROUND_S = 0.001
"""Least seconds of a round of pytest-benchmark, as in `bench/test_gradients.py`: its default of 5 µs is noisier."""

PROCESSES, VALUES = 3, 3
"""Worker processes of pyperf, and values of each: its default of 20 processes needs 20 times the start-up."""

OVERSHOOT = math.sqrt(2)
"""Mean length of pyperf's values in units of `--min-time`: it doubles the calls until a value is long enough."""

Measured: TypeAlias = Mapping[str, Samples]
"""{implementation: {number of the sample: seconds per call}}; gradrace's numbers are those of rounds."""


class NotMeasured(Exception):
    """A tool failed, or has no figure for an implementation."""


Tool: TypeAlias = Callable[[Sequence[str], Cell, float, int], Measured]
"""Measures implementations in a cell, each for so many seconds, with a seed. Raises NotMeasured."""


class Stopwatch:
    """The time that the rounds of a cell have, which begins when the race does."""

    def __init__(self, seconds: float, clock: Callable[[], float] = perf_counter) -> None:
        self._seconds, self._clock, self._begun_s = seconds, clock, math.inf

    def tell(self, what: str) -> None:
        """Begin when the race says so."""
        if what == "racing":
            self._begun_s = self._clock()

    def time_left(self) -> bool:
        """Return whether there is time for another round."""
        return self._clock() - self._begun_s < self._seconds


def gradrace(names: Sequence[str], cell: Cell, seconds: float, seed: int) -> Measured:
    """Race in fresh worker processes. The limit takes its samples within the same seconds. Raises NotMeasured."""
    watch = Stopwatch(seconds * len(names))
    terms = Terms(
        left_s=lambda: math.inf,
        grace_s=math.inf,
        time_left=watch.time_left,
        predicted_s=lambda _: 0.0,
        precision=0.0,
        optional=(),
        tell=watch.tell,
    )
    threads, sources = cores(), everyone()
    own = [ProcessWorker(sources[name], threads, LEAST_PATIENCE_S) for name in names]
    with ended([the_limit(threads, LEAST_PATIENCE_S), *own]) as workers, scratch() as folder:
        absences = [absence for absence in at_once(begin, workers) if absence is not None]
        expected = set_up(cell, problems.from_seed(0), folder)
        outcome = race_cell(ReadyCell(cell, folder, expected, np.random.default_rng(seed)), workers, terms)
    found = {one.impl: one.by_round() for one in outcome.measurements if one.impl in names}
    if missing := {*names} - found.keys():
        raise NotMeasured(f"gradrace didn't measure {missing}: {absences or outcome.absences}")
    return found


def pytest_benchmark(names: Sequence[str], cell: Cell, seconds: float, seed: int) -> Measured:
    """Run pytest once: one implementation after the other, in an order by the seed."""
    order = [*np.random.default_rng(seed).permutation(names)]
    with scratch() as home:
        file = home / "found.json"
        times = [f"--benchmark-min-time={ROUND_S}", f"--benchmark-max-time={seconds}"]
        options = ["-q", "-o", "addopts=", "-p", "no:cacheprovider", "--benchmark-json", str(file)]
        execute(order, cell, home, "-m", "pytest", *options, *times, str(HERE / "by_pytest_benchmark.py"))
        found = json.loads(file.read_text())["benchmarks"]
    return {one["params"]["impl"]: numbered(one["stats"]["data"]) for one in found}


def pyperf(names: Sequence[str], cell: Cell, seconds: float, seed: int) -> Measured:
    """Run pyperf once for each implementation, in an order by the seed."""
    order = np.random.default_rng(seed).permutation(names)
    return {str(name): pyperf_values(str(name), cell, seconds) for name in order}


def pyperf_values(name: str, cell: Cell, seconds: float) -> Samples:
    """Return the values of one implementation. Its workers calibrate themselves to values of equal length."""
    from pyperf import Benchmark

    least_s = seconds / (PROCESSES * VALUES) / OVERSHOOT
    with scratch() as home:
        file = home / "found.json"
        counts = [f"--processes={PROCESSES}", f"--values={VALUES}", "--warmups=1", f"--min-time={least_s}"]
        options = ["--quiet", "--copy-env", "--output", str(file)]
        execute([name], cell, home, str(HERE / "by_pyperf.py"), *options, *counts)
        return numbered(Benchmark.load(str(file)).get_values())


TOOLS: dict[str, Tool] = {"gradrace": gradrace, "pytest-benchmark": pytest_benchmark, "pyperf": pyperf}


def numbered(samples_s: Iterable[float]) -> Samples:
    """Return {number: seconds} of samples that belong to no round."""
    return dict(enumerate(samples_s))


def execute(names: Sequence[str], cell: Cell, home: Path, *words: str) -> None:
    """Run Python with these words. Raises NotMeasured if that fails."""
    told = subprocess.run(
        [sys.executable, *words],
        cwd=home,
        env=environment(names, cell, home),
        check=False,
        capture_output=True,
        text=True,
    )
    if told.returncode:
        raise NotMeasured(f"{' '.join(words)}: exit status {told.returncode}: {told.stdout}{told.stderr}")
