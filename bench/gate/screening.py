"""Screening of descents: each pair times them in some cells, in turns; cells without a pair that is too slow pass.

Descents in all cells would double the time of a pair. A cell with a pair that is too slow leaves the screening, and
gets LEAST_PAIRS pairs, as gradients do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gradrace.bench.gate.evidence import ratio
from gradrace.bench.gate.tallies import LEAST_PAIRS, Tally

TIMES = 2
"""Least number of pairs of each cell.

With one, 6 % of simulated descents that were 10 % slower in one cell passed with a noise of 0.03.
"""


@dataclass(slots=True)
class Screening:
    """Descents of one implementation, in the cells without a pair above the ratio that passes.

    Attributes:
        tallies: Their tallies, one for each such cell.
        pairs: Number of pairs so far that have measured any of them.
        count: Number of pairs of all these cells together.
        over: Whether they have passed, or none is left.
    """

    tallies: Sequence[Tally]
    pairs: int = 0
    count: int = 0
    over: bool = False

    @property
    def missing(self) -> int:
        """Return the number of further pairs until those that are left pass."""
        return max(1, LEAST_PAIRS - self.pairs)

    @property
    def turn(self) -> Sequence[Tally]:
        """Return the tallies that the next pair measures: enough for each to have its pairs after LEAST_PAIRS pairs."""
        number = math.ceil((self._needed() - self.count) / self.missing)
        return sorted(self.tallies, key=lambda one: len(one.pairs))[: max(1, number)]

    def add(self) -> None:
        """Count the last pair, if it has measured any of these descents."""
        if self.over:
            return
        self.pairs += self._counted() > self.count
        self.tallies = [one for one in self.tallies if one.is_open and _within(one)]
        self.count, self.over = self._counted(), not self.tallies
        if not self.over and self.pairs >= LEAST_PAIRS and self.count >= self._needed():
            self._pass()

    def _counted(self) -> int:
        return sum(len(one.pairs) for one in self.tallies)

    def _needed(self) -> int:
        return max(LEAST_PAIRS, TIMES * len(self.tallies))

    def _pass(self) -> None:
        self.over = True
        screened = ratio([log_ratio for one in self.tallies for log_ratio in one.pairs])
        for one in self.tallies:
            one.screened, one.stopped = screened, True


def _within(tally: Tally) -> bool:
    """Return whether no pair exceeds what passes."""
    return all(log_ratio < math.log1p(tally.threshold) for log_ratio in tally.pairs)


def screening(mine: Sequence[Tally]) -> Screening:
    """Return the screening of the descents among an implementation's tallies; it is over if there are none."""
    descents = [tally for tally in mine if tally.steps and tally.is_open]
    return Screening(descents, over=not descents)
