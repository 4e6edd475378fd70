"""Fastest implementation of each cell, and the sizes from which one implementation overtakes another."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

from gradrace.bench.results import BASELINE, Cell, Measurement, Results
from gradrace.reports.analysis.fastest import Standing, named, slower, standing
from gradrace.reports.analysis.tables import by_cell
from gradrace.reports.words import Setting, name_of, rounded

LEAST_CELLS = 4
"""Minimum number of cells shared by two implementations for a sentence on which overtakes the other."""

MISPLACED = 0.1
"""Share of the cells that may lie on the wrong side of a crossover; with more, m·n_x alone doesn't decide."""

PAIRS = ((BASELINE, "numpy_vectorized"), ("numpy_vectorized", "numba_fused"), ("numba_loop", "numba_parallel"))
"""Pairs that a report compares: the size from which vectorizing, fusing and threads pay."""


@dataclass(frozen=True, slots=True)
class Winner:
    """Fastest implementation of a cell, or all that are tied for it, and the standing of all that were measured."""

    cell: Cell
    names: tuple[str, ...]
    standing: Standing


@dataclass(frozen=True, slots=True)
class Crossover:
    """Size from which `fast` is faster than `slow`.

    Attributes:
        slow: Name of the implementation that is faster at smaller sizes.
        fast: Name of the implementation that is faster at larger sizes.
        elements: Crossover as a number of elements m·n_x, somewhere between low and high; 0 if `fast` is faster
            everywhere.
        low: Lower end of its range.
        high: Upper end of its range.
        tied: Number of cells in which neither is shown to be faster.
        cells: Number of cells in which both were measured.
    """

    slow: str
    fast: str
    elements: float
    low: float
    high: float
    tied: int = 0
    cells: int = 0


def winners(results: Results) -> dict[Setting, list[Winner]]:
    """Return the winner of each cell in which at least two implementations were measured."""
    found: defaultdict[Setting, list[Winner]] = defaultdict(list)
    for cell, measured in sorted(by_cell(results).items()):
        among = standing(measured)
        if len(among.order) > 1:
            found[Setting.of(cell)].append(Winner(cell, among.fastest(), among))
    return dict(found)


def most_wins(won: Sequence[Winner], write: Callable[[str], str] = name_of) -> str:
    """Return which implementation is fastest most often; ties are named, as in "a and b are tied in 7 of 9 cells"."""
    alone = Counter(one.names[0] for one in won if len(one.names) == 1)
    tied = Counter(name for one in won if len(one.names) > 1 for name in one.names)
    most = max(_wins(alone, tied, name) for name in alone | tied)
    names = [name for name in alone | tied if _wins(alone, tied, name) == most]
    _, fastest = most
    verb = f"{named([*map(write, names)])} {'is' if len(names) == 1 else 'are each' if fastest else 'are'}"
    ties = tied[names[0]]
    if not fastest:
        return f"{verb} tied in {ties} of {len(won)} cells"
    return f"{verb} the fastest in {fastest} of {len(won)} cells" + (f", tied in {ties} of {len(won)}" if ties else "")


def _wins(alone: Counter[str], tied: Counter[str], name: str) -> tuple[int, int]:
    """Return the number of cells in which NAME is among the fastest, and the number in which it is the only one."""
    return alone[name] + tied[name], alone[name]


def crossovers(results: Results) -> dict[Setting, list[Crossover]]:
    """Return the crossovers of PAIRS, and of any two implementations that win a cell."""
    found: dict[Setting, list[Crossover]] = {}
    for setting, mine in winners(results).items():
        names = list(dict.fromkeys(winner.names[0] for winner in mine))
        cells = {winner.cell: winner.standing.measured for winner in mine}
        pairs = dict.fromkeys([*PAIRS, *permutations(names, 2)])
        every = (_crossover(cells, slow, fast) for slow, fast in pairs)
        found[setting] = [crossover for crossover in every if crossover is not None]
    return found


def sentence(crossover: Crossover) -> str:
    """Return a crossover as text: numpy_vectorized overtakes python_loop from m·n_x ≈ 40 on (between 20 and 100)."""
    slow, fast = name_of(crossover.slow), name_of(crossover.fast)
    if crossover.tied:
        least = crossover.cells - crossover.tied
        return f"{fast} is faster than {slow} at {least} of {crossover.cells} sizes, and tied with it at the others"
    if crossover.elements == 0:
        return f"{fast} is faster than {slow} at every size that was measured"
    low, about, high = map(rounded, (crossover.low, crossover.elements, crossover.high))
    return f"{fast} overtakes {slow} from m·n_x ≈ {about} on (between {low} and {high})"


def _crossover(cells: Mapping[Cell, Mapping[str, Measurement]], slow: str, fast: str) -> Crossover | None:
    """Return the crossover from sizes where `slow` is faster to those where `fast` is; None if they are mixed."""
    both = [(cell.elements, one[slow], one[fast]) for cell, one in cells.items() if slow in one and fast in one]
    slow_wins = sorted(size for size, a, b in both if slower(b, a))
    fast_wins = sorted(size for size, a, b in both if slower(a, b))
    if len(both) < LEAST_CELLS or not fast_wins:
        return None
    if not slow_wins:
        tied = len(both) - len(fast_wins)
        return Crossover(slow, fast, 0.0, 0.0, 0.0, tied, len(both)) if tied <= MISPLACED * len(both) else None
    last, first = slow_wins[-1], fast_wins[0]
    at = math.sqrt(last * first)
    if _misplaced(slow_wins, fast_wins, at) > MISPLACED * len(both) or last >= fast_wins[-1]:
        return None
    return Crossover(slow, fast, at, float(min(last, first)), float(max(last, first)))


def _misplaced(slow_wins: Sequence[int], fast_wins: Sequence[int], at: float) -> int:
    return sum(size > at for size in slow_wins) + sum(size < at for size in fast_wins)
