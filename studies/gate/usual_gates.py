"""Common gates on two sides: pytest-benchmark's `--benchmark-compare-fail`, and `asv compare`.

Both measure one side after the other, each in its own processes, with their default settings except ROUND_S.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from gradrace.bench.gate.code.sides import Side
from gradrace.bench.machine.variables import SLEEPING_POOLS
from gradrace.bench.paths import ROOT
from gradrace.bench.results import Cell

STATISTICS = ("min", "median", "mean")
"""Statistics of pytest-benchmark on which a limit is usually set."""

ROUND_S = 0.001
"""Seconds of a round of pytest-benchmark, instead of its default of 5 µs: a slowed side waits every 20 µs."""

PREPARED = """
import sys

sys.path[:0] = [{side!r}, {root!r}]

from gradrace.bench.problems import made_up
from gradrace.impls.discovery import load, sources

CELLS = {cells!r}


def prepared(m, n_x):
    implementation = load(next(source for source in sources() if source.name == {impl!r}))
    case = made_up(m, n_x, "float64")
    w, b = implementation.native(case.w, case.b)
    return implementation.gradient, (implementation.prepare(case.problem), w, b)
"""

PYTEST = """
import pytest


@pytest.mark.parametrize(("m", "n_x"), CELLS)
def test_gradient(benchmark, m, n_x):
    gradient, arguments = prepared(m, n_x)
    gradient(*arguments)
    benchmark(gradient, *arguments)
"""

ASV = """

class Gradient:
    params = [CELLS]

    def setup(self, cell):
        self.gradient, self.arguments = prepared(*cell)
        self.gradient(*self.arguments)

    def time_gradient(self, cell):
        self.gradient(*self.arguments)
"""


CONFIG = """{
    "version": 1,
    "project": "gradrace",
    "repo": "repo",
    "branches": ["main"],
    "environment_type": "existing",
    "results_dir": "results",
    "benchmark_dir": "benchmarks"
}"""


def pytest_benchmark(old: Side, new: Side, impl: str, cells: Sequence[Cell], threshold: float) -> dict[str, bool]:
    """Return whether `--benchmark-compare-fail` fails NEW, by each of STATISTICS.

    Raises:
        RuntimeError: If the benchmarks fail.
    """
    with TemporaryDirectory() as scratch:
        storage = [f"--benchmark-storage=file://{scratch}", "-q", "-p", "no:cacheprovider", "test_speed.py"]
        storage.append(f"--benchmark-min-time={ROUND_S}")
        limits = [f"{statistic}:{100 * threshold:g}%" for statistic in STATISTICS]
        compared = ["--benchmark-compare=0001", "--benchmark-compare-fail", *limits]
        asked = ((old, ["--benchmark-save=old"], 0), (new, compared, 1))
        for side, options, worst in asked:
            (side.folder / "pytest.ini").write_text("[pytest]\n")
            (side.folder / "test_speed.py").write_text(prepared(side, impl, cells) + PYTEST)
            told = said(side.folder, "pytest", *storage, *options, worst=worst)
    if f"{len(cells)} passed" not in told and "Performance has regressed" not in told:
        raise RuntimeError(f"the benchmarks of {new.name} failed: {told}")
    failed = re.findall(r"Field '(\w+)' has failed", told)
    return {statistic: statistic in failed for statistic in STATISTICS}


def asv(old: Side, new: Side, impl: str, cells: Sequence[Cell], threshold: float) -> dict[str, bool]:
    """Return whether `asv compare` counts a cell as worse: beyond the factor, and by its own test of significance.

    Raises:
        RuntimeError: If the benchmarks fail.
    """
    with TemporaryDirectory() as scratch:
        home = Path(scratch)
        commits = repository(home / "repo")
        (home / "asv.conf.json").write_text(CONFIG)
        (home / "benchmarks").mkdir()
        (home / "benchmarks" / "__init__.py").touch()
        said(home, "asv", "machine", "--yes")
        for side, commit in zip((old, new), commits, strict=True):
            (home / "benchmarks" / "speed.py").write_text(prepared(side, impl, cells) + ASV)
            if "failed" in (measured := said(home, "asv", "run", f"--set-commit-hash={commit}")):
                raise RuntimeError(f"the benchmarks of {side.name} failed: {measured}")
        told = said(home, "asv", "compare", f"--factor={1 + threshold}", "--only-changed", *commits)
    return {"factor and test": bool(re.search(r"^\|\s*\+", told, re.MULTILINE))}


def prepared(side: Side, impl: str, cells: Sequence[Cell]) -> str:
    """Return the beginning of a benchmark's file: its imports from the side, and the sizes."""
    return PREPARED.format(
        side=str(side.folder), root=str(ROOT), impl=impl, cells=[(cell.m, cell.n_x) for cell in cells]
    )


def repository(folder: Path) -> list[str]:
    """Make a repository of two empty commits, under which asv keeps results; return their hashes."""
    folder.mkdir()
    git = ["git", "-c", "user.name=study", "-c", "user.email=study@localhost", "-C", str(folder)]
    subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
    for message in ("OLD", "NEW"):
        subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", message], check=True)
    told = subprocess.run([*git, "rev-list", "--reverse", "HEAD"], check=True, capture_output=True, text=True)
    return told.stdout.split()


def said(folder: Path, module: str, *words: str, worst: int = 0) -> str:
    """Return the output of a module's command, with idle thread pools asleep as in gradrace's own workers.

    worst: highest exit status that is a valid answer. Raises RuntimeError if it is exceeded.
    """
    # pytest-benchmark measures nothing if it detects a worker of pytest-xdist.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment = {**inherited, **SLEEPING_POOLS, "HOME": str(folder), "COLUMNS": "200"}
    command = [sys.executable, "-m", module, *words]
    told = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)
    if not 0 <= told.returncode <= worst:
        raise RuntimeError(f"{' '.join(command)}: exit status {told.returncode}: {told.stdout}{told.stderr}")
    return told.stdout + told.stderr
