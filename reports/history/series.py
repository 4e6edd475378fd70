"""Shares of the limit and speed-ups over time, and the steps in them.

Seconds of different days aren't comparable. Shares of the limit are, as they are taken within the rounds of one run,
if the limit is the same of the two, reading X or the arithmetic.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from gradrace.bench.results import Cell, Limiting, Results, UnusableInput
from gradrace.bench.results_file import files_in, read
from gradrace.reports.analysis.origin import processor
from gradrace.reports.analysis.tables import CELL, cell_of, tidy
from gradrace.reports.words import plain

LEAST_RUNS = 3
"""Minimum number of runs on either side of a step: two slow runs can be chance."""

PENALTY = 4.0
"""Penalty of a step, in units of log(n)·σ².

Simulated series of 30 runs with 5 % of noise: 1.9 % of 1000 without a step showed one (4.4 % at 3, 0.8 % at 5). Of 300
with a step of 10 % in the middle, 86 % were found; with 20 %, all.
"""

LEAST_STEP = 0.05
"""Smallest relative change that counts as a step; a gate tolerates as much."""

LEAST_NOISE = 0.01
"""Least standard deviation of the logarithms: runs on the quietest machine differ by as much.

It also gives a series of equal numbers a penalty, so that it has no steps.
"""


class Run(NamedTuple):
    """One results file, with its date, its commit of the project and its machine."""

    date: str
    commit: str
    machine: str
    results: Results


class Point(NamedTuple):
    """A run's share of the limit, and speed-up over the slide's loop (NaN where the loop wasn't measured)."""

    run: Run
    share: float
    speedup: float


Key: TypeAlias = tuple[str, Cell, str, Limiting]
"""Implementation, cell, machine, and what the limit is: shares of reading and of arithmetic don't compare."""


@dataclass(frozen=True, slots=True)
class Series:
    """An implementation in a cell on a machine, in the runs with the same kind of limit, the earliest run first."""

    impl: str
    technique: str | None
    cell: Cell
    machine: str
    limit: Limiting
    points: tuple[Point, ...]

    @property
    def logs(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return the logarithms of the shares of the limit, of shape (runs,)."""
        return np.log([point.share for point in self.points])


@dataclass(frozen=True, slots=True)
class Step:
    """Change of a series' level that begins with `run`: the share of the limit goes from `before` to `after`."""

    series: Series
    run: Run
    before: float
    after: float

    @property
    def ratio(self) -> float:
        """Return the factor of the time relative to the limit: above 1 is slower, below 1 faster."""
        return self.before / self.after


def runs(folder: Path) -> tuple[list[Run], list[str]]:
    """Return the runs in a folder and its subfolders, the earliest first, and why other files were left out.

    Raises UnusableInput if there are no runs; with the reason of the first file, if all were left out.
    """
    found, left_out = [], []
    for file in files_in(folder):
        try:
            found.append(_run(read(file)))
        except UnusableInput as reason:
            left_out.append(str(reason))
    if not found:
        raise UnusableInput(left_out[0])
    return sorted(found, key=lambda run: run.date), left_out


def _run(results: Results) -> Run:
    commit = plain(str(results.commit.get("id") or "unknown"), 80)[:10]
    name = commit + (" (modified)" if results.commit.get("dirty") else "")
    return Run(plain(results.datetime, 40), name, processor(results), results)


def series(several: Sequence[Run]) -> list[Series]:
    """Return the series with a share of the limit in at least two runs."""
    points: defaultdict[Key, list[Point]] = defaultdict(list)
    techniques: dict[str, str | None] = {}
    for run in several:
        for row in tidy(run.results).drop_duplicates(["impl", *CELL]).itertuples():
            techniques[row.impl] = row.technique
            if row.share > 0:
                points[row.impl, cell_of(row), run.machine, row.limit].append(Point(run, row.share, row.speedup))
    return [
        Series(impl, techniques[impl], cell, machine, limit, tuple(its))
        for (impl, cell, machine, limit), its in sorted(points.items(), key=itemgetter(0))
        if len(its) > 1
    ]


def steps(one: Series, together: int = 1) -> list[Step]:
    """Return the steps of a series, found by PELT on the logarithms and named by the first run of the new level.

    together: number of series examined. More series give more steps by chance, so each step has to be clearer.

    Raises UnusableInput if the package ruptures is missing.

    Source: R. Killick, P. Fearnhead, I. A. Eckley, Optimal detection of changepoints with a linear computational cost,
    Journal of the American Statistical Association 107 (2012), as implemented in ruptures.
    """
    logs = one.logs
    if len(logs) < 2 * LEAST_RUNS:
        return []
    try:
        import ruptures
    except ModuleNotFoundError as error:
        raise UnusableInput("history needs the package ruptures; install it: pip install ruptures") from error
    penalty = _penalty(len(logs), together) * _noise(logs) ** 2
    ends = ruptures.Pelt(model="l2", min_size=LEAST_RUNS, jump=1).fit(logs[:, np.newaxis]).predict(pen=penalty)
    found = []
    for (start, middle), (_, end) in pairwise(pairwise([0, *ends])):
        before, after = (math.exp(median(logs[part].tolist())) for part in (slice(start, middle), slice(middle, end)))
        if abs(math.log(before / after)) > math.log1p(LEAST_STEP):
            found.append(Step(one, one.points[middle].run, before, after))
    return found


def least_visible(one: Series, together: int) -> float:
    """Return the smallest change in the last LEAST_RUNS runs that `steps` finds in 9 of 10 cases; NaN for fewer runs.

    A step before the last k of n runs lowers the squared error by k (n - k) / n · step², which has to exceed the
    penalty. Its estimate has the standard deviation σ √(n / (k (n - k))), and 1.28 of those are added.
    """
    n, k = len(one.points), LEAST_RUNS
    if n < 2 * k:
        return math.nan
    step = _noise(one.logs) * (math.sqrt(_penalty(n, together)) + 1.28) * math.sqrt(n / (k * (n - k)))
    return max(LEAST_STEP, math.expm1(step))


def _penalty(runs: int, together: int) -> float:
    """Return the penalty of a step in units of σ²."""
    return PENALTY * math.log(runs) + 2 * math.log(together)


def _noise(logs: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    """Return a robust standard deviation of a series that may have steps, from differences of neighbours.

    The factor 1.4826 turns a median absolute deviation into the standard deviation of normal noise. A difference has √2
    times the standard deviation of one value.
    """
    return max(LEAST_NOISE, 1.4826 * float(np.median(np.abs(np.diff(logs)))) / math.sqrt(2))
