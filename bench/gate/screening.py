"""Screening of descents: each pair times them in some cells, in turns, and they pass if no pair is too slow.

Descents in all cells would double the time of a pair. Of descents that are slower than passes in all cells, 2⁻⁶ pass,
or fewer: 1.6 %. Those that are slower in one cell only show it in its two pairs.
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
    """Descents of one implementation, as long as no pair has exceeded the ratio that passes.

    Attributes:
        tallies: Their tallies, one for each cell.
        pairs: Number of pairs so far.
        count: Number of cells that these have measured, together.
        over: Whether they have passed, or all cells need the least pairs.
    """

    tallies: Sequence[Tally]
    pairs: int = 0
    count: int = 0
    over: bool = False

    @property
    def missing(self) -> int:
        """Return the number of further pairs until all pass."""
        return max(1, LEAST_PAIRS - self.pairs)

    @property
    def turn(self) -> Sequence[Tally]:
        """Return the tallies that the next pair measures: as many as let each have its pairs after the least ones."""
        number = math.ceil((self._needed() - self.count) / self.missing)
        return sorted(self.tallies, key=lambda one: len(one.pairs))[:number]

    def add(self) -> None:
        """Add the last pair, if it has measured some."""
        if self.over:
            return
        count = sum(len(one.pairs) for one in self.tallies)
        self.pairs, self.count = self.pairs + (count > self.count), count
        self.over = not all(one.is_open and _within(one) for one in self.tallies)
        if not self.over and self.pairs >= LEAST_PAIRS and count >= self._needed():
            self._pass()

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
