"""Who is fastest where: in each cell, over the plane of m and n_x, and from which size on one overtakes another."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from statistics import median

from gradrace.bench.results import BASELINE, Cell, Measurement, Results
from gradrace.bench.stats import paired_ratio
from gradrace.reports.analysis.tables import by_cell
from gradrace.reports.words import Setting, name_of, rounded

TIE = 1.05
"""Whoever isn't slower than the fastest by more than this, beyond doubt, is as fast."""

LEAST_CELLS = 4
"""Of two implementations together, for a sentence on which overtakes the other."""

MISPLACED = 0.1
"""Of the cells: more that lie on the wrong side, and m·n_x alone doesn't tell who is faster."""

PAIRS = ((BASELINE, "numpy_vectorized"), ("numpy_vectorized", "numba_fused"), ("numba_loop", "numba_parallel"))
"""Pairs that a report compares: what vectorizing, fusing, and threads buy, from which size on."""


@dataclass(frozen=True, slots=True)
class Winner:
    """The fastest in a cell, and who else is as fast, the fastest of them first."""

    cell: Cell
    impl: str
    tied: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All that are as fast as the fastest."""
        return self.impl, *self.tied


@dataclass(frozen=True, slots=True)
class Crossover:
    """`fast` is faster than `slow` from so many elements m·n_x on, somewhere between low and high; 0 if everywhere."""

    slow: str
    fast: str
    elements: float
    low: float
    high: float


def winners(results: Results) -> dict[Setting, list[Winner]]:
    """The winner of each cell in which at least two implementations were measured."""
    found: defaultdict[Setting, list[Winner]] = defaultdict(list)
    for cell, measured in sorted(_timed(results).items()):
        if len(measured) > 1:
            found[Setting.of(cell)].append(_winner(cell, measured))
    return dict(found)


def crossovers(results: Results) -> dict[Setting, list[Crossover]]:
    """Those of PAIRS, and of every two that win somewhere, where the one's sizes end and the other's begin."""
    won = winners(results)
    timed = _timed(results)
    found: dict[Setting, list[Crossover]] = {}
    for setting, mine in won.items():
        names = list(dict.fromkeys(winner.impl for winner in mine))
        cells = {winner.cell: timed[winner.cell] for winner in mine}
        pairs = dict.fromkeys([*PAIRS, *permutations(names, 2)])
        every = (_crossover(cells, slow, fast) for slow, fast in pairs)
        found[setting] = [crossover for crossover in every if crossover is not None]
    return found


def sentence(crossover: Crossover) -> str:
    """numpy_vectorized overtakes python_loop from m·n_x ≈ 40 on (between 20 and 100)."""
    slow, fast = name_of(crossover.slow), name_of(crossover.fast)
    if crossover.elements == 0:
        return f"{fast} is faster than {slow} at every size that was measured"
    low, about, high = map(rounded, (crossover.low, crossover.elements, crossover.high))
    return f"{fast} overtakes {slow} from m·n_x ≈ {about} on (between {low} and {high})"


def _timed(results: Results) -> dict[Cell, dict[str, Measurement]]:
    """Return what the clock could see, cell by cell."""
    timed = {
        cell: {impl: one for impl, one in measured.items() if one.samples_s and _median(one) > 0}
        for cell, measured in by_cell(results).items()
    }
    return {cell: measured for cell, measured in timed.items() if measured}


def _winner(cell: Cell, measured: Mapping[str, Measurement]) -> Winner:
    """The order is that of ratios within rounds, to whoever has the least median: drift then counts for nobody."""
    least = min(measured.values(), key=_median)
    first, *others = sorted(measured, key=lambda impl: _ratio(measured[impl], least))
    tied = [other for other in others if not _slower(measured[other], measured[first], TIE)]
    return Winner(cell, first, tuple(tied))


def _crossover(cells: Mapping[Cell, Mapping[str, Measurement]], slow: str, fast: str) -> Crossover | None:
    """Where the sizes at which `slow` is faster end, and those at which `fast` is begin; None if they are mixed up."""
    both = [(cell.m * cell.n_x, one[slow], one[fast]) for cell, one in cells.items() if slow in one and fast in one]
    slow_wins = sorted(size for size, a, b in both if _slower(b, a))
    fast_wins = sorted(size for size, a, b in both if _slower(a, b))
    if len(both) < LEAST_CELLS or not fast_wins:
        return None
    if not slow_wins:
        always = len(fast_wins) >= (1 - MISPLACED) * len(both)
        return Crossover(slow, fast, 0.0, 0.0, 0.0) if always else None
    last, first = slow_wins[-1], fast_wins[0]
    at = math.sqrt(last * first)
    if _misplaced(slow_wins, fast_wins, at) > MISPLACED * len(both) or last >= fast_wins[-1]:
        return None
    return Crossover(slow, fast, at, float(min(last, first)), float(max(last, first)))


def _misplaced(slow_wins: Sequence[int], fast_wins: Sequence[int], at: float) -> int:
    return sum(size > at for size in slow_wins) + sum(size < at for size in fast_wins)


def _ratio(one: Measurement, other: Measurement) -> float:
    ratio = paired_ratio(one.by_round(), other.by_round())
    return ratio.median if ratio else _median(one) / _median(other)


def _slower(one: Measurement, other: Measurement, factor: float = 1.0) -> bool:
    """Whether it takes more than `factor` times the other's time, beyond doubt where the rounds are known."""
    ratio = paired_ratio(one.by_round(), other.by_round())
    return (ratio.low if ratio else _median(one) / _median(other)) > factor


def _median(measurement: Measurement) -> float:
    return median(measurement.samples_s)
