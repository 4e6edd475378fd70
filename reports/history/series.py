"""Shares of the limit and speed-ups over time, and the steps in them.

Seconds of different days say nothing; shares of the limit, taken within the rounds of one run, do.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from gradrace.bench.results import Cell, Results, UnusableInput
from gradrace.bench.results_file import read
from gradrace.reports.analysis.origin import processor
from gradrace.reports.analysis.tables import CELL, cell_of, tidy
from gradrace.reports.words import plain

LEAST_RUNS = 3
"""On either side of a step: two that happen to lie low are no step."""

PENALTY = 4.0
"""Of a step, in units of log(n)·σ². Of 1000 series of 30 runs with 5 % of noise 1.9 % had a step that wasn't there (4.4
% at 3, 0.8 % at 5); of 300 with a step of 10 % in the middle 86 % were found, of 20 % all.
"""

LEAST_STEP = 0.05
"""Relative: a gate lets as much pass."""

LEAST_NOISE = 0.01
"""Of a logarithm: runs on the quietest machine differ by as much, and a series of equal numbers has no steps."""


class Run(NamedTuple):
    """One results file: when, which commit of the project, on which machine."""

    date: str
    commit: str
    machine: str
    results: Results


class Point(NamedTuple):
    """One run's share of the limit, and speed-up over the slide's loop (NaN where that wasn't measured)."""

    run: Run
    share: float
    speedup: float


Key: TypeAlias = tuple[str, Cell, str]
"""Implementation, cell, machine."""


@dataclass(frozen=True, slots=True)
class Series:
    """An implementation in a cell on a machine, the earliest run first."""

    impl: str
    technique: str | None
    cell: Cell
    machine: str
    points: tuple[Point, ...]

    @property
    def logs(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Logarithms of the shares."""
        return np.log([point.share for point in self.points])


@dataclass(frozen=True, slots=True)
class Step:
    """From `run` on an implementation took `ratio` times the time that it took before, against the limit's."""

    series: Series
    run: Run
    before: float
    after: float

    @property
    def ratio(self) -> float:
        """Times slower; below 1, faster."""
        return self.before / self.after


def runs(folder: Path) -> list[Run]:
    """Every results*.json in a folder and its sub-folders, the earliest first; what isn't one is left out.

    Raises UnusableInput if there are none.
    """
    found = [run for file in sorted(folder.rglob("results*.json")) for run in _run(file)]
    if not found:
        raise UnusableInput(f"{folder}: no results.json in it, nor below it; name a folder of runs")
    return sorted(found, key=lambda run: run.date)


def _run(file: Path) -> Iterator[Run]:
    try:
        results = read(file)
    except UnusableInput:
        return
    commit = plain(str(results.commit.get("id") or "unknown"), 80)[:10]
    name = commit + (" and more" if results.commit.get("dirty") else "")
    yield Run(plain(results.datetime, 40), name, processor(results), results)


def series(several: Sequence[Run]) -> list[Series]:
    """Those with a share of the limit in two runs or more."""
    points: defaultdict[Key, list[Point]] = defaultdict(list)
    techniques: dict[str, str | None] = {}
    for run in several:
        for row in tidy(run.results).drop_duplicates(["impl", *CELL]).itertuples():
            techniques[row.impl] = row.technique
            if row.share > 0:
                points[row.impl, cell_of(row), run.machine].append(Point(run, row.share, row.speedup))
    return [
        Series(impl, techniques[impl], cell, machine, tuple(its))
        for (impl, cell, machine), its in sorted(points.items(), key=lambda item: (item[0][0], item[0][1], item[0][2]))
        if len(its) > 1
    ]


def steps(one: Series, together: int = 1) -> list[Step]:
    """Where its level changes, found by PELT on the logarithms, and named with the first run of the new level.

    together: how many series are looked at: of many, chance finds more steps, so each has to be clearer.

    Source: R. Killick, P. Fearnhead, I. A. Eckley, Optimal detection of changepoints with a linear computational cost,
    Journal of the American Statistical Association 107 (2012), as the library ruptures has it.
    """
    logs = one.logs
    if len(logs) < 2 * LEAST_RUNS:
        return []
    try:
        import ruptures
    except ModuleNotFoundError as error:
        raise UnusableInput("history needs the package ruptures; install it: pip install ruptures") from error
    penalty = (PENALTY * math.log(len(logs)) + 2 * math.log(together)) * _noise(logs) ** 2
    ends = ruptures.Pelt(model="l2", min_size=LEAST_RUNS, jump=1).fit(logs[:, np.newaxis]).predict(pen=penalty)
    found = []
    for (start, middle), (_, end) in pairwise(pairwise([0, *ends])):
        before, after = (math.exp(median(logs[part].tolist())) for part in (slice(start, middle), slice(middle, end)))
        if abs(math.log(before / after)) > math.log1p(LEAST_STEP):
            found.append(Step(one, one.points[middle].run, before, after))
    return found


def _noise(logs: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    """The standard deviation of a series that may have steps: from differences of neighbours, robustly.

    1.4826 makes a median deviation that of normal noise; a difference has √2 times the deviation of either.
    """
    return max(LEAST_NOISE, 1.4826 * float(np.median(np.abs(np.diff(logs)))) / math.sqrt(2))
